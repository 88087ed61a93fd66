"""The seats that come next, for whoever has some already and wants one more."""

from __future__ import annotations

from collections.abc import Sequence

from tenant_apps.inventory.domain import PlaceState
from tenant_apps.venues.domain import Layout

# Kept for whoever needs them: they are chosen, never found.
RESERVED = frozenset({"wheelchair", "companion"})


def seats_beside(layout: Layout, mine: Sequence[int], states: bytes) -> list[int]:
    """Return free seats of the section that the last of `mine` is in, the best first.

    First what is side by side with one of mine, then what leaves no single seat, then what costs
    the same, then the nearest. Of places without numbers there is nothing beside.
    """
    seats = [ordinal for ordinal in mine if ordinal < layout.seat_count]
    spot = layout.spot(seats[-1]) if seats else None
    if spot is None:
        return []
    near = {each for ordinal in seats for each in layout.neighbours(ordinal)}
    categories = {layout.place(ordinal).category for ordinal in seats}

    def cost(ordinal: int, category: str) -> tuple[bool, bool, bool, int]:
        return (
            ordinal not in near,
            _leaves_one(layout, ordinal, states),
            category not in categories,
            _way(layout, ordinal, seats),
        )

    free = (
        (cost(ordinal, category), ordinal)
        for row in spot.section.rows
        for ordinal, category, attributes in zip(
            row.ordinals, row.categories, row.attributes, strict=True
        )
        if states[ordinal] == PlaceState.FREE and not attributes & RESERVED
    )
    return [ordinal for _, ordinal in sorted(free)]


def _leaves_one(layout: Layout, ordinal: int, states: bytes) -> bool:
    """Say whether a neighbour would be free with nobody free beside it."""
    return any(
        neighbour is not None
        and states[neighbour] == PlaceState.FREE
        and not any(
            each is not None and each != ordinal and states[each] == PlaceState.FREE
            for each in layout.neighbours(neighbour)
        )
        for neighbour in layout.neighbours(ordinal)
    )


def _way(layout: Layout, ordinal: int, seats: Sequence[int]) -> int:
    """Return the square of the way to the nearest of the seats, in hundredths of a plan unit."""
    x, y = layout.xs[ordinal], layout.ys[ordinal]
    return min((layout.xs[seat] - x) ** 2 + (layout.ys[seat] - y) ** 2 for seat in seats)
