"""What the buyer's pages do that is more than one call below: choosing without a script."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from kernel import errors, limits
from kernel.db import current_schema
from kernel.tasks import enqueue
from tenant_apps.checkout import services as checkout
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import FewPlacesLeft, Hold, PlaceState, SeatsTaken
from tenant_apps.inventory.domain.best import Closeness, Found, NoneTogether, Wish
from tenant_apps.orders.domain import OVER, OrderState
from tenant_apps.orders.models import Order
from tenant_apps.payments import services as payments
from tenant_apps.queueing import services as queueing
from tenant_apps.venues import queries as venues

log = structlog.get_logger(__name__)

ATTEMPTS = 4
SIDE_BY_SIDE = frozenset({Closeness.NEAT, Closeness.TOGETHER})
# A webhook mostly comes within a second or two; Stripe itself is asked about one that is late.
WEBHOOK_PATIENCE = timedelta(seconds=3)


def choose_places(
    *,
    performance: Performance,
    session: str,
    seats: Collection[int],
    shown: Collection[int],
    areas: Mapping[str, int],
    most_ms: int = 0,
) -> list[Hold]:
    """Make the buyer's holds what the form says, all or nothing.

    `seats` are the ticked ones of those `shown`; what is held elsewhere stays. `areas` are wanted
    counts by area key. `most_ms` is for a new hold. Refuses like `inventory.hold_places`, and with
    NotAdmitted.
    """
    layout = venues.layout(performance.plan_version_id)
    counts = {area: areas[area.key] for area in layout.areas if area.key in areas}
    for last in range(ATTEMPTS - 1, -1, -1):
        holds = inventory.holds_of_session(performance_id=performance.pk, session=session)
        mine = {ordinal for hold in holds for ordinal in hold.places}
        wanted = (mine - set(shown)) | set(seats)
        for area, count in counts.items():
            wanted = _with_count(performance, wanted, area.ordinals, count)
        try:
            return _make_so(performance, session, holds, mine, wanted, most_ms=most_ms)
        except SeatsTaken as refusal:
            taken = refusal.details.get("places", [])
            # Somebody was faster at a place that we picked: any other will do.
            if not last or not isinstance(taken, list) or set(taken) & set(seats):
                raise
    raise AssertionError("unreachable")


def find_together(
    *, performance: Performance, session: str, wish: Wish, most_ms: int = 0
) -> tuple[str, Closeness, list[Hold]]:
    """Hold the best free seats instead of the seats that the buyer has now.

    The wished section comes first; if it has no such seats, any other will do. Returns the
    section's key, how the seats lie, and the holds. Refuses with NoneTogether,
    NotAdmitted and like `inventory.hold_places`.
    """
    layout = venues.layout(performance.plan_version_id)
    for attempt in range(ATTEMPTS):
        holds = inventory.holds_of_session(performance_id=performance.pk, session=session)
        mine = {ordinal for hold in holds for ordinal in hold.places}
        standing = {ordinal for ordinal in mine if ordinal >= layout.seat_count}
        found = _best(performance, wish, attempt, frozenset(mine))
        try:
            wanted = standing | set(found.places)
            made = _make_so(performance, session, holds, mine, wanted, most_ms=most_ms)
        except SeatsTaken:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        spot = layout.spot(found.places[0])
        assert spot is not None
        return spot.section.key, found.closeness, made
    raise AssertionError("unreachable")


def _best(performance: Performance, wish: Wish, attempt: int, mine: frozenset[int]) -> Found:
    """Return the best seats of the wished section if they are side by side, else of the house."""
    wishes = [wish, replace(wish, section="")] if wish.section else [wish]
    for each in wishes:
        try:
            found = inventory.best_free(
                performance_id=performance.pk, wish=each, attempt=attempt, mine=mine
            )
        except NoneTogether:
            if each is wishes[-1]:
                raise
            continue
        if found.closeness in SIDE_BY_SIDE or each is wishes[-1]:
            return found
    raise AssertionError("unreachable")


def _with_count(
    performance: Performance, wanted: set[int], ordinals: range, count: int
) -> set[int]:
    """Return the wanted places with exactly so many of these, picked at random among the free.

    At random, so that a crowd that wants one area does not run for the same places.
    """
    have = sorted(ordinal for ordinal in wanted if ordinal in ordinals)
    if count <= len(have):
        return wanted - set(have[count:])
    places = inventory.snapshot(performance.pk).places
    free = [o for o in ordinals if places[o] == PlaceState.FREE and o not in wanted]
    more = count - len(have)
    if len(free) < more:
        raise FewPlacesLeft(free=len(free))
    return wanted | set(random.sample(free, more))


def _make_so(
    performance: Performance,
    session: str,
    holds: Sequence[Hold],
    mine: Collection[int],
    wanted: Collection[int],
    *,
    most_ms: int,
) -> list[Hold]:
    add = sorted(set(wanted) - set(mine))
    if not holds:
        if not add:
            return []
        # Who holds something has been let in: adding to it asks nobody.
        queueing.ensure_admitted(performance_id=performance.pk, session=session)
        return [
            inventory.hold_places(
                performance_id=performance.pk, session=session, ordinals=add, most_ms=most_ms
            )
        ]
    changed = []
    for place, hold in enumerate(holds):
        drop = sorted(set(hold.places) - set(wanted))
        more = add if place == 0 else []
        kept: Hold | None = hold
        if more or drop:
            kept = inventory.change_hold(
                performance_id=performance.pk,
                session=session,
                hold_id=hold.hold_id,
                add=more,
                drop=drop,
            )
        if kept is not None:
            changed.append(kept)
    return changed


@payments.someone_waits()
def ask_about_payment(order: Order) -> bool:
    """Ask Stripe how a waiting order stands, once every few seconds; whether it was asked.

    For the buyer who is back from the payment page before the webhook is; also when the order is
    over by now, for the money may have come late and its webhook never.
    """
    if order.state not in {OrderState.PENDING, OrderState.EXPIRING, *OVER}:
        return False
    bucket = limits.bucket(current_schema(), "ask-about-payment", order.public_id)
    every_s = WEBHOOK_PATIENCE.total_seconds()
    if not limits.take(bucket, capacity=1, refill_per_s=1 / every_s).allowed:
        return False
    try:
        checkout.refresh_order(order_id=order.public_id)
    except errors.DomainError as refusal:
        log.warning("payment_not_known", order=order.public_id, code=refusal.code)
        return False
    return True


def send_tickets_again(*, order_id: str) -> None:
    """Ask for another mail with an order's tickets."""
    enqueue("notifications.send_tickets_again", order_id=order_id)


def send_order_links(*, email: str, locale: str) -> None:
    """Ask for a mail with the links to all orders of this address, in the asker's language."""
    enqueue("notifications.send_order_links", email=email, locale=locale)
