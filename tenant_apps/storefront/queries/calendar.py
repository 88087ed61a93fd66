"""An order's performances as a calendar file (RFC 5545)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from kernel.db import current_schema
from tenant_apps.events.models import Performance
from tenant_apps.orders.models import Order, OrderLine
from tenant_apps.storefront.queries.parts import event_url
from tenant_apps.venues import queries as venues

if TYPE_CHECKING:
    from icalendar import Event


def calendar_of(order: Order, *, origin: str) -> bytes:
    """Return one entry for each performance of the order; its lines are fetched with it.

    Times are UTC, so that no calendar needs to know a zone's rules. The link is the event's: the
    order's own is a key to its tickets, and calendars are shared.
    """
    # A sixth of a second that only who wants a calendar waits for.
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//EventFlow//EventFlow//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    by_performance: dict[int, list[OrderLine]] = {}
    for line in order.lines.all():
        by_performance.setdefault(line.performance_id, []).append(line)
    for lines in by_performance.values():
        calendar.add_component(_entry(order, lines[0].performance, lines, origin))
    written: bytes = calendar.to_ical()
    return written


def _entry(
    order: Order, performance: Performance, lines: Sequence[OrderLine], origin: str
) -> Event:
    from icalendar import Event

    entry = Event()
    # The same whenever it is made, so that an importer changes its entry and makes no second one.
    entry.add("uid", f"{order.public_id}-{performance.public_id}@{current_schema()}")
    entry.add("dtstamp", order.created_at)
    entry.add("last-modified", performance.updated_at)
    entry.add("sequence", int(performance.updated_at.timestamp()) % 2**31)
    entry.add("dtstart", performance.starts_at)
    entry.add("dtend", performance.ends_at)
    entry.add("summary", performance.event.title)
    entry.add("location", performance.plan_version.plan.venue.name)
    entry.add("status", "CONFIRMED")
    entry.add("url", f"{origin}{event_url(performance.event)}")
    places = "\n".join(venues.kept_name(line) for line in lines)
    entry.add("description", _("Order %(number)s") % {"number": order.number} + f"\n{places}")
    return entry
