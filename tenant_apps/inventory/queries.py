"""What PostgreSQL knows of places: the truth that Valkey's projection is made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

from cachetools import TTLCache, cached
from cachetools.keys import hashkey
from django.db import connection
from django.db.models import Count

from kernel import clock
from kernel.db import current_schema
from kernel.money import Money
from tenant_apps.events.domain import State
from tenant_apps.events.models import Performance
from tenant_apps.inventory.domain import (
    REMEMBERED,
    STATE_OF_CLAIM,
    BadRequest,
    ClaimedPlace,
    ClaimKind,
    PlaceState,
    Sale,
    Scope,
    best,
)
from tenant_apps.inventory.domain.best import Wish
from tenant_apps.inventory.models import Claim
from tenant_apps.pricing import queries as pricing
from tenant_apps.pricing.domain import BookTier, zone_prices
from tenant_apps.venues import queries as venues

_lock = Lock()

NEWEST_CLAIMS = """
    SELECT DISTINCT ON (ordinal) ordinal, id, kind, released_at IS NOT NULL
    FROM inventory_claim WHERE performance_id = %s ORDER BY ordinal, id DESC
"""

# Written out like `pricing.queries.SOURCES`: every page with a sale on it asks this.
COUNT_CLAIMED = """
    SELECT performance_id, count(*) FROM inventory_claim
    WHERE performance_id = ANY(%s) AND released_at IS NULL GROUP BY performance_id
"""


@dataclass(frozen=True, slots=True)
class Truth:
    """A performance as PostgreSQL has it.

    `places` has a byte for each ordinal; `fences` maps each place that was ever claimed to the
    newest word on it (2 × claim id when it was settled, one more when it was freed); `seating`
    has a byte of marks for each place (`venues.domain.Mark`).
    """

    places: bytes
    fences: dict[int, int]
    seating: bytes
    sale: Sale


def scope_of(performance_id: int) -> Scope:
    """Return the performance's scope in the current tenant."""
    return Scope(schema_name=current_schema(), performance_id=performance_id)


_base_places: TTLCache[object, bytes] = TTLCache(500, ttl=60)
_plan_versions: TTLCache[object, int] = TTLCache(10_000, ttl=60)


def _in_tenant(performance_id: int) -> object:
    return hashkey(current_schema(), performance_id)


def forget_cached() -> None:
    """Empty this process's caches: after an edit of plan or prices, and between tests."""
    with _lock:
        _base_places.clear()
        _plan_versions.clear()


@cached(_plan_versions, key=_in_tenant, lock=_lock)
def plan_version_of(performance_id: int) -> int:
    """Return the database id of the performance's plan version."""
    return Performance.objects.values_list("plan_version_id", flat=True).get(pk=performance_id)


@cached(_base_places, key=_in_tenant, lock=_lock)
def base_places(performance_id: int) -> bytes:
    """Return what `read_base_places` returned within the last minute."""
    return read_base_places(performance_id)


def read_base_places(performance_id: int) -> bytes:
    """Return a byte for each ordinal: free where its category has a price, else not on sale."""
    keys, index = venues.categories_by_ordinal(plan_version_of(performance_id))
    unpriced = set(pricing.unpriced_categories(Performance.objects.get(pk=performance_id)))
    states = bytes(PlaceState.NOT_ON_SALE if key in unpriced else PlaceState.FREE for key in keys)
    table = states + bytes(256 - len(states))
    return index.translate(table)


def shut_for(performance_id: int, wish: Wish) -> bytes:
    """Return a 1 for each place that the wish leaves out, else 0. Refuses BadRequest (which field).

    Without a wish for accessible places those are left out: others need them.
    """
    version_id = plan_version_of(performance_id)
    seating = venues.seating(version_id)
    masks = [best.accessible_mask(seating, wanted=wish.accessible)]
    categories = _wished_categories(performance_id, wish)
    if categories is not None:
        keys, index = venues.categories_by_ordinal(version_id)
        table = bytes(key not in categories for key in keys)
        masks.append(index.translate(table + bytes(256 - len(table))))
    if wish.attribute:
        masks.append(venues.lacking(version_id, wish.attribute))
    if wish.section:
        places = venues.section_ordinals(version_id, wish.section)
        if places is None:
            raise BadRequest(field="section", value=wish.section[:40])
        after = len(seating) - places.stop
        masks.append(b"\1" * places.start + bytes(len(places)) + b"\1" * after)
    return best.shut_places(*masks)


def _wished_categories(performance_id: int, wish: Wish) -> frozenset[str] | None:
    """Return the plan's categories in the wished zone, at the wished price; None for any."""
    if not wish.zone and wish.price_most is None:
        return None
    book = pricing.price_book(performance_id)
    zones = [zone for zone in book.zones if wish.zone in {"", zone.key}]
    if not zones:
        raise BadRequest(field="zone", value=wish.zone[:40])
    if wish.price_most is not None:
        zones = [zone for zone in zones if _is_within(zone_prices(book, zone), wish.price_most)]
    return frozenset(category for zone in zones for category in zone.categories)


def _is_within(prices: list[tuple[BookTier, Money]], price_most: int) -> bool:
    """Whether the zone's first price, the one that its legend shows, is no higher."""
    return bool(prices) and prices[0][1].amount_minor <= price_most


def sale_of(performance: Performance) -> Sale:
    """Return the window, limits and rules that the scripts enforce."""
    return Sale(
        on_sale=performance.state == performance.event.state == State.PUBLISHED,
        opens_ms=int(performance.sale_opens_at.timestamp() * 1000),
        closes_ms=int(performance.sale_closes_at.timestamp() * 1000),
        hold_ms=performance.hold_seconds * 1000,
        extensions=performance.max_extensions,
        per_hold=performance.max_places_per_order,
        per_session=performance.max_places_per_session,
        rules=performance.seat_rules,
        forget_ms=int((max(performance.ends_at, clock.now()) + REMEMBERED).timestamp() * 1000),
    )


def truth_of(performance_id: int) -> Truth:
    """Read the performance whole, for loading and for the reconciler."""
    performance = Performance.objects.select_related("event").get(pk=performance_id)
    # Not from memory: another process may have changed the prices.
    places = bytearray(read_base_places(performance_id))
    fences: dict[int, int] = {}
    with connection.cursor() as cursor:
        # One statement, so one moment.
        cursor.execute(NEWEST_CLAIMS, [performance_id])
        for ordinal, claim_id, kind, is_released in cursor.fetchall():
            fences[ordinal] = claim_id * 2 + (1 if is_released else 0)
            if not is_released and ordinal < len(places):
                places[ordinal] = STATE_OF_CLAIM[ClaimKind(kind)]
    return Truth(
        places=bytes(places),
        fences=fences,
        seating=venues.seating(performance.plan_version_id),
        sale=sale_of(performance),
    )


def taken_among(*, performance_id: int, ordinals: Iterable[int]) -> list[int]:
    """Return those of the places that have a live claim, ascending."""
    claims = Claim.objects.live().filter(performance_id=performance_id, ordinal__in=list(ordinals))
    return list(claims.order_by("ordinal").values_list("ordinal", flat=True))


def live_claims_of_order(order_ref: str) -> dict[int, list[ClaimedPlace]]:
    """Return an order's live claims by performance, in ordinal order."""
    found: dict[int, list[ClaimedPlace]] = {}
    rows = Claim.objects.live().filter(order_ref=order_ref).order_by("performance_id", "ordinal")
    for performance_id, ordinal, claim_id in rows.values_list("performance_id", "ordinal", "pk"):
        found.setdefault(performance_id, []).append(ClaimedPlace(ordinal, claim_id))
    return found


def counts_by_state(places: bytes) -> dict[PlaceState, int]:
    """Count the places of a snapshot by state."""
    return {state: places.count(bytes([state])) for state in PlaceState}


def count_sold(performance_ids: Sequence[int]) -> dict[int, int]:
    """Count each performance's live allocations."""
    rows = (
        Claim.objects.live()
        .filter(performance_id__in=performance_ids, kind=ClaimKind.ALLOCATION)
        .values_list("performance_id")
        .annotate(count=Count("pk"))
    )
    return dict(rows)


@dataclass(frozen=True, slots=True)
class Stock:
    """How many places of a performance are sold at all, and how many have no claim."""

    places: int
    free: int


def stock_of(performance_ids: Sequence[int]) -> dict[int, Stock]:
    """Count the places of performances that have prices, held ones among the free.

    One query, for lists of events; what is free this second is in the snapshot.
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNT_CLAIMED, [list(performance_ids)])
        claimed = dict(cursor.fetchall())
    found = {}
    for performance_id in performance_ids:
        places = base_places(performance_id).count(bytes([PlaceState.FREE]))
        free = max(0, places - claimed.get(performance_id, 0))
        found[performance_id] = Stock(places=places, free=free)
    return found


def performances_on_sale() -> list[int]:
    """Return the performances whose places can be had now or were until a moment ago."""
    now = clock.now()
    rows = Performance.objects.filter(
        state=State.PUBLISHED,
        event__state=State.PUBLISHED,
        sale_opens_at__lte=now,
        ends_at__gte=now,
    )
    return list(rows.order_by("pk").values_list("pk", flat=True)[:10_000])
