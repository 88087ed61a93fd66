"""Writing venues, and what names must be."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.db import IntegrityError, transaction

from kernel import clock, errors
from kernel.db import violated_constraint
from public_apps.audit import services as audit
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.venues.models import ONE_PLAN_NAME, ONE_VENUE_NAME, Venue
from tenant_apps.venues.queries import NoSuchVenue

MAX_NAME = 120
MAX_ADDRESS = 400


class NameTaken(errors.Conflict):
    code = "name_taken"
    message = "Another one has this name already."


class BadName(errors.Invalid):
    code = "bad_name"
    message = "The name must have 1 to 120 characters."


class BadAddress(errors.Invalid):
    code = "bad_address"
    message = "The address must have at most 400 characters."


class UnknownTimezone(errors.Invalid):
    code = "unknown_timezone"
    message = "This is not the name of a time zone, such as Europe/Berlin."


def create_venue(*, name: str, timezone: str, actor: Actor, address: str = "") -> Venue:
    """Add a venue. Refuses with NameTaken, BadName, BadAddress or UnknownTimezone."""
    actor.ensure(Permission.VENUES_EDIT)
    values = _checked_venue(name=name, address=address, timezone=timezone)
    try:
        with transaction.atomic():
            venue = Venue.objects.create(created_at=clock.now(), **values)
            audit.record(action="venue.created", actor=actor, subject=venue.public_id)
    except IntegrityError as error:
        raise name_taken(error, name) from error
    return venue


def update_venue(*, venue_id: int, name: str, address: str, timezone: str, actor: Actor) -> None:
    """Change a venue. Performances keep the zone that they were made with."""
    actor.ensure(Permission.VENUES_EDIT)
    values = _checked_venue(name=name, address=address, timezone=timezone)
    try:
        with transaction.atomic():
            if not Venue.objects.filter(pk=venue_id).update(**values):
                raise NoSuchVenue(venue_id=venue_id)
            audit.record(action="venue.changed", actor=actor, subject=str(venue_id), **values)
    except IntegrityError as error:
        raise name_taken(error, name) from error


def checked_name(name: str) -> str:
    """Return the trimmed name. Refuses with BadName."""
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise BadName(field="name")
    return name


def name_taken(error: IntegrityError, name: str) -> Exception:
    """Return the refusal that the error means, or the error itself."""
    if violated_constraint(error) in {ONE_VENUE_NAME, ONE_PLAN_NAME}:
        return NameTaken(field="name", name=name)
    return error


def _checked_venue(*, name: str, address: str, timezone: str) -> dict[str, str]:
    address = address.strip()
    if len(address) > MAX_ADDRESS or "\x00" in address:
        raise BadAddress(field="address")
    if timezone not in available_timezones():
        raise UnknownTimezone(field="timezone", timezone=timezone[:64])
    return {"name": checked_name(name), "address": address, "timezone": timezone}
