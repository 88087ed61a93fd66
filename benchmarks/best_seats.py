"""How long the search for the best seats takes in a stadium of 60,000, from empty to nearly sold.

`.venv/bin/python benchmarks/best_seats.py`: the search alone, without Valkey; no server is needed.
"""

# ruff: noqa: E402 - Django wants its settings before its parts are imported
from __future__ import annotations

import os
import random
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventflow.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")

import django

django.setup()

from eventflow.local.demo_plans import stadium
from tenant_apps.events.domain import NO_RULES, SeatRules, SingleSeats
from tenant_apps.inventory.domain import best
from tenant_apps.venues import domain as venues

ROUNDS = 25
STRICT = SeatRules(single_seats=SingleSeats.STRICT)


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


def main() -> None:
    compact = venues.encode_compact(venues.parse_plan(stadium()))
    layout = venues.layout_of(venues.decode_compact(compact))
    started = time.perf_counter()
    seating = venues.seating_of(layout)
    marked = time.perf_counter()
    ranking = venues.ranking_of(layout, seating)
    ranked = time.perf_counter()
    print(
        f"once per plan version of {layout.place_count} places:"
        f" marks {(marked - started) * 1e3:.0f} ms, ranking {(ranked - marked) * 1e3:.0f} ms"
    )
    shut = best.accessible_mask(seating, wanted=False)
    for name, states in fillings(layout.place_count).items():
        for rules in (NO_RULES, STRICT):
            house = best.House(ranking, seating, states, rules)
            for count in (1, 2, 4, 10):
                spent = float("inf")
                for _ in range(ROUNDS):
                    started = time.perf_counter()
                    found = best.find_best(house, count, shut=shut, with_wheelchair=False)
                    spent = min(spent, time.perf_counter() - started)
                how = found.closeness if found else "none"
                print(
                    f"{name:<18}{rules.single_seats:<8}{count:>3} seats:"
                    f" {spent * 1e3:6.2f} ms  {how}"
                )


if __name__ == "__main__":
    main()
