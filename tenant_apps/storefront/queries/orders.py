"""An order as its buyer sees it: what is to be done, the tickets, the money, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kernel.money import Money
from tenant_apps.events.models import Performance
from tenant_apps.orders.domain import OrderState, Step
from tenant_apps.orders.models import Order, OrderStep
from tenant_apps.storefront.pages.orders import (
    HistoryLine,
    OrderLineView,
    OrderLook,
    OrderPage,
    TicketLook,
    TicketView,
)
from tenant_apps.storefront.pages.parts import PriceLine, Summary, Text, When
from tenant_apps.storefront.queries.parts import head_of, seats_url, when_of
from tenant_apps.tickets import queries as tickets
from tenant_apps.tickets.domain import TicketState
from tenant_apps.tickets.models import Ticket
from tenant_apps.tickets.rendering import qr_svg
from tenant_apps.venues import queries as venues

_LOOKS: dict[OrderState, OrderLook] = {
    OrderState.PENDING: OrderLook.UNPAID,
    # Stripe is being asked whether it was paid after all.
    OrderState.EXPIRING: OrderLook.WAITING,
    OrderState.PAID: OrderLook.PAID,
    OrderState.EXPIRED: OrderLook.EXPIRED,
    OrderState.CANCELLED: OrderLook.CANCELLED,
    OrderState.REFUNDING: OrderLook.REFUNDING,
    OrderState.REFUNDED: OrderLook.REFUNDED,
}
_SAID: dict[str, Text] = {
    "placed": _("Order placed"),
    "payment failed": _("The card was declined; nothing was charged"),
    Step.PAY: _("Payment received, tickets issued"),
    Step.BEGIN_EXPIRY: _("The time to pay ended"),
    Step.EXPIRE: _("Not paid in time, places given back"),
    Step.CANCEL: _("Left without paying, places given back"),
    Step.PAY_LATE: _("Payment received late; the places were still free, tickets issued"),
    Step.REFUND: _("Refund started"),
    Step.REFUND_LATE: _("Payment came too late, refund started"),
    Step.REFUND_MISMATCH: _("The amount was not right, refund started"),
    Step.FINISH_REFUND: _("Money sent back"),
    Step.REOPEN_REFUND: _("The refund did not arrive and is sent again"),
    "refund failed": _("The refund did not arrive; the organizer has been told"),
    "refund tried again": _("Refund sent again"),
    "paid twice": _("A second payment arrived and goes back"),
}


def look_of(order: Order, *, returned: bool, now: datetime) -> OrderLook:
    """Say how the order stands; `returned` when the buyer comes from the payment page."""
    look = _LOOKS[OrderState(order.state)]
    if look is OrderLook.UNPAID and (returned or order.due_at <= now):
        return OrderLook.WAITING
    if look in {OrderLook.REFUNDING, OrderLook.REFUNDED} and _was_late(order):
        return OrderLook.PAID_TOO_LATE
    return look


def order_page(order: Order, token: str, *, returned: bool, now: datetime) -> OrderPage:
    """Return the page of an order; its lines and history are fetched with it."""
    look = look_of(order, returned=returned, now=now)
    lines = list(order.lines.all())
    performance = lines[0].performance
    issued = tickets.tickets_of_order(order.public_id)

    def url(name: str) -> str:
        return reverse(f"storefront:{name}", args=[token])

    unpaid, paid = look is OrderLook.UNPAID, look is OrderLook.PAID
    return OrderPage(
        reference=order.number,
        look=look,
        name=order.name,
        email=order.email,
        placed=when_of(performance, order.created_at),
        lines=[
            OrderLineView(
                place=venues.kept_name(line),
                title=line.performance.event.title,
                tier=line.tier_name,
                total=Money(line.total_minor, order.currency),
            )
            for line in lines
        ],
        summary=_summary(order),
        tickets=_tickets(issued, {line.performance_id: line.performance for line in lines}),
        history=[
            HistoryLine(when_of(performance, step.at), text)
            for step in order.history.all()
            if (text := _said(step, is_free=not order.total_minor))
        ],
        status_url=url("order_status"),
        pdf_url=url("order_pdf") if paid else "",
        calendar_url=url("order_calendar") if paid else "",
        resend_url=url("order_resend") if paid else "",
        check_url=f"{url('order')}?paid=1",
        pay_url=url("order_pay") if unpaid else "",
        cancel_url=url("order_leave") if unpaid else "",
        pay_until=When(order.due_at, performance.timezone) if unpaid else None,
        seconds_left=max(0, int((order.due_at - now).total_seconds())) if unpaid else 0,
        again_url=seats_url(performance) if performance.sale_state(now).is_open else "",
        refund_total=Money(order.total_minor, order.currency),
        is_free=not order.total_minor,
    )


def _was_late(order: Order) -> bool:
    return any(step.step == Step.REFUND_LATE for step in order.history.all())


def _said(step: OrderStep, *, is_free: bool) -> Text:
    if step.step == Step.PAY and is_free:
        return _("Tickets issued")
    return _SAID.get(step.step or step.note, "")


def _summary(order: Order) -> Summary:
    def money(amount_minor: int) -> Money:
        return Money(amount_minor, order.currency)

    lines = [PriceLine(_("Tickets"), money(order.subtotal_minor))]
    if order.fees_minor:
        lines.append(PriceLine(_("Fees"), money(order.fees_minor)))
    on_top = order.total_minor - order.subtotal_minor - order.fees_minor
    tax = PriceLine(_("taxes"), money(order.taxes_minor))
    if on_top:
        lines.append(PriceLine(_("Taxes"), money(on_top)))
    return Summary(
        lines=lines,
        total=money(order.total_minor),
        included=[tax] if order.taxes_minor and not on_top else [],
    )


def _tickets(issued: Sequence[Ticket], performances: dict[int, Performance]) -> list[TicketView]:
    valid = [ticket for ticket in issued if ticket.state == TicketState.VALID]
    codes = dict(zip((t.pk for t in valid), tickets.tokens_of(valid) if valid else (), strict=True))
    return [
        _ticket(number, ticket, performances[ticket.performance_id], codes.get(ticket.pk, ""))
        for number, ticket in enumerate(issued, 1)
    ]


def _ticket(number: int, ticket: Ticket, performance: Performance, code: str) -> TicketView:
    look = TicketLook.VOID
    if ticket.state == TicketState.VALID:
        look = TicketLook.REDEEMED if ticket.redeemed_at else TicketLook.VALID
    return TicketView(
        public_id=ticket.public_id,
        number=number,
        head=head_of(performance),
        place=venues.kept_name(ticket),
        tier=ticket.tier_name,
        look=look,
        qr_svg=qr_svg(code, label=gettext("QR code for the entrance")) if code else "",
        redeemed=when_of(performance, ticket.redeemed_at) if ticket.redeemed_at else None,
        doors=when_of(performance, performance.doors_at) if performance.doors_at else None,
    )
