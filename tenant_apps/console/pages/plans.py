"""What the console shows of plans: the pictures and notes of their parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse

from tenant_apps.venues.models import PlaceView, Section

LONGEST = 300
THUMBNAIL = 480


@dataclass(frozen=True, slots=True)
class ViewForm:
    """A picture or a note for a part, as it was typed: the section by key, the rest by labels."""

    section: str = ""
    row: str = ""
    seat: str = ""
    alt: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ViewRow:
    public_id: str
    where: str
    picture_url: str
    alt: str
    note: str


def read_view_form(posted: Mapping[str, str]) -> ViewForm:
    """Read the form; what does not fit is cut, and then refused by the service."""
    said = {name: posted.get(name, "").replace("\0", "").strip()[:LONGEST] for name in FIELDS}
    return ViewForm(**said)


def view_rows(views: Iterable[PlaceView], sections: Iterable[Section]) -> list[ViewRow]:
    """Return the rows; a part that the published plan has no more is told by its keys."""
    labels = {section.key: section.label for section in sections}
    return [
        ViewRow(
            public_id=view.public_id,
            where=" · ".join(
                filter(None, (labels.get(view.section, view.section), view.row, view.seat))
            ),
            picture_url=reverse("storefront:picture", args=[view.picture.public_id, THUMBNAIL])
            if view.picture
            else "",
            alt=view.alt,
            note=view.note,
        )
        for view in views
    ]


FIELDS = tuple(ViewForm.__dataclass_fields__)
