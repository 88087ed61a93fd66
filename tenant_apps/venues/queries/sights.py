"""What one sees from the places of a plan and is to know of them: pictures and notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from kernel import errors
from tenant_apps.venues.domain import NoSuchPart, Part, ShownPicture, Sight
from tenant_apps.venues.models import PictureSize, PlaceView, PlanVersion, Row, Seat


class NoSuchPicture(errors.Missing):
    code = "no_such_picture"
    message = "There is no such picture."


class NoSuchView(errors.Missing):
    code = "no_such_view"
    message = "There is no such picture or note of the plan."


def views_of(plan_id: int) -> QuerySet[PlaceView]:
    """Return what is shown and said of the plan's parts: a section, then its rows and seats."""
    views = PlaceView.objects.filter(plan_id=plan_id).select_related("picture")
    return views.order_by("section", "row", "seat")


def get_view(plan_id: int, public_id: str) -> PlaceView:
    """Return one of the plan's views. Refuses with NoSuchView."""
    view = views_of(plan_id).filter(public_id=public_id).first()
    if view is None:
        raise NoSuchView(view=public_id)
    return view


def part_by_labels(version_id: int, *, section: str, row: str = "", seat: str = "") -> Part:
    """Return the part whose section has this key and whose row and seat have these labels.

    Refuses with NoSuchPart.
    """
    if not row:
        if seat:
            raise NoSuchPart(field="row")
        return Part(section)
    rows = Row.objects.filter(version_id=version_id, section__key=section, label__iexact=row)
    found = rows.order_by("first_ordinal").first()
    if found is None:
        raise NoSuchPart(field="row")
    if not seat:
        return Part(section, found.key)
    own = Seat.objects.filter(row=found, label__iexact=seat).first()
    if own is None:
        raise NoSuchPart(field="seat")
    return Part(section, found.key, own.key)


def picture(public_id: str, width: int) -> bytes:
    """Return a picture's bytes in the width, or in its largest. Refuses with NoSuchPicture."""
    sizes = PictureSize.objects.filter(picture__public_id=public_id)
    found = sizes.filter(width=width) or sizes.filter(width__lt=width).order_by("-width")[:1]
    content = found.values_list("content", flat=True).first()
    if content is None:
        raise NoSuchPicture
    return bytes(content)


def sights_of(version: PlanVersion) -> list[Sight]:
    """Return what is shown and said of a version's places, of larger parts before smaller ones."""
    views = list(views_of(version.plan_id))
    sections = {view.section for view in views}
    rows: dict[tuple[str, str], Row] = {}
    for row in Row.objects.filter(version=version, section__key__in=sections).select_related(
        "section"
    ):
        rows[row.section.key, row.key] = row
    seats = _seats_of(version, views)
    found = [_sight(view, rows, seats) for view in views]
    return sorted(filter(None, found), key=lambda sight: sight.first - sight.end)


def _seats_of(version: PlanVersion, views: Iterable[PlaceView]) -> dict[tuple[str, str, str], Seat]:
    wanted = [view for view in views if view.seat]
    if not wanted:
        return {}
    seats = Seat.objects.filter(
        version=version,
        key__in={view.seat for view in wanted},
        row__key__in={view.row for view in wanted},
    ).select_related("row__section")
    return {(seat.row.section.key, seat.row.key, seat.key): seat for seat in seats}


def _sight(
    view: PlaceView,
    rows: Mapping[tuple[str, str], Row],
    seats: Mapping[tuple[str, str, str], Seat],
) -> Sight | None:
    """Return the view with its ordinals; None where the version has no such part (any more)."""
    own = [
        row
        for (section, key), row in rows.items()
        if section == view.section and view.row in {"", key}
    ]
    seat = seats.get((view.section, view.row, view.seat))
    if not own or (view.seat and seat is None):
        return None
    first = min(row.first_ordinal for row in own)
    end = max(row.first_ordinal + row.seat_count for row in own)
    if seat is not None:
        first, end = seat.ordinal, seat.ordinal + 1
    shown = view.picture
    return Sight(
        section=own[0].section.label,
        row=own[0].label if view.row else "",
        seat=seat.label if seat else "",
        at_table=bool(view.row) and own[0].kind == "table",
        first=first,
        end=end,
        picture=ShownPicture(shown.public_id, view.alt, shown.width, shown.height)
        if shown
        else None,
        note=view.note,
    )
