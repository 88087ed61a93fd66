"""An order that is paid and has its tickets, without a sale."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from kernel import ids
from public_apps.outbox import services as outbox
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events.models import Performance
from tenant_apps.orders import queries, services
from tenant_apps.orders.domain import Contact, NewLine, Step, Totals
from tenant_apps.orders.models import Order
from tenant_apps.tickets import services as tickets
from tests.support.tickets import line as ticket_line
from tests.support.tickets import make_performance

JANE = Contact(email="jane@example.org", name="Jane Müller", locale="en")


def place_order(
    performance: Performance | None = None,
    *,
    seats: tuple[int, ...] = (14, 15),
    face_minor: int = 4_000,
    fee_minor: int = 250,
    tax_minor: int = 640,
    contact: Contact = JANE,
) -> Order:
    """Write an order of seats in row C; its taxes are contained in its prices."""
    performance = performance or make_performance()
    lines = [
        NewLine(
            performance_id=performance.pk,
            ordinal=seat,
            place_name=f"Stalls · Row C · Seat {seat}",
            section="Stalls",
            row="C",
            seat=str(seat),
            zone_name="Stalls",
            tier_key="adult",
            tier_name="Adult",
            face_minor=face_minor,
            fee_minor=fee_minor,
            tax_minor=tax_minor,
            total_minor=face_minor + fee_minor,
        )
        for seat in seats
    ]
    count = len(seats)
    return services.place_order(
        contact=contact,
        lines=lines,
        totals=Totals(
            currency="EUR",
            subtotal_minor=face_minor * count,
            fees_minor=fee_minor * count,
            taxes_minor=tax_minor * count,
            total_minor=(face_minor + fee_minor) * count,
        ),
        session="tests",
        holds=[],
        checkout_key=ids.new("chk"),
        content_key=ids.new("con"),
        actor=SYSTEM,
    )


def pay_order(order: Order, *, with_tickets: bool = True) -> Order:
    """Take the order to "paid", issue its tickets and publish the fact, as checkout does."""
    with transaction.atomic():
        order = services.locked(order.public_id)
        services.take_step(order, Step.PAY, actor=SYSTEM)
        if with_tickets:
            issue(order)
        outbox.publish(
            kind="order.paid", subject=order.public_id, payload={"order_id": order.public_id}
        )
    return queries.get_order(order.public_id)


def issue(order: Order) -> None:
    """Issue the order's tickets."""
    tickets.issue_tickets(
        order_ref=order.public_id,
        lines=[
            ticket_line(
                line.performance,
                line.ordinal,
                line_ref=line.public_id,
                place_name=line.place_name,
                holder_name=order.name,
            )
            for line in order.lines.select_related("performance")
        ],
    )


def make_paid_order(performance: Performance | None = None, **fields: Any) -> Order:
    """Place an order and pay it."""
    return pay_order(place_order(performance, **fields))
