"""Finding the best seats and holding them in one go."""

from __future__ import annotations

import random

from tenant_apps.events.models import Performance
from tenant_apps.inventory import queries
from tenant_apps.inventory.domain import (
    CompanionAlone,
    Hold,
    HoldIdUsed,
    NoSuchHold,
    PlaceState,
    SeatsTaken,
    SingleSeatLeft,
    Snapshot,
    TableSoldWhole,
    TooFewTogether,
    ensure_good_hold_id,
)
from tenant_apps.inventory.domain.beside import seats_beside
from tenant_apps.inventory.domain.best import (
    Closeness,
    Found,
    House,
    NoneTogether,
    Wish,
    ensure_good_wish,
    find_best,
)
from tenant_apps.inventory.services.holding import (
    change_hold,
    find_hold,
    hold_places,
    new_hold_id,
    snapshot,
)
from tenant_apps.venues import queries as venues

# Each time somebody was faster; the last attempts pick among many.
ATTEMPTS = 6
# So many seats are tried, one after the other,
MOST_BESIDE = 8
# where somebody was faster or a rule refuses: the next one may do.
GO_ON = (SeatsTaken, SingleSeatLeft, CompanionAlone, TableSoldWhole, TooFewTogether)


def hold_best(
    *, performance_id: int, session: str, wish: Wish, hold_id: str = "", most_ms: int = 0
) -> tuple[Hold, Closeness | None]:
    """Hold the best free seats; also how they lie, None for a request that is repeated.

    Where somebody is faster it looks again, a few times. Refuses with BadRequest, NoneTogether and
    like `hold_places`.
    """
    ensure_good_wish(wish)
    hold_id = hold_id or new_hold_id()
    ensure_good_hold_id(hold_id)
    made = find_hold(performance_id=performance_id, session=session, hold_id=hold_id)
    if made is not None:
        return made, None
    for attempt in range(ATTEMPTS):
        found = best_free(performance_id=performance_id, wish=wish, attempt=attempt)
        try:
            hold = hold_places(
                performance_id=performance_id,
                session=session,
                ordinals=found.places,
                hold_id=hold_id,
                most_ms=most_ms,
            )
        except SeatsTaken:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        except HoldIdUsed:
            # The same request, sent twice, was faster: it is answered like it.
            made = find_hold(performance_id=performance_id, session=session, hold_id=hold_id)
            if made is None:
                raise
            return made, None
        return hold, found.closeness
    raise AssertionError("unreachable")


def hold_one_more(*, performance_id: int, session: str, hold_id: str) -> Hold:
    """Add the free seat that is the next best to those of a hold.

    Refuses with NoSuchHold, NoneTogether, where no seat of the section will do, and like
    `change_hold`.
    """
    had = find_hold(performance_id=performance_id, session=session, hold_id=hold_id)
    if had is None:
        raise NoSuchHold
    version_id = Performance.objects.values_list("plan_version_id", flat=True).get(
        pk=performance_id
    )
    layout, states = venues.layout(version_id), snapshot(performance_id).places
    for ordinal in seats_beside(layout, had.places, states)[:MOST_BESIDE]:
        try:
            hold = change_hold(
                performance_id=performance_id, session=session, hold_id=hold_id, add=[ordinal]
            )
        except GO_ON:
            continue
        if hold is not None:
            return hold
    raise NoneTogether(count=len(had.places) + 1)


def best_free(
    *, performance_id: int, wish: Wish, attempt: int = 0, mine: frozenset[int] = frozenset()
) -> Found:
    """Return the best seats that are free, or `mine`. Refuses with NoneTogether.

    Where many want the best they all find the same ones. So after a lost attempt it takes any of
    the best few, more of them with each attempt.
    """
    performance = Performance.objects.only(
        "plan_version_id", "single_seats", "companions_with_wheelchair", "tables_whole",
        "least_together",
    ).get(pk=performance_id)  # fmt: skip
    version_id = performance.plan_version_id
    states = bytearray(_states(snapshot(performance_id), mine))
    shut = queries.shut_for(performance_id, wish)
    last: Found | None = None
    for _ in range(1 + random.randrange(2**attempt)):  # noqa: S311 - it keeps no secret
        house = House(
            ranking=venues.ranking(version_id),
            seating=venues.seating(version_id),
            states=bytes(states),
            rules=performance.seat_rules,
        )
        found = find_best(house, wish.count, shut=shut, with_wheelchair=wish.accessible)
        if found is None:
            break
        last = found
        for ordinal in found.places:
            states[ordinal] = PlaceState.HELD
    if last is None:
        raise NoneTogether(count=wish.count)
    return last


def _states(seen: Snapshot, mine: frozenset[int]) -> bytes:
    states = bytearray(seen.places)
    for ordinal in mine:
        states[ordinal] = PlaceState.FREE
    return bytes(states)
