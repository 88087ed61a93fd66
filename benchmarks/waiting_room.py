"""What a full waiting room costs: Valkey's memory, and the scripts in the server by its own count.

Run it alone; it starts a Valkey of its own: `.venv/bin/python benchmarks/waiting_room.py`.
"""

# ruff: noqa: E402 - Django wants its settings before its parts are imported
from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventflow.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")

import django

django.setup()

from eventflow.local.valkey import EmbeddedValkey
from kernel.scripts import ScriptRunner
from tenant_apps.inventory import sessions
from tenant_apps.queueing import gateway
from tenant_apps.queueing.domain import Mode, Rules

PEOPLE = 100_000
MOST_MB = 100
HOUR_MS = 3_600_000


@contextmanager
def own_valkey() -> Iterator[EmbeddedValkey]:
    with tempfile.TemporaryDirectory() as folder:
        # As root the server runs as somebody else.
        Path(folder).chmod(0o755)
        server = EmbeddedValkey(Path(folder) / "valkey", persistent=False)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def rules(opens_ms: int) -> Rules:
    return Rules(
        schema_name="t_bench", performance_id=1, round=1, mode=Mode.ON, from_ms=0,
        opens_ms=opens_ms, until_ms=2**52, forget_ms=2**52, seed="", per_minute=60_000,
        most_inside=100_000, lease_ms=HOUR_MS,
    )  # fmt: skip


def run(runner: ScriptRunner, call: gateway.Call, now_ms: int) -> list[object]:
    reply: list[object] = runner.run(call.script, call.keys, (now_ms, *call.arguments))
    return reply


def cost(runner: ScriptRunner) -> float:
    """Return the microseconds of a script since the count was reset, by the server's own count."""
    taken = float(runner.client.info("commandstats")["cmdstat_evalsha"]["usec_per_call"])
    runner.client.config_resetstat()
    return taken


def used_mb(runner: ScriptRunner) -> float:
    return float(runner.client.info("memory")["used_memory"]) / 1e6


def join_all(runner: ScriptRunner, room: Rules, now_ms: int, names: list[str]) -> None:
    for place, name in enumerate(names):
        run(runner, gateway.join(room, session=name), now_ms + place // 100)


def main() -> None:
    with own_valkey() as server:
        runner = ScriptRunner(server.url())
        now_ms = int(time.time() * 1000)
        opens_ms = now_ms + HOUR_MS
        room = rules(opens_ms)
        run(runner, gateway.join(room, session="first"), now_ms)
        empty = used_mb(runner)
        names = [sessions.new_session() for _ in range(PEOPLE)]
        runner.client.config_resetstat()

        half = PEOPLE // 2
        join_all(runner, room, now_ms, names[:half])
        print(f"join before the opening: {cost(runner):.1f} µs each in the server")
        run(runner, gateway.open_doors(room), opens_ms)
        room = replace(room, seed="5eed" * 8)
        runner.client.config_resetstat()
        calls = 1
        while not gateway.read_is_open(run(runner, gateway.open_doors(room), opens_ms)):
            calls += 1
        print(f"the shuffle of {half:,}: {calls} calls, {cost(runner) / 1000:.1f} ms each")
        join_all(runner, room, opens_ms + 1, names[half:])
        print(f"join after the opening: {cost(runner):.1f} µs each in the server")

        cost_mb = used_mb(runner) - empty
        each = cost_mb * 1e6 / PEOPLE
        print(f"{PEOPLE:,} in the queue: {cost_mb:.1f} MB of Valkey, {each:.0f} bytes each")
        for name in names[:10_000]:
            run(runner, gateway.join(room, session=name), opens_ms + 2_000)
        print(f"looking where one stands: {cost(runner):.1f} µs each in the server")
        admitted = 0
        for second in range(1, 21):
            call = gateway.admit(room, free=PEOPLE)
            reply = run(runner, call, opens_ms + 2_000 + second * 1_000)
            admitted += len(gateway.read_admitted(reply))
        print(f"admitting {admitted:,} in 20 calls: {cost(runner) / 1000:.1f} ms each")
        runner.close()
        assert cost_mb < MOST_MB, f"{cost_mb:.1f} MB"


if __name__ == "__main__":
    main()
