"""Price lists, and the price book of a performance: always the newest, mostly from memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock

from cachetools import LRUCache
from django.db import connection
from django.db.models import QuerySet

from kernel import errors
from kernel.db import current_schema
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.events.models import Performance
from tenant_apps.pricing import domain
from tenant_apps.pricing.domain import (
    BookTier,
    BookZone,
    Choice,
    FeeRule,
    PriceBook,
    PriceRange,
    TaxRule,
)
from tenant_apps.pricing.models import (
    Price,
    PriceList,
    Tier,
    Zone,
    ZoneCategory,
)
from tenant_apps.venues import queries as venues


class NoSuchPriceList(errors.Missing):
    code = "no_such_price_list"
    message = "There is no such price list."


class NoPrices(errors.Conflict):
    code = "no_prices"
    message = "This performance has no prices yet, so it cannot be sold."


class UnknownPlace(errors.Invalid):
    code = "unknown_place"
    message = "There is no such place in this performance's plan."


@dataclass(frozen=True, slots=True)
class _Source:
    """Which list a performance uses, in which revision."""

    price_list_id: int
    public_id: str
    revision: int
    max_places: int


# Written out, as every page with a price asks it: Django takes several times as long to put the
# statement together as PostgreSQL to answer it.
SOURCES = """
    SELECT used.performance_id, list.id, list.public_id, list.revision,
        performance.max_places_per_order
    FROM pricing_performancepricing AS used
    JOIN pricing_pricelist AS list ON list.id = used.price_list_id
    JOIN events_performance AS performance ON performance.id = used.performance_id
    WHERE used.performance_id = ANY(%s)
"""

# A list of one revision never changes, so nothing here ever grows old; it is only bounded. The
# public id is random: a list of the same number in a schema made anew is not taken for this one.
_books: LRUCache[tuple[str, str, int, int], PriceBook] = LRUCache(512)
_lock = Lock()


def price_lists_visible_to(actor: Actor) -> QuerySet[PriceList]:
    """Return the price lists that the actor may see, by name: all, or none."""
    lists = PriceList.objects.order_by("name", "pk")
    return lists if actor.may(Permission.EVENTS_VIEW) else lists.none()


def get_price_list(public_id: str, actor: Actor) -> PriceList:
    """Return one price list. Refuses with NoSuchPriceList."""
    found = price_lists_visible_to(actor).filter(public_id=public_id).first()
    if found is None:
        raise NoSuchPriceList
    return found


def price_book(performance_id: int) -> PriceBook:
    """Return the prices of a performance as they are now. Refuses with NoPrices.

    One small query when the list has not changed since this process last read it.
    """
    book = price_books([performance_id]).get(performance_id)
    if book is None:
        raise NoPrices
    return book


def price_books(performance_ids: Iterable[int]) -> dict[int, PriceBook]:
    """Return the price book of each performance that has one."""
    found = {}
    for performance_id, source in _sources(performance_ids).items():
        book = _book_of(source)
        if book is not None:
            found[performance_id] = book
    return found


def price_ranges(performance_ids: Iterable[int]) -> dict[int, PriceRange]:
    """Return what a ticket costs from and to, all in, of each performance that has prices."""
    ranges = {pk: domain.price_range(book) for pk, book in price_books(performance_ids).items()}
    return {pk: found for pk, found in ranges.items() if found is not None}


def choices_of(performance: Performance, tiers: Mapping[int, str]) -> list[Choice]:
    """Return the choices of places (ordinal -> tier key) with the plan's categories.

    Refuses with UnknownPlace, which names the ordinals.
    """
    keys, indexes = venues.categories_by_ordinal(performance.plan_version_id)
    unknown = sorted(ordinal for ordinal in tiers if not 0 <= ordinal < len(indexes))
    if unknown:
        raise UnknownPlace(field="places", places=unknown[:50])
    return [
        Choice(ordinal=ordinal, category=keys[indexes[ordinal]], tier_key=tier_key)
        for ordinal, tier_key in tiers.items()
    ]


def unpriced_categories(performance: Performance) -> list[str]:
    """Return the plan's categories that the performance has no price for: they are not sold."""
    keys, _ = venues.categories_by_ordinal(performance.plan_version_id)
    book = price_books([performance.pk]).get(performance.pk)
    if book is None:
        return list(keys)
    return [key for key in keys if key not in book.zone_of or not book.tiers_of(book.zone_of[key])]


def _sources(performance_ids: Iterable[int]) -> dict[int, _Source]:
    with connection.cursor() as cursor:
        cursor.execute(SOURCES, [list(performance_ids)])
        return {pk: _Source(*rest) for pk, *rest in cursor.fetchall()}


def _book_of(source: _Source) -> PriceBook | None:
    key = (current_schema(), source.public_id, source.revision, source.max_places)
    with _lock:
        book = _books.get(key)
    if book is not None:
        return book
    # A change may land between reading the revision and reading the rows: what was read is kept
    # under the revision that it has.
    loaded = _load(source)
    if loaded is None:
        return None
    revision, book = loaded
    with _lock:
        _books[*key[:2], revision, source.max_places] = book
    return book


def _load(source: _Source) -> tuple[int, PriceBook] | None:
    """Read a list whole, as of one moment: (revision, book)."""
    for _ in range(5):
        before = PriceList.objects.filter(pk=source.price_list_id).first()
        if before is None:
            return None
        book = _read(before, source.max_places)
        after = PriceList.objects.filter(pk=before.pk).values_list("revision", flat=True)
        if after.first() == before.revision:
            return before.revision, book
    raise errors.Unavailable(retry_after_s=1)


def _read(price_list: PriceList, max_places: int) -> PriceBook:
    categories: dict[int, list[str]] = defaultdict(list)
    for mapped in ZoneCategory.objects.filter(price_list=price_list):
        categories[mapped.zone_id].append(mapped.category)
    zones = list(Zone.objects.filter(price_list=price_list))
    tiers = list(Tier.objects.filter(price_list=price_list))
    zone_keys = {zone.pk: zone.key for zone in zones}
    tier_keys = {tier.pk: tier.key for tier in tiers}
    prices = Price.objects.filter(price_list=price_list)
    return PriceBook(
        currency=price_list.currency,
        zones=tuple(
            BookZone(zone.key, zone.name, zone.colour, tuple(categories[zone.pk])) for zone in zones
        ),
        tiers=tuple(
            BookTier(
                key=tier.key,
                name=tier.name,
                description=tier.description,
                min_per_order=tier.min_per_order,
                max_per_order=tier.max_per_order,
            )
            for tier in tiers
        ),
        prices={
            (zone_keys[price.zone_id], tier_keys[price.tier_id]): price.amount_minor
            for price in prices
            if price.zone_id in zone_keys and price.tier_id in tier_keys
        },
        fee=FeeRule(
            fixed_minor=price_list.fee_fixed_minor,
            basis_points=price_list.fee_basis_points,
            per_order_minor=price_list.order_fee_minor,
        ),
        tax=TaxRule(
            name=price_list.tax_name,
            basis_points=price_list.tax_basis_points,
            included=price_list.tax_included,
        ),
        max_places=max_places,
    )
