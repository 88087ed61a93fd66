"""What a paid order gets: its tickets, and the fact that everybody else hears of."""

from __future__ import annotations

from collections.abc import Iterable

from public_apps.outbox import services as outbox
from tenant_apps.orders.models import Order, OrderLine
from tenant_apps.tickets import services as tickets


def give_tickets(order: Order, lines: Iterable[OrderLine]) -> None:
    """Issue an order's tickets and publish `order.paid`, in the caller's transaction."""
    tickets.ensure_tickets(
        order_ref=order.public_id,
        lines=[
            tickets.TicketLine(
                line_ref=line.public_id,
                performance_id=line.performance_id,
                ordinal=line.ordinal,
                place_name=line.place_name,
                section=line.section,
                row=line.row,
                seat=line.seat,
                tier_name=line.tier_name,
                holder_name=order.name,
            )
            for line in lines
        ],
    )
    outbox.publish(
        kind="order.paid", subject=order.public_id, payload={"order_id": order.public_id}
    )
