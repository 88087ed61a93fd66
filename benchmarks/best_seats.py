"""The search for the best seats in a stadium of 60,000, from empty to nearly sold: no server."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from statistics import median

from benchmarks.figures import Row, figure
from benchmarks.rig import Rig
from eventflow.local.demo_plans.stadium_plan import stadium
from tenant_apps.events.domain import NO_RULES, SeatRules, SingleSeats
from tenant_apps.inventory.domain import best
from tenant_apps.venues import domain as venues

ROUNDS = 15
STRICT = SeatRules(single_seats=SingleSeats.STRICT)


@figure
def best_seats(rig: Rig) -> Iterator[Row]:
    """One to ten seats, in each hall and under each rule; what counts is the worst of them."""
    compact = venues.encode_compact(venues.parse_plan(stadium()))
    layout = venues.layout_of(venues.decode_compact(compact))
    seating = venues.seating_of(layout)
    ranking = venues.ranking_of(layout, seating)
    shut = best.accessible_mask(seating, wanted=False)
    took = {
        f"{count} seats, {name}, {rules.single_seats}": median(
            search_ms(best.House(ranking, seating, states, rules), count, shut)
            for _ in range(ROUNDS)
        )
        for name, states in fillings(layout.place_count).items()
        for rules in (NO_RULES, STRICT)
        for count in (1, 2, 4, 10)
    }
    worst = max(took, key=took.__getitem__)
    yield Row(
        what="find the best seats of 60,000, the worst of many halls",
        ours=took[worst],
        unit="ms",
        bar=5,
        most_is_best=False,
        note=f"the worst: {worst}; the median of all {median(took.values()):.2f} ms",
    )


def search_ms(house: best.House, count: int, shut: bytes) -> float:
    started_at = time.perf_counter()
    best.find_best(house, count, shut=shut, with_wheelchair=False)
    return (time.perf_counter() - started_at) * 1000


def fillings(size: int) -> dict[str, bytes]:
    """Return the states of places in halls that are more and more taken."""
    dice = random.Random(7)

    def sold(share: float) -> bytes:
        return bytes(2 if dice.random() < share else 0 for _ in range(size))

    def pattern(seats: bytes) -> bytes:
        return (seats * size)[:size]

    return {
        "empty": bytes(size),
        "half sold": sold(0.5),
        "nine tenths sold": sold(0.9),
        "all but 200 sold": sold(1 - 200 / size),
        "sold out": pattern(b"\2"),
        "runs of two": pattern(b"\0\0\2"),
        "runs of nine": pattern(b"\0" * 9 + b"\2"),
        "every second": pattern(b"\0\2"),
    }
