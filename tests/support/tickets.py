"""A performance and tickets for it, without a sale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kernel import clock, ids
from tenant_apps.access.domain import BUILTIN_ROLES, Actor
from tenant_apps.events.models import Event, Performance
from tenant_apps.tickets import services
from tenant_apps.tickets.domain import TicketLine
from tenant_apps.tickets.models import Ticket
from tenant_apps.venues.models import Plan, PlanVersion, Venue

# A Saturday in summer time, so that the zone's abbreviation shows.
STARTS_AT = datetime(2031, 5, 3, 17, 30, tzinfo=UTC)

OWNER = Actor("member", "mbr_owner", "Olive Owner", BUILTIN_ROLES["owner"])
STEWARD = Actor("member", "mbr_steward", "Sam Steward", BUILTIN_ROLES["staff"])
NOBODY = Actor("member", "mbr_nobody", "Nina Nobody", frozenset())


def make_performance(
    *, title: str = "The Tempest", starts_at: datetime = STARTS_AT, **fields: object
) -> Performance:
    """Make a published performance of two and a half hours at a venue in Berlin."""
    now = clock.now()
    version = make_plan_version(now)
    event = Event.objects.create(
        slug=ids.new("evt")[4:20], title=title, state="published", created_at=now, updated_at=now
    )
    return Performance.objects.create(
        **{
            "event": event,
            "plan_version": version,
            "state": "published",
            "timezone": "Europe/Berlin",
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=2, minutes=30),
            "doors_at": starts_at - timedelta(minutes=45),
            "sale_opens_at": starts_at - timedelta(days=400),
            "sale_closes_at": starts_at,
            "created_at": now,
            "updated_at": now,
            **fields,
        }
    )


def make_plan_version(now: datetime) -> PlanVersion:
    """Make a published plan without places: a ticket knows its place by itself."""
    venue, _ = Venue.objects.get_or_create(
        name="Aurora Theatre",
        defaults={
            "address": "Lindenstraße 12\n10969 Berlin",
            "timezone": "Europe/Berlin",
            "created_at": now,
        },
    )
    plan = Plan.objects.create(
        venue=venue, name=ids.new("plan"), draft={}, draft_saved_at=now, created_at=now
    )
    return PlanVersion.objects.create(
        plan=plan,
        number=1,
        document={},
        compact=b"",
        seat_count=1,
        place_count=1,
        checksum="0" * 64,
        published_at=now,
    )


def line(performance: Performance, number: int = 1, **fields: object) -> TicketLine:
    """Return one sold seat of row C."""
    return TicketLine(
        **{
            "line_ref": f"line-{number}",
            "performance_id": performance.pk,
            "ordinal": number,
            "place_name": f"Stalls · Row C · Seat {number}",
            "section": "Stalls",
            "row": "C",
            "seat": str(number),
            "tier_name": "Adult",
            "holder_name": "Jane Müller",
            **fields,
        }
    )


def make_ticket(performance: Performance | None = None, **fields: object) -> Ticket:
    """Issue one ticket of an order of its own."""
    performance = performance or make_performance()
    (ticket,) = services.issue_tickets(
        order_ref=ids.new("ord"), lines=[line(performance, **fields)]
    )
    return ticket
