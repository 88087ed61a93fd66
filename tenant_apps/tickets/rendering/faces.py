"""What is printed on a ticket, gathered from where it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.formatting import long_day_text, time_text, zone_text
from tenant_apps.events.models import Performance
from tenant_apps.tickets import queries
from tenant_apps.tickets.models import Ticket
from tenant_apps.venues import queries as venues


@dataclass(frozen=True, slots=True)
class TicketFace:
    """One ticket as its holder sees it; its words are those of the reader's language."""

    ticket_id: str
    order_number: str
    token: str
    title: str
    # Of the performance, as the venue's clock shows them.
    day: str
    time: str
    # Empty where nobody said when.
    doors_time: str
    venue_name: str
    venue_address: str
    place_name: str
    section: str
    row: str
    seat: str
    tier_name: str
    holder_name: str
    is_void: bool


def faces_of(
    tickets: Sequence[Ticket], *, locale: str = "en", order_number: str = ""
) -> list[TicketFace]:
    """Return the tickets' faces in their order, in two queries whatever their number."""
    tokens = queries.tokens_of(tickets) if tickets else []
    venues = _venues({ticket.performance_id for ticket in tickets})
    return [
        _face(ticket, token, venues[ticket.performance_id], locale, order_number)
        for ticket, token in zip(tickets, tokens, strict=True)
    ]


def _venues(performance_ids: set[int]) -> dict[int, tuple[str, str]]:
    # By values: a plan version's row carries the whole plan.
    venue = "plan_version__plan__venue"
    rows = Performance.objects.filter(pk__in=performance_ids).values_list(
        "pk", f"{venue}__name", f"{venue}__address"
    )
    return {pk: (name, ", ".join(address.split("\n"))) for pk, name, address in rows}


def _face(
    ticket: Ticket, token: str, venue: tuple[str, str], locale: str, order_number: str
) -> TicketFace:
    performance = ticket.performance
    starts_at, zone = performance.starts_at, performance.timezone
    doors_at = performance.doors_at
    return TicketFace(
        ticket_id=ticket.public_id,
        order_number=order_number or ticket.order_ref,
        token=token,
        title=performance.event.title,
        day=long_day_text(starts_at, zone, locale),
        time=f"{time_text(starts_at, zone, locale)} {zone_text(starts_at, zone)}",
        doors_time=time_text(doors_at, zone, locale) if doors_at else "",
        venue_name=venue[0],
        venue_address=venue[1],
        place_name=venues.kept_name(ticket),
        section=ticket.section,
        row=ticket.row,
        seat=ticket.seat,
        tier_name=ticket.tier_name,
        holder_name=ticket.holder_name,
        is_void=not ticket.is_valid,
    )
