"""Holds through the sync door: the storefront without JavaScript, the API, checkout.

The live process offers the same verbs over the same scripts in `live.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from kernel import ids, limits
from kernel.askers import Asker
from kernel.valkey import Call
from tenant_apps.inventory import gateway, holds, queries
from tenant_apps.inventory.domain import (
    CHECKOUT_MARGIN_MS,
    AreaUnknown,
    Hold,
    Loading,
    NoSuchHold,
    Snapshot,
    ensure_good_hold_id,
    ordered,
)
from tenant_apps.inventory.services.loading import load
from tenant_apps.venues import queries as venues

T = TypeVar("T")

ATTEMPTS = 10


def hold_places(
    *,
    performance_id: int,
    session: str,
    ordinals: Sequence[int],
    hold_id: str = "",
    most_ms: int = 0,
) -> Hold:
    """Hold every place for the session, or none of them.

    The id may be chosen by the caller, so that a repeated request is the same hold. With `most_ms`
    it lives no longer than that, and gets no more time. Refuses with
    SeatsTaken (which ones), PlaceUnknown, TooManyPlaces, SaleNotOpen, SaleClosed, NotOnSale,
    HoldIdUsed, BadRequest, Loading or HoldsDown; and for what does not go together with
    CompanionAlone, TableSoldWhole, TooFewTogether or SingleSeatLeft.
    """
    hold_id = hold_id or new_hold_id()
    ensure_good_hold_id(hold_id)
    places = ordered(ordinals, field="places")
    scope = queries.scope_of(performance_id)
    call = holds.hold(scope, hold_id=hold_id, session=session, ordinals=places, most_ms=most_ms)
    return _certain(run_loaded(performance_id, call, lambda reply: holds.read_hold(hold_id, reply)))


def hold_places_again(
    *, performance_id: int, session: str, ordinals: Sequence[int], hold_id: str
) -> Hold:
    """Hold what was this buyer's before. Refuses like `hold_places`, but for what goes together.

    The neighbours may have changed since, and a buyer who has agreed, or paid, is not turned away
    for that.
    """
    ensure_good_hold_id(hold_id)
    places = ordered(ordinals, field="places")
    scope = queries.scope_of(performance_id)
    call = holds.hold_again(scope, hold_id=hold_id, session=session, ordinals=places)
    return _certain(run_loaded(performance_id, call, lambda reply: holds.read_hold(hold_id, reply)))


def hold_area(
    *, performance_id: int, session: str, area: str, count: int, hold_id: str = ""
) -> Hold:
    """Hold so many places of a general-admission area. Refuses like hold_places, FewPlacesLeft."""
    hold_id = hold_id or new_hold_id()
    ensure_good_hold_id(hold_id)
    first, last = area_range(performance_id, area)
    call = holds.hold_area(
        queries.scope_of(performance_id),
        hold_id=hold_id,
        session=session,
        first=first,
        last=last,
        count=len(ordered(list(range(count)), field="count")),
    )
    return _certain(run_loaded(performance_id, call, lambda reply: holds.read_hold(hold_id, reply)))


def take_tokens(asker: Asker, *, watched: Sequence[str] = ()) -> limits.Verdict:
    """Take a token of the buyer's limit, the device's, the network's and the organizer's.

    The live process takes from the same buckets: two doors, one limit. The watched scores are read
    in the same call.
    """
    return limits.take_each(gateway.hold_buckets(asker), watched=watched)


def take_arrival_tokens(asker: Asker, *, watched: Sequence[str] = ()) -> limits.Verdict:
    """The same for who comes to a waiting room: the organizer's limit is another."""
    return limits.take_each(gateway.arrival_buckets(asker), watched=watched)


def change_hold(
    *,
    performance_id: int,
    session: str,
    hold_id: str,
    add: Sequence[int] = (),
    drop: Sequence[int] = (),
) -> Hold | None:
    """Add and drop places, all or nothing; None when nothing is left of the hold."""
    ensure_good_hold_id(hold_id)
    call = holds.change(
        queries.scope_of(performance_id),
        hold_id=hold_id,
        session=session,
        add=ordered(add, field="add", least=0),
        drop=ordered(drop, field="drop", least=0),
    )
    return run_loaded(performance_id, call, lambda reply: holds.read_hold(hold_id, reply))


def extend_hold(*, performance_id: int, session: str, hold_id: str) -> Hold:
    """Give the buyer a whole new hold time. Refuses with NoMoreTime, HoldLapsed, NoSuchHold."""
    ensure_good_hold_id(hold_id)
    call = holds.extend(queries.scope_of(performance_id), hold_id=hold_id, session=session)
    return _certain(run_loaded(performance_id, call, lambda reply: holds.read_hold(hold_id, reply)))


def keep_for_checkout(*, performance_id: int, session: str, hold_id: str) -> Hold:
    """Make sure that the hold outlasts the transaction that will claim its places."""
    ensure_good_hold_id(hold_id)
    call = holds.extend(
        queries.scope_of(performance_id),
        hold_id=hold_id,
        session=session,
        at_least_ms=CHECKOUT_MARGIN_MS,
    )
    return _certain(run_loaded(performance_id, call, lambda reply: holds.read_hold(hold_id, reply)))


def release_hold(*, performance_id: int, session: str, hold_id: str) -> None:
    """Give the places back; what is gone already is no error."""
    ensure_good_hold_id(hold_id)
    call = holds.release(queries.scope_of(performance_id), hold_id=hold_id, session=session)
    run_loaded(performance_id, call, lambda reply: holds.read_hold(hold_id, reply))


def holds_of_session(*, performance_id: int, session: str) -> list[Hold]:
    """Return the session's running holds at this performance."""
    call = holds.find(queries.scope_of(performance_id), session=session)
    return run_loaded(performance_id, call, holds.read_holds)


def find_hold(*, performance_id: int, session: str, hold_id: str) -> Hold | None:
    """Return the session's hold if it still runs."""
    ensure_good_hold_id(hold_id)
    call = holds.find(queries.scope_of(performance_id), session=session, hold_id=hold_id)
    found = run_loaded(performance_id, call, holds.read_holds)
    return found[0] if found else None


def snapshot(performance_id: int) -> Snapshot:
    """Return every place's state at this moment."""
    call = holds.snapshot(queries.scope_of(performance_id))
    return run_loaded(performance_id, call, holds.read_snapshot)


def new_hold_id() -> str:
    """Return a fresh hold id."""
    return ids.new("hld")


def area_range(performance_id: int, area: str) -> tuple[int, int]:
    """Return the first and last ordinal of a general-admission area. Refuses with AreaUnknown."""
    layout = venues.layout(queries.plan_version_of(performance_id))
    for candidate in layout.areas:
        if candidate.key == area:
            return candidate.first_ordinal, candidate.first_ordinal + candidate.capacity - 1
    raise AreaUnknown(field="area", value=area[:40])


def run_loaded(performance_id: int, call: Call, read: Callable[[Any], T]) -> T:
    """Run a script and read its answer, loading the performance first where that is needed."""
    for _ in range(ATTEMPTS):
        try:
            return read(gateway.run(call))
        except (holds.Stale, Loading):
            # Loading too: who does it may have died, and then somebody has to take over.
            load(performance_id)
    raise Loading(retry_after_s=0.2)


def _certain(hold: Hold | None) -> Hold:
    if hold is None:
        raise NoSuchHold
    return hold
