"""What a paid order gets: its tickets, and the fact that everybody else hears of."""

from __future__ import annotations

from public_apps.outbox import services as outbox
from tenant_apps.orders.models import Order
from tenant_apps.tickets import services as tickets


def give_tickets(order: Order) -> None:
    """Issue an order's tickets and publish `order.paid`, in the caller's transaction."""
    tickets.issue_tickets(
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
            for line in order.lines.order_by("performance_id", "ordinal")
        ],
    )
    outbox.publish(
        kind="order.paid", subject=order.public_id, payload={"order_id": order.public_id}
    )
