"""Reading venues and plans. What a published version says never changes, so it is kept in memory.

Each process keeps the layouts it used last, up to `CACHED_PLACES` places in all; the key is the
schema and the version. A schema's name is never used again, so an entry cannot grow stale.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import Protocol

from cachetools import LRUCache
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kernel import errors
from kernel.db import current_schema
from kernel.languages import isolated
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.venues import domain
from tenant_apps.venues.domain import Layout, Place, Ranking, Spot
from tenant_apps.venues.models import Plan, PlanVersion, Section, Venue


class NamedPlace(Protocol):
    """What keeps a place by its name: an order's line, a ticket."""

    @property
    def place_name(self) -> str: ...
    @property
    def section(self) -> str: ...
    @property
    def row(self) -> str: ...
    @property
    def seat(self) -> str: ...


# As `Place.name` writes them.
SEAT_NAMES = (
    gettext_noop("%(section)s · Row %(row)s · Seat %(seat)s"),
    gettext_noop("%(section)s · Table %(row)s · Seat %(seat)s"),
)
# About 40 bytes a place.
CACHED_PLACES = 1_500_000


class NoSuchVenue(errors.Missing):
    code = "no_such_venue"
    message = "There is no such venue."


class NoSuchPlan(errors.Missing):
    code = "no_such_plan"
    message = "There is no such seating plan."


class NoSuchVersion(errors.Missing):
    code = "no_such_plan_version"
    message = "There is no such version of a seating plan."


_layouts: LRUCache[tuple[str, int], Layout] = LRUCache(
    CACHED_PLACES, getsizeof=lambda layout: layout.place_count
)
_indexes: LRUCache[tuple[str, int], tuple[list[str], bytes]] = LRUCache(
    CACHED_PLACES, getsizeof=lambda indexes: len(indexes[1])
)
_rankings: LRUCache[tuple[str, int], Ranking] = LRUCache(
    CACHED_PLACES, getsizeof=lambda ranking: len(ranking.distances)
)
_seatings: LRUCache[tuple[str, int], bytes] = LRUCache(CACHED_PLACES, getsizeof=len)
_lacking: LRUCache[tuple[str, int, str], bytes] = LRUCache(CACHED_PLACES, getsizeof=len)
_lock = Lock()


def forget_cached() -> None:
    """Empty this process' caches; for tests that empty tables and count ids from one again."""
    with _lock:
        _layouts.clear()
        _indexes.clear()
        _rankings.clear()
        _seatings.clear()
        _lacking.clear()


# --- venues and plans, for those who run them -----------------------------------------------------


def venues_visible_to(actor: Actor) -> QuerySet[Venue]:
    """Return the venues by name; none for whoever may not see venues."""
    if not actor.may(Permission.VENUES_VIEW):
        return Venue.objects.none()
    return Venue.objects.order_by("name", "id")


def plans_visible_to(actor: Actor) -> QuerySet[Plan]:
    """Return the plans with their venues, without the drafts' documents."""
    if not actor.may(Permission.VENUES_VIEW):
        return Plan.objects.none()
    return Plan.objects.select_related("venue").defer("draft").order_by("venue__name", "name")


def get_venue(public_id: str, *, actor: Actor) -> Venue:
    """Return the venue. Refuses with NoSuchVenue."""
    venue = venues_visible_to(actor).filter(public_id=public_id).first()
    if venue is None:
        raise NoSuchVenue(venue_id=public_id)
    return venue


def get_plan(public_id: str, *, actor: Actor) -> Plan:
    """Return the plan; its draft is fetched when it is asked for. Refuses with NoSuchPlan."""
    plan = plans_visible_to(actor).filter(public_id=public_id).first()
    if plan is None:
        raise NoSuchPlan(plan_id=public_id)
    return plan


def versions_of(plan_id: int) -> QuerySet[PlanVersion]:
    """Return the plan's versions from the newest on, without their contents."""
    return (
        PlanVersion.objects.filter(plan_id=plan_id).defer("document", "compact").order_by("-number")
    )


def sections_of(version_id: int) -> QuerySet[Section]:
    """Return a version's sections in the plan's order."""
    return Section.objects.filter(version_id=version_id).order_by("position")


# --- published versions, for everyone -------------------------------------------------------------


def plan_version(pk: int) -> PlanVersion:
    """Return a version without its contents. Refuses with NoSuchVersion."""
    return _version(pk=pk)


def get_version(public_id: str) -> PlanVersion:
    """Return the version with this public id, without its contents. Refuses NoSuchVersion."""
    return _version(public_id=public_id)


def _version(**which: object) -> PlanVersion:
    found = (
        PlanVersion.objects.select_related("plan__venue")
        .defer("document", "compact", "plan__draft")
        .filter(**which)
        .first()
    )
    if found is None:
        raise NoSuchVersion(**which)
    return found


def compact_plan(public_id: str) -> bytes:
    """Return the version's compact form, for an address that never changes its content."""
    content = (
        PlanVersion.objects.filter(public_id=public_id).values_list("compact", flat=True).first()
    )
    if content is None:
        raise NoSuchVersion(public_id=public_id)
    return bytes(content)


def layout(version_id: int) -> Layout:
    """Return all places of a version, section by section. Refuses with NoSuchVersion."""
    key = (current_schema(), version_id)
    with _lock:
        found = _layouts.get(key)
    if found is None:
        compact = (
            PlanVersion.objects.filter(pk=version_id).values_list("compact", flat=True).first()
        )
        if compact is None:
            raise NoSuchVersion(version_id=version_id)
        found = domain.layout_of(domain.decode_compact(compact))
        with _lock:
            _layouts[key] = found
    return found


def places(version_id: int, ordinals: Iterable[int]) -> dict[int, Place]:
    """Return the places of these ordinals. Refuses with NoSuchPlace."""
    return layout(version_id).places(ordinals)


def categories_by_ordinal(version_id: int) -> tuple[list[str], bytes]:
    """Return the category keys, and for each ordinal the index of its key (one byte)."""
    key = (current_schema(), version_id)
    with _lock:
        found = _indexes.get(key)
    if found is None:
        found = layout(version_id).category_indexes()
        with _lock:
            _indexes[key] = found
    return found


def seating(version_id: int) -> bytes:
    """Return who sits beside whom: for each ordinal a byte of `domain.Mark`."""
    key = (current_schema(), version_id)
    with _lock:
        found = _seatings.get(key)
    if found is None:
        found = domain.seating_of(layout(version_id))
        with _lock:
            _seatings[key] = found
    return found


def lacking(version_id: int, attribute: str) -> bytes:
    """Return a 1 for each place of the version without this attribute, else 0."""
    key = (current_schema(), version_id, attribute)
    with _lock:
        found = _lacking.get(key)
    if found is None:
        found = domain.lacking(layout(version_id), attribute)
        with _lock:
            _lacking[key] = found
    return found


def ranking(version_id: int) -> Ranking:
    """Return the version's seats by how far they are from where everyone looks."""
    key = (current_schema(), version_id)
    with _lock:
        found = _rankings.get(key)
    if found is None:
        found = domain.ranking_of(layout(version_id), seating(version_id))
        with _lock:
            _rankings[key] = found
    return found


def section_ordinals(version_id: int, key: str) -> range | None:
    """Return the seats of the section with this key, if it has some."""
    for section in layout(version_id).sections:
        if section.key == key and section.seat_count:
            first = section.rows[0].first_ordinal
            return range(first, first + section.seat_count)
    return None


def neighbours(version_id: int, ordinal: int) -> tuple[int | None, int | None]:
    """Return the ordinals of the seats directly left and right; None over an aisle or an end."""
    return layout(version_id).neighbours(ordinal)


def spot(version_id: int, ordinal: int) -> Spot | None:
    """Return the seat's section, row and index in the row; None for an area's place."""
    return layout(version_id).spot(ordinal)


def search_places(
    version_id: int,
    *,
    text: str = "",
    section: str = "",
    row: str = "",
    seat: str = "",
    category: str = "",
    attribute: str = "",
    limit: int = 50,
) -> list[Place]:
    """Return places that match everything given, in the order of ordinals; see Layout.search."""
    return layout(version_id).search(
        text=text,
        section=section,
        row=row,
        seat=seat,
        category=category,
        attribute=attribute,
        limit=limit,
    )


def place_name(place: Place) -> str:
    """Return the place's name in the language of the request."""
    return _named(place.name, section=place.section, row=place.row, seat=place.label)


def kept_name(kept: NamedPlace) -> str:
    """Return the place of an order's line or of a ticket in the language of the request.

    They keep the English name, `Place.name`. One that was made of section, row and seat is made of
    them again; any other is the organizer's own words.
    """
    return _named(kept.place_name, section=kept.section, row=kept.row, seat=kept.seat)


def _named(name: str, *, section: str, row: str, seat: str) -> str:
    parts = {"section": section, "row": row, "seat": seat}
    for pattern in SEAT_NAMES:
        if name == pattern % parts:
            return _(pattern) % {key: isolated(part) for key, part in parts.items()}
    return isolated(name)
