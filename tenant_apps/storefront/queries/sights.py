"""What one sees from a place and is to know of it, for the map and for the list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from threading import Lock

from cachetools import TTLCache
from django.urls import reverse

from kernel.db import current_schema
from tenant_apps.storefront.pages.sights import Notes, PictureView, SightView
from tenant_apps.venues import queries as venues
from tenant_apps.venues.domain import ShownPicture, Sight
from tenant_apps.venues.domain.pictures import WIDTHS
from tenant_apps.venues.models import PlanVersion

# So soon buyers see what an organizer has changed.
SECONDS = 60
# Beside a seat, on a whole screen, under a plan.
SMALL, LARGE, WHOLE = WIDTHS

_found: TTLCache[tuple[str, int], tuple[Sight, ...]] = TTLCache(256, ttl=SECONDS)
_lock = Lock()


def forget_cached() -> None:
    """Empty this process' cache; for tests that empty tables and count ids from one again."""
    with _lock:
        _found.clear()


def sights_of(version: PlanVersion) -> tuple[Sight, ...]:
    """Return the version's sights as they were within the last minute, larger parts first."""
    key = (current_schema(), version.pk)
    with _lock:
        found = _found.get(key)
    if found is None:
        found = tuple(venues.sights_of(version))
        with _lock:
            _found[key] = found
    return found


def notes_of(sights: Iterable[Sight]) -> Notes:
    """Return what is to be said of single places: the notes of rows and seats."""
    return Notes([(sight.first, sight.end, sight.note) for sight in sights if sight.row])


def within(sights: Iterable[Sight], ordinals: range) -> list[SightView]:
    """Return what is shown and said of a stretch of places, larger parts first."""
    return [
        SightView(
            section=sight.section,
            row=sight.row,
            seat=sight.seat,
            at_table=sight.at_table,
            note=sight.note,
            picture=_picture(sight.picture),
        )
        for sight in sights
        if sight.first < ordinals.stop and ordinals.start < sight.end
    ]


def as_json(sights: Sequence[Sight]) -> dict[str, object]:
    """Return the sights for the map's script: `docs/seat-map.md` has the shape."""
    return {
        "sights": [
            {
                "first": sight.first,
                "end": sight.end,
                "exact": bool(sight.row),
                "note": sight.note,
                "picture": asdict(picture) if (picture := _picture(sight.picture)) else None,
            }
            for sight in sights
        ]
    }


def _picture(shown: ShownPicture | None) -> PictureView | None:
    if shown is None:
        return None
    return PictureView(
        small=picture_url(shown.public_id, SMALL),
        large=picture_url(shown.public_id, LARGE),
        alt=shown.alt,
        width=shown.width,
        height=shown.height,
    )


def picture_url(public_id: str, width: int) -> str:
    return reverse("storefront:picture", args=[public_id, width])
