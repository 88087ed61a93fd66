"""What the scripts cost in the server by its own count, and how fast an area sells through them.

Run it alone; it starts a Valkey of its own: `.venv/bin/python benchmarks/hold_scripts.py`.
"""

# ruff: noqa: E402 - Django wants its settings before its parts are imported
from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventflow.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")

import django

django.setup()

from eventflow.local.valkey import EmbeddedValkey
from kernel.scripts import ScriptRunner
from tenant_apps.events.domain import NO_RULES, SeatRules, SingleSeats
from tenant_apps.inventory import holds
from tenant_apps.inventory.domain import FewPlacesLeft, Sale, Scope
from tenant_apps.venues.domain import Mark

SCOPE = Scope("t_bench", 1)
ROW = 40
SEATS = 60_000
CALLS = 10_000
ROUNDS = 5
AREA = 20_000
BUYERS = 8
SALE = Sale(
    on_sale=True,
    opens_ms=0,
    closes_ms=2**52,
    hold_ms=600_000,
    extensions=2,
    per_hold=10,
    per_session=10,
    forget_ms=2**52,
)
RULES = {
    "rules off": NO_RULES,
    "no single seat, lenient": SeatRules(single_seats=SingleSeats.LENIENT),
    "no single seat, strict": SeatRules(single_seats=SingleSeats.STRICT),
    "every rule": SeatRules(SingleSeats.STRICT, True, True, 2),
}


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


def load(runner: ScriptRunner, places: int, sale: Sale) -> float:
    """Load a performance of rows of forty anew; the milliseconds of its second step."""
    runner.client.flushdb()
    row = bytes([Mark.BEGINS | Mark.SEAT] + [Mark.SEAT] * (ROW - 1))
    begin = holds.load_begin(SCOPE, epoch="e", patience_ms=0, again=True)
    runner.run(begin.script, begin.keys, (0, *begin.arguments))
    finish = holds.load_finish(
        SCOPE,
        epoch="e",
        places=bytes(places),
        fences=b"[]",
        seating=row * (places // ROW),
        sale=sale,
    )
    started = time.perf_counter()
    assert runner.run(finish.script, finish.keys, (0, *finish.arguments))[0] == b"OPEN"
    return (time.perf_counter() - started) * 1000


def run(runner: ScriptRunner, call: holds.Call) -> list[object]:
    reply: list[object] = runner.run(call.script, call.keys, (0, *call.arguments))
    return reply


def cost_of_a_hold(runner: ScriptRunner) -> float:
    """Hold pairs of seats all over the hall; the server's microseconds for each."""
    pairs = list(range(0, SEATS, 2))
    random.Random(7).shuffle(pairs)
    for number, first in enumerate(pairs[: CALLS + 1]):
        if number == 1:  # the first one brought the script along
            runner.client.config_resetstat()
        call = holds.hold(
            SCOPE,
            hold_id=f"hld_{number:020}",
            session=f"buyer-{number}",
            ordinals=(first, first + 1),
        )
        reply = run(runner, call)
        assert reply[0] == b"HELD", reply
    return server_cost(runner)


def server_cost(runner: ScriptRunner) -> float:
    """Return the microseconds of a script since the count was reset, by the server's own count."""
    return float(runner.client.info("commandstats")["cmdstat_evalsha"]["usec_per_call"])


def sell_an_area(url: str) -> tuple[int, float]:
    """Hold all places of an area two at a time; how many holds, and in how many seconds."""

    def buy(number: int) -> int:
        runner, bought = ScriptRunner(url), 0
        for purchase in range(AREA):
            call = holds.hold_area(
                SCOPE,
                hold_id=f"hld_{number:04}{purchase:016}",
                session=f"buyer-{number}-{purchase}",
                first=0,
                last=AREA - 1,
                count=2,
            )
            try:
                holds.read_hold("hld", run(runner, call))
            except FewPlacesLeft:
                break
            bought += 1
        runner.close()
        return bought

    started = time.perf_counter()
    with ThreadPoolExecutor(BUYERS) as pool:
        bought = sum(pool.map(buy, range(BUYERS)))
    return bought, time.perf_counter() - started


def main() -> None:
    with own_valkey() as server:
        runner = ScriptRunner(server.url())
        loads, costs = dict.fromkeys(RULES, float("inf")), dict.fromkeys(RULES, float("inf"))
        # In turn, and the best of each: what else the machine does slows them alike.
        for name, rules in list(RULES.items()) * ROUNDS:
            loads[name] = min(loads[name], load(runner, SEATS, replace(SALE, rules=rules)))
            costs[name] = min(costs[name], cost_of_a_hold(runner))
        plain = next(iter(costs.values()))
        for name, cost in costs.items():
            print(
                f"hold 2 of 60,000, {name:<24}{cost:7.1f} µs ({cost / plain:.2f} of the first),"
                f" load {loads[name]:.1f} ms"
            )
        load(runner, AREA, SALE)
        runner.client.config_resetstat()
        bought, took = sell_an_area(server.url())
        cost = server_cost(runner)
        assert bought * 2 == AREA, bought
        states = holds.read_snapshot(run(runner, holds.snapshot(SCOPE))).places
        assert states == b"\x01" * AREA
        print(
            f"area of {AREA}: {bought / took:,.0f} holds of 2 a second by {BUYERS} buyers,"
            f" {cost:.1f} µs each in the server; sold to the last place"
        )


if __name__ == "__main__":
    main()
