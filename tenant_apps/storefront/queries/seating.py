"""Choosing places: sections first, then the rows of one of them; never a whole stadium at once."""

from __future__ import annotations

import gzip
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

from cachetools import LRUCache
from django.urls import reverse
from django.utils.http import urlencode

from kernel.db import current_schema
from kernel.formatting import money_text
from kernel.languages import current_language
from kernel.money import Money, exponent_of, total
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import Hold, PlaceState
from tenant_apps.pricing import queries as pricing
from tenant_apps.storefront.pages.parts import ZoneLegend
from tenant_apps.storefront.pages.rule_words import rule_words
from tenant_apps.storefront.pages.seating import (
    NEED_WORDS,
    WHEELCHAIR_NEED,
    AreaView,
    LiveFeed,
    MapZone,
    RowView,
    SeatFilter,
    SeatPage,
    SeatState,
    SeatView,
    SectionCard,
    SectionView,
)
from tenant_apps.storefront.queries import sights
from tenant_apps.storefront.queries.parts import (
    Zones,
    alert_url,
    head_of,
    seats_url,
    timer_of,
    zones_of,
)
from tenant_apps.storefront.queries.sieve import Sieve, sieve_of
from tenant_apps.venues import queries as venues
from tenant_apps.venues.domain import ACCESSIBLE, NEEDS, Sight
from tenant_apps.venues.domain.places import Layout, LayoutArea, LayoutRow, LayoutSection

MOST_SEATS_SHOWN = 1_200

_STATES: dict[int, SeatState] = {
    PlaceState.FREE: SeatState.FREE,
    PlaceState.HELD: SeatState.TAKEN,
    PlaceState.SOLD: SeatState.TAKEN,
    PlaceState.BLOCKED: SeatState.TAKEN,
    PlaceState.NOT_ON_SALE: SeatState.CLOSED,
}
_FREE = bytes([PlaceState.FREE])


@dataclass(frozen=True, slots=True)
class SectionFacts:
    """What the overview says of a section besides its stock; it never changes."""

    categories: frozenset[str]
    # Of all its seats together.
    attributes: frozenset[str]

    @property
    def needs(self) -> list[str]:
        """What can be had here of what may be needed of a seat."""
        has_wheelchair = [WHEELCHAIR_NEED] if ACCESSIBLE & self.attributes else []
        return has_wheelchair + [name for name in NEEDS if name in self.attributes]


@dataclass(frozen=True, slots=True)
class Request:
    """What the buyer asked to see."""

    section: str = ""
    from_row: int = 0
    chosen: SeatFilter = field(default_factory=SeatFilter)


@dataclass(frozen=True, slots=True)
class House:
    """A performance with everything that its seat pages are made from."""

    performance: Performance
    layout: Layout
    facts: Mapping[str, SectionFacts]
    zones: Zones
    currency: str
    places: bytes
    holds: Sequence[Hold]
    mine: frozenset[int]
    sights: Sequence[Sight]


# Of published plans, which never change.
_facts: LRUCache[tuple[str, int], dict[str, SectionFacts]] = LRUCache(128)
# 130 KB for a stadium of 60,000 seats.
_packed: LRUCache[tuple[str, str], bytes] = LRUCache(32)
_lock = Lock()


def forget_cached() -> None:
    """Empty this process' cache; for tests that empty tables and count ids from one again."""
    with _lock:
        _facts.clear()
        _packed.clear()


def house_of(performance: Performance, session: str | None) -> House:
    """Read plan, prices, availability and the buyer's own holds."""
    version_id = performance.plan_version_id
    layout = venues.layout(version_id)
    holds = (
        inventory.holds_of_session(performance_id=performance.pk, session=session)
        if session
        else []
    )
    book = pricing.price_book(performance.pk)
    return House(
        performance=performance,
        layout=layout,
        facts=_facts_of(version_id, layout),
        zones=zones_of(book),
        currency=book.currency,
        places=inventory.snapshot(performance.pk).places,
        holds=holds,
        mine=frozenset(ordinal for hold in holds for ordinal in hold.places),
        sights=sights.sights_of(performance.plan_version),
    )


def packed_plan(version_id: str) -> bytes:
    """Return the compact form of a version, gzipped. Refuses with NoSuchVersion."""
    key = (current_schema(), version_id)
    with _lock:
        found = _packed.get(key)
    if found is None:
        found = gzip.compress(venues.compact_plan(version_id), mtime=0)
        with _lock:
            _packed[key] = found
    return found


def seat_page(house: House, asked: Request) -> SeatPage:
    """Return the overview of sections, or the rows of the section that was asked for."""
    layout, performance = house.layout, house.performance
    url = seats_url(performance)
    seated = [section for section in layout.sections if section.rows]
    section = next((each for each in seated if each.key == asked.section), None)
    if section is None and len(seated) == 1 and not layout.areas:
        section = seated[0]
    # Next to the open section all are listed, so that its neighbours can be reached.
    sieve = sieve_of(asked.chosen, house.zones)
    shown = seated if section else [each for each in seated if _matches(house, each, sieve)]
    needs = {name for each in seated for name in house.facts[each.key].needs}
    return SeatPage(
        head=head_of(performance),
        zones=house.zones.all,
        order_fee=house.zones.order_fee,
        sections=[_card(house, each, url, asked.chosen) for each in shown],
        section=_section(house, section, asked, url) if section else None,
        areas=[] if section else _areas(house, sieve),
        chosen=asked.chosen,
        live=_live(house),
        timer=timer_of(house.holds),
        mine_count=len(house.mine),
        mine_total=_total(house),
        form_url=reverse("storefront:choose", args=[performance.public_id]),
        find_url=reverse("storefront:together", args=[performance.public_id]) if seated else "",
        overview_url=f"{url}?{urlencode({'section': ''})}" if len(seated) > 1 else url,
        alert_url=alert_url(performance),
        needs={name: word for name, word in NEED_WORDS.items() if name in needs},
        standing_only=not seated,
        is_sold_out=not house.mine and _FREE not in house.places,
        rules=rule_words(
            performance.seat_rules,
            most=performance.max_places_per_order,
            has_seats=bool(seated),
            has_companions=WHEELCHAIR_NEED in needs,
        ),
    )


def known_section(performance: Performance, key: str) -> str:
    """Return the key if it is one of a section with seats, else ""."""
    return key if venues.section_ordinals(performance.plan_version_id, key) else ""


def section_url(performance: Performance, section_key: str, found: str = "") -> str:
    """Return the section's page; `found` is how the seats lie that were found for the buyer."""
    query = {"section": section_key, **({"found": found} if found else {})}
    return f"{seats_url(performance)}?{urlencode(query)}"


def shown_ordinals(layout: Layout, section_key: str, from_row: int) -> frozenset[int]:
    """Return the seats that the page of a section showed, from a row on."""
    section = next((each for each in layout.sections if each.key == section_key), None)
    if section is None:
        return frozenset()
    rows, _ = _window(section, from_row)
    return frozenset(ordinal for row in rows for ordinal in row.ordinals)


def _facts_of(version_id: int, layout: Layout) -> dict[str, SectionFacts]:
    key = (current_schema(), version_id)
    with _lock:
        found = _facts.get(key)
    if found is None:
        found = {section.key: _look_at(section) for section in layout.sections}
        with _lock:
            _facts[key] = found
    return found


def _look_at(section: LayoutSection) -> SectionFacts:
    return SectionFacts(
        categories=frozenset(key for row in section.rows for key in row.categories),
        attributes=frozenset(
            key for row in section.rows for each in row.attributes for key in each
        ),
    )


def _matches(house: House, section: LayoutSection, sieve: Sieve) -> bool:
    facts = house.facts[section.key]
    return sieve.may_take(facts.categories, facts.attributes)


def _card(house: House, section: LayoutSection, url: str, chosen: SeatFilter) -> SectionCard:
    first, total = section.rows[0].first_ordinal, section.seat_count
    facts = house.facts[section.key]
    prices = house.zones.prices(facts.categories)
    zones = {house.zones.of_category.get(category) for category in facts.categories} - {None}
    query = {"section": section.key, **chosen.query}
    return SectionCard(
        key=section.key,
        label=section.label,
        url=f"{url}?{urlencode(query)}",
        free=house.places.count(_FREE, first, first + total),
        total=total,
        price_from=prices[0] if prices else None,
        price_to=prices[-1] if prices else None,
        zones=sorted((zone for zone in zones if zone), key=lambda zone: zone.index),
        needs=facts.needs,
        first_ordinal=first,
        mine=sum(first <= ordinal < first + total for ordinal in house.mine),
    )


def _window(section: LayoutSection, from_row: int) -> tuple[Sequence[LayoutRow], int]:
    """Return the rows to show from this one on, and the index of the row after them."""
    start = from_row if 0 <= from_row < len(section.rows) else 0
    end, seats = start, 0
    while end < len(section.rows) and (end == start or seats < MOST_SEATS_SHOWN):
        seats += len(section.rows[end].labels)
        end += 1
    return section.rows[start:end], end


def _section(house: House, section: LayoutSection, asked: Request, url: str) -> SectionView:
    rows, end = _window(section, asked.from_row)
    start = end - len(rows)
    partly = len(rows) < len(section.rows)

    def link(row: int) -> str:
        return f"{url}?{urlencode({'section': section.key, 'from': str(row)})}"

    shown = range(rows[0].first_ordinal, rows[-1].ordinals.stop)
    return SectionView(
        key=section.key,
        label=section.label,
        rows=[_row(house, row, asked.chosen) for row in rows],
        sights=sights.within(house.sights, shown),
        free=sum(_free_among(house.places, row.ordinals) for row in rows),
        from_row=start,
        first_row=rows[0].label if partly else "",
        last_row=rows[-1].label if partly else "",
        previous_rows_url=link(_start_before(section, start)) if start else "",
        next_rows_url=link(end) if end < len(section.rows) else "",
    )


def _start_before(section: LayoutSection, start: int) -> int:
    seats = 0
    while start and seats < MOST_SEATS_SHOWN:
        start -= 1
        seats += len(section.rows[start].labels)
    return start


def _row(house: House, row: LayoutRow, chosen: SeatFilter) -> RowView:
    sieve = sieve_of(chosen, house.zones)
    notes = sights.notes_of(house.sights)
    seats = []
    for index, (ordinal, label) in enumerate(zip(row.ordinals, row.labels, strict=True)):
        zone = house.zones.of_category.get(row.categories[index])
        attributes = row.attributes[index]
        out = not sieve.takes(row.categories[index], attributes)
        seats.append(
            SeatView(
                ordinal=ordinal,
                label=label,
                row=row.label,
                zone=zone,
                state=_state(house.places, house.mine, ordinal),
                attributes=sorted(attributes),
                aisle_before=index in row.aisles,
                filtered_out=out and ordinal not in house.mine,
                at_table=row.kind == "table",
                notes=notes.of(ordinal),
            )
        )
    return RowView(label=row.label, seats=seats, is_table=row.kind == "table")


def _state(places: bytes, mine: Collection[int], ordinal: int) -> SeatState:
    return SeatState.MINE if ordinal in mine else _STATES[places[ordinal]]


def _free_among(places: bytes, ordinals: range) -> int:
    return places.count(_FREE, ordinals.start, ordinals.stop)


def _areas(house: House, sieve: Sieve) -> list[AreaView]:
    """Return the areas that match; those where the buyer has places too, so that they stay."""
    areas = [(each.category, _area(house, each)) for each in house.layout.areas]
    return [area for category, area in areas if area.mine or sieve.takes(category, ())]


def _area(house: House, area: LayoutArea) -> AreaView:
    free = _free_among(house.places, area.ordinals)
    mine = sum(ordinal in area.ordinals for ordinal in house.mine)
    return AreaView(
        key=area.key,
        label=area.label,
        zone=house.zones.of_category.get(area.category),
        free=free,
        mine=mine,
        most=min(free + mine, house.performance.max_places_per_order),
        first_ordinal=area.first_ordinal,
        capacity=area.capacity,
    )


def _total(house: House) -> Money | None:
    """Return what the buyer's places cost at their zones' first tiers, with the order's fee."""
    if not house.mine:
        return None
    fee = house.zones.order_fee
    places = total((z.price for z in _zones_of(house, house.mine).values()), house.currency)
    return places + fee if fee and places else places


def _zones_of(house: House, ordinals: Iterable[int]) -> dict[int, ZoneLegend]:
    found: dict[int, ZoneLegend] = {}
    for ordinal in ordinals:
        zone = house.zones.of_category.get(house.layout.place(ordinal).category)
        if zone is not None:
            found[ordinal] = zone
    return found


def _live(house: House) -> LiveFeed:
    mine = sorted(house.mine)
    currency = house.currency
    return LiveFeed(
        base_url=f"/live/performances/{house.performance.public_id}",
        sights_url=reverse("storefront:sights", args=[house.performance.plan_version.public_id])
        if house.sights
        else "",
        picture_url=sights.picture_url("id", sights.WHOLE).replace("/id/", "/%s/"),
        plan_url=reverse("storefront:plan", args=[house.performance.plan_version.public_id]),
        hold_id=house.holds[0].hold_id if house.holds else "",
        ordinals=mine,
        most=house.performance.max_places_per_order,
        prices={o: zone.price.amount_minor for o, zone in _zones_of(house, mine).items()},
        zones=[_map_zone(house, zone) for zone in house.zones.all],
        currency=currency,
        exponent=exponent_of(currency),
        order_fee=house.zones.order_fee.amount_minor if house.zones.order_fee else 0,
        amounts={
            zone.price.amount_minor: money_text(zone.price, current_language())
            for zone in house.zones.all
        },
    )


def _map_zone(house: House, zone: ZoneLegend) -> MapZone:
    own = [key for key, each in house.zones.of_category.items() if each is zone]
    return MapZone(zone.key, zone.letter, zone.name, own, zone.price.amount_minor)
