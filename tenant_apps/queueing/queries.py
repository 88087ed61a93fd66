"""Waiting rooms, lists of buyers and orders to be looked at, as PostgreSQL has them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from kernel import clock, signing
from kernel.db import current_schema
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.queueing.domain import Mode, Rules, lists
from tenant_apps.queueing.domain.lists import Trusted, Verdict, What
from tenant_apps.queueing.domain.reviews import NoSuchReview, ReviewState
from tenant_apps.queueing.models import Listing, Review, Room

# How long after a performance Valkey still knows its room.
REMEMBERED = timedelta(days=1)
# Purpose of the key that mails and cards are hashed with.
PURPOSE = "buyer-lists"
# So many trusted networks are looked at for each hold that is watched.
MOST_TRUSTED = 1_000


def find_rules(performance_id: int) -> Rules | None:
    """Return the rules; None where no room is configured or it is switched off."""
    room = _rooms().filter(performance_id=performance_id).first()
    return rules_of(room) if room else None


def rooms_of(performance_ids: Collection[int]) -> dict[int, Rules]:
    """Return the rules of these performances' rooms, of those that are not switched off."""
    if not performance_ids:
        # Most pages have no sale that is still to open.
        return {}
    found = _rooms().filter(performance_id__in=performance_ids)
    return {room.performance_id: rules_of(room) for room in found}


def find_room(performance_id: int) -> Room | None:
    """Return the room as it is configured, also one that is switched off."""
    return Room.objects.filter(performance_id=performance_id).first()


def _rooms() -> QuerySet[Room]:
    return (
        Room.objects.select_related("performance")
        .only(
            *("mode", "waits_from", "per_minute", "most_inside", "lease_seconds", "round"),
            *("opened_at", "seed", "performance__sale_opens_at", "performance__sale_closes_at"),
            "performance__ends_at",
        )
        .exclude(mode=Mode.OFF)
    )


def rules_of(room: Room) -> Rules:
    """Return the rules of a room whose performance is at hand."""
    performance = room.performance
    # Once it was shuffled, a sale that is moved changes nothing about who came before.
    opens_at = room.opened_at or performance.sale_opens_at
    starts = {Mode.TIME: room.waits_from, Mode.LOAD: opens_at}
    begins_at = starts.get(Mode(room.mode))
    return Rules(
        schema_name=current_schema(),
        performance_id=room.performance_id,
        round=room.round,
        mode=Mode(room.mode),
        from_ms=_ms(begins_at) if begins_at else 0,
        opens_ms=_ms(opens_at),
        until_ms=_ms(performance.sale_closes_at),
        forget_ms=_ms(performance.ends_at + REMEMBERED),
        seed=room.seed,
        per_minute=room.per_minute,
        most_inside=room.most_inside,
        lease_ms=room.lease_seconds * 1000,
    )


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def digest_of(what: What, value: str) -> str:
    """Return the value hashed with a key of the current tenant: 32 hexadecimal digits."""
    return signing.pseudonym(PURPOSE, what, value, schema_name=current_schema())


def find_verdict(*, mail: str = "", card: str = "", network: str = "") -> Verdict | None:
    """Return what the lists say of a buyer, by one query; None when they say nothing.

    The most exact entry decides. A card is hashed already.
    """
    names = lists.names_of(mail=mail, card=card, network=network)
    if not names:
        return None
    named = reduce(or_, (Q(what=what, value__in=values) for what, values in names.items()))
    return lists.verdict_of(_standing().filter(named).values_list("what", "verdict"))


def trusted_buyers() -> Trusted:
    """Return whose holds are not watched."""
    found = _standing().filter(verdict=Verdict.TRUSTED, what=What.NETWORK).order_by("-pk")
    values = found.values_list("value", flat=True)[:MOST_TRUSTED]
    networks = [lists.read_network(value) for value in values]
    return Trusted(tuple(network for network in networks if network is not None))


def listings_visible_to(actor: Actor) -> QuerySet[Listing]:
    """Return a tenant's lists, the newest entry first."""
    listings = Listing.objects.order_by("-pk")
    return listings if actor.may(Permission.ORDERS_VIEW) else listings.none()


def reviews_visible_to(actor: Actor) -> QuerySet[Review]:
    """Return the orders that somebody should look at, the oldest first."""
    reviews = Review.objects.filter(state=ReviewState.OPEN).order_by("opened_at", "pk")
    return reviews if actor.may(Permission.ORDERS_VIEW) else reviews.none()


def find_review(order_ref: str) -> Review | None:
    """Return an order's review, open or decided, if it has one."""
    return Review.objects.filter(order_ref=order_ref).first()


def get_review(order_ref: str) -> Review:
    """Return an order's review. Refuses with NoSuchReview."""
    found = find_review(order_ref)
    if found is None:
        raise NoSuchReview
    return found


def _standing() -> QuerySet[Listing]:
    return Listing.objects.filter(Q(until__isnull=True) | Q(until__gt=clock.now()))
