"""What the rules for seats cost the script that holds, by the server's own count."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.figures import Row, figure
from benchmarks.rig import Rig
from benchmarks.scripts import own_database, server_us
from kernel.scripts import ScriptRunner
from kernel.valkey import Call
from tenant_apps.events.domain import NO_RULES, SeatRules, SingleSeats
from tenant_apps.inventory import holds
from tenant_apps.inventory.domain import Sale, Scope
from tenant_apps.venues.domain import Mark

SCOPE = Scope("t_bench", 1)
ROW = 40
SEATS = 60_000
CALLS = 5_000
ROUNDS = 3
EVERY_RULE = SeatRules(SingleSeats.STRICT, True, True, 2)
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


@figure
def seat_rules(rig: Rig) -> Iterator[Row]:
    """Holds of two seats all over 60,000, with every rule and with none."""
    with own_database(rig) as runner:
        # In turn, and the best of each: what else the machine does slows both alike.
        costs = [(hold_us(runner, EVERY_RULE), hold_us(runner, NO_RULES)) for _ in range(ROUNDS)]
    ruled, plain = (min(each) for each in zip(*costs, strict=True))
    yield Row(
        what="the script that holds 2 of 60,000 seats, with every rule",
        ours=ruled,
        unit="µs",
        most_is_best=False,
        limit=plain,
        limit_is="with none",
        note="in the server by its own count",
    )


def hold_us(runner: ScriptRunner, rules: SeatRules) -> float:
    """Hold pairs of seats all over a hall that is loaded anew; the server's time for each."""
    load(runner, replace(SALE, rules=rules))
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
    return server_us(runner)


def load(runner: ScriptRunner, sale: Sale) -> None:
    """Load a performance of rows of forty."""
    runner.client.flushdb()
    row = bytes([Mark.BEGINS | Mark.SEAT] + [Mark.SEAT] * (ROW - 1))
    run(runner, holds.load_begin(SCOPE, epoch="e", patience_ms=0, again=True))
    finish = holds.load_finish(
        SCOPE, epoch="e", places=bytes(SEATS), fences=b"[]", seating=row * (SEATS // ROW), sale=sale
    )
    assert run(runner, finish)[0] == b"OPEN"


def run(runner: ScriptRunner, call: Call) -> list[object]:
    reply: list[object] = runner.run(call.script, call.keys, (0, *call.arguments))
    return reply
