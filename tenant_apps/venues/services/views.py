"""Pictures, and what is shown and said of the parts of a plan."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q

from kernel import clock, errors
from kernel.db import insert_new
from public_apps.audit import services as audit
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.venues import domain
from tenant_apps.venues.domain import NoSuchPart, Part
from tenant_apps.venues.models import (
    Picture,
    PictureSize,
    PlaceView,
    Plan,
    PlanVersion,
    Row,
    Seat,
    Section,
)
from tenant_apps.venues.queries import NoSuchView

MOST_TEXT = 200
# Bounds for one organizer and one plan.
MOST_PICTURES = 2_000
MOST_VIEWS = 2_000


class NothingSaid(errors.Invalid):
    code = "view_says_nothing"
    message = "Choose a picture, write a note, or do both."


class PictureWithoutWords(errors.Invalid):
    code = "picture_without_words"
    message = "Say in a few words what the picture shows, for people who cannot see it."


class BadNote(errors.Invalid):
    code = "bad_note"
    message = "The text must be one line of at most 200 characters."


class TooManyViews(errors.Conflict):
    code = "too_many_views"
    message = "There are too many pictures and notes. Remove some first."


def add_picture(*, content: bytes, actor: Actor, size: int | None = None) -> Picture:
    """Keep a picture; the same file again is the same picture. `size` as in `render_picture`.

    Refuses with PictureRefused or TooManyViews.
    """
    actor.ensure(Permission.VENUES_EDIT)
    # Slow, and so before the transaction.
    rendered = domain.render_picture(content, size)
    with transaction.atomic():
        return _keep(rendered, actor)


def add_view(
    *,
    plan_id: int,
    part: Part,
    content: bytes,
    alt: str,
    actor: Actor,
    note: str = "",
    size: int | None = None,
) -> PlaceView:
    """Keep a picture and show it, or neither. Refuses like `add_picture` and `set_view`."""
    actor.ensure(Permission.VENUES_EDIT)
    rendered = domain.render_picture(content, size)
    with transaction.atomic():
        picture = _keep(rendered, actor)
        return set_view(
            plan_id=plan_id, part=part, picture=picture, alt=alt, note=note, actor=actor
        )


def set_view(
    *,
    plan_id: int,
    part: Part,
    actor: Actor,
    picture: Picture | None = None,
    alt: str = "",
    note: str = "",
) -> PlaceView:
    """Say what one sees from a part of the plan, in the place of what was said of it before.

    Refuses with NoSuchPart, NothingSaid, PictureWithoutWords, BadNote or TooManyViews.
    """
    actor.ensure(Permission.VENUES_EDIT)
    says: dict[str, Any] = {
        "picture": picture,
        "alt": _line(alt, "alt") if picture else "",
        "note": _line(note, "note"),
    }
    if not picture and not says["note"]:
        raise NothingSaid(field="note")
    if picture and not says["alt"]:
        raise PictureWithoutWords(field="alt")
    with transaction.atomic():
        # Whoever says something of the same plan at this moment waits.
        plan = Plan.objects.select_for_update().defer("draft").get(pk=plan_id)
        _ensure_part(plan.current_version_id, part)
        where: dict[str, Any] = {
            "plan": plan,
            "section": part.section,
            "row": part.row,
            "seat": part.seat,
        }
        before = PlaceView.objects.filter(**where).first()
        if before is None and PlaceView.objects.filter(plan=plan).count() >= MOST_VIEWS:
            raise TooManyViews(most=MOST_VIEWS)
        view, _ = PlaceView.objects.update_or_create(
            defaults={**says, "changed_at": clock.now()}, **where
        )
        if before:
            _forget_picture(before.picture_id)
        audit.record(
            action="view.set", actor=actor, subject=plan.public_id, part=str(view), note=view.note
        )
    return view


def remove_view(*, view_id: str, actor: Actor) -> None:
    """Say nothing more of a part, and forget its picture. Refuses with NoSuchView."""
    actor.ensure(Permission.VENUES_EDIT)
    with transaction.atomic():
        view = PlaceView.objects.select_related("plan").filter(public_id=view_id).first()
        if view is None:
            raise NoSuchView(view=view_id[:64])
        view.delete()
        _forget_picture(view.picture_id)
        audit.record(
            action="view.removed", actor=actor, subject=view.plan.public_id, part=str(view)
        )


def _keep(rendered: domain.Rendered, actor: Actor) -> Picture:
    if Picture.objects.count() >= MOST_PICTURES:
        raise TooManyViews(most=MOST_PICTURES)
    picture = Picture(
        checksum=rendered.checksum,
        width=rendered.width,
        height=rendered.height,
        created_at=clock.now(),
    )
    if not insert_new(picture):
        return Picture.objects.get(checksum=rendered.checksum)
    PictureSize.objects.bulk_create(
        PictureSize(picture=picture, width=width, content=content)
        for width, content in rendered.sizes.items()
    )
    audit.record(action="picture.added", actor=actor, subject=picture.public_id)
    return picture


def _line(text: str, field: str) -> str:
    line = " ".join(text.split())
    if len(line) > MOST_TEXT or not line.isprintable():
        raise BadNote(field=field)
    return line


def _ensure_part(version_id: int | None, part: Part) -> None:
    sections = Section.objects.filter(version_id=version_id, key=part.section)
    if not sections.exists():
        raise NoSuchPart(field="section")
    rows = Row.objects.filter(section__in=sections, key=part.row)
    if part.row and not rows.exists():
        raise NoSuchPart(field="row")
    if part.seat and not Seat.objects.filter(row__in=rows, key=part.seat).exists():
        raise NoSuchPart(field="seat")


def _forget_picture(picture_id: int | None) -> None:
    """Delete a picture that nothing shows any more: what was taken away must not be had by id."""
    if picture_id is None:
        return
    picture = Picture.objects.filter(pk=picture_id, views__isnull=True).first()
    if picture is None:
        return
    shown = [{"image": picture.public_id}]
    lies_under = Q(draft__backgrounds__contains=shown)
    if Plan.objects.filter(lies_under).exists():
        return
    if PlanVersion.objects.filter(document__backgrounds__contains=shown).exists():
        return
    picture.delete()
