"""What a full waiting room costs: Valkey's memory, and the time of its scripts in the server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.figures import Row, figure
from benchmarks.rig import Rig
from benchmarks.scripts import own_database, server_us
from kernel.scripts import ScriptRunner
from kernel.valkey import Call
from tenant_apps.inventory import sessions
from tenant_apps.queueing import gateway
from tenant_apps.queueing.domain import Mode, Rules

PEOPLE = 100_000
HOUR_MS = 3_600_000


@figure
def waiting_room(rig: Rig) -> Iterator[Row]:
    """Half of them come before the opening and are shuffled, half come after it."""
    with own_database(rig) as runner:
        now_ms = int(time.time() * 1000)
        opens_ms = now_ms + HOUR_MS
        room = rules(opens_ms)
        run(runner, gateway.join(room, session="first"), now_ms)
        empty_mb = used_mb(runner)
        names = [sessions.new_session() for _ in range(PEOPLE)]
        half = PEOPLE // 2
        runner.client.config_resetstat()
        join_all(runner, room, now_ms, names[:half])
        joined_us = server_us(runner)
        room = shuffled(runner, room, opens_ms)
        shuffled_us = server_us(runner)
        join_all(runner, room, opens_ms + 1, names[half:])
        used = used_mb(runner) - empty_mb
        runner.client.config_resetstat()
        for second in range(1, 21):
            run(runner, gateway.admit(room, free=PEOPLE), opens_ms + 2_000 + second * 1_000)
        admitted_us = server_us(runner)
    yield Row(
        what=f"memory of Valkey for {PEOPLE:,} people in a waiting room",
        ours=used,
        unit="MB",
        bar=100,
        most_is_best=False,
        note=f"in the server by its own count: {joined_us:.0f} µs to join,"
        f" {shuffled_us / 1000:.1f} ms for each call of the shuffle,"
        f" {admitted_us / 1000:.1f} ms to admit a thousand",
    )


def rules(opens_ms: int) -> Rules:
    return Rules(
        schema_name="t_bench", performance_id=1, round=1, mode=Mode.ON, from_ms=0,
        opens_ms=opens_ms, until_ms=2**52, forget_ms=2**52, seed="", per_minute=60_000,
        most_inside=100_000, lease_ms=HOUR_MS,
    )  # fmt: skip


def run(runner: ScriptRunner, call: Call, now_ms: int) -> list[object]:
    reply: list[object] = runner.run(call.script, call.keys, (now_ms, *call.arguments))
    return reply


def join_all(runner: ScriptRunner, room: Rules, now_ms: int, names: list[str]) -> None:
    for place, name in enumerate(names):
        run(runner, gateway.join(room, session=name), now_ms + place // 100)


def shuffled(runner: ScriptRunner, room: Rules, opens_ms: int) -> Rules:
    """Open the doors; the room with its seed."""
    run(runner, gateway.open_doors(room), opens_ms)
    room = replace(room, seed="5eed" * 8)
    runner.client.config_resetstat()
    while not gateway.read_is_open(run(runner, gateway.open_doors(room), opens_ms)):
        pass
    return room


def used_mb(runner: ScriptRunner) -> float:
    return float(runner.client.info("memory")["used_memory"]) / 1e6
