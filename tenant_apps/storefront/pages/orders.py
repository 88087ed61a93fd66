"""After the order: its state, its tickets, its history, and finding it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy

from kernel.money import Money
from tenant_apps.storefront.pages.parts import FormField, PerformanceHead, Summary, Text, When


class OrderLook(StrEnum):
    """How an order stands, as its buyer sees it."""

    WAITING = "waiting"
    UNPAID = "unpaid"
    PAID = "paid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    PAID_TOO_LATE = "paid_too_late"


ORDER_LABELS: dict[OrderLook, tuple[Text, str, str]] = {
    OrderLook.WAITING: (gettext_lazy("Payment being confirmed"), "brand", "clock"),
    OrderLook.UNPAID: (gettext_lazy("Not paid yet"), "warn", "clock"),
    OrderLook.PAID: (gettext_lazy("Paid"), "good", "check"),
    OrderLook.EXPIRED: (gettext_lazy("Expired"), "calm", "minus"),
    OrderLook.CANCELLED: (gettext_lazy("Cancelled"), "bad", "cross"),
    OrderLook.REFUNDING: (gettext_lazy("Refund on its way"), "brand", "refresh"),
    OrderLook.REFUNDED: (gettext_lazy("Refunded"), "calm", "refresh"),
    OrderLook.PAID_TOO_LATE: (gettext_lazy("Paid too late, refunded"), "warn", "refresh"),
}


class TicketLook(StrEnum):
    VALID = "valid"
    REDEEMED = "redeemed"
    VOID = "void"


TICKET_LABELS: dict[TicketLook, tuple[Text, str, str]] = {
    TicketLook.VALID: (gettext_lazy("Valid"), "good", "check"),
    TicketLook.REDEEMED: (gettext_lazy("Used"), "calm", "check"),
    TicketLook.VOID: (gettext_lazy("Not valid any more"), "bad", "cross"),
}


@dataclass(frozen=True, slots=True)
class TicketView:
    public_id: str
    number: int
    head: PerformanceHead
    place: str
    tier: str
    look: TicketLook
    # A complete <svg> made by us; empty when the ticket is not valid any more.
    qr_svg: str
    redeemed: When | None = None
    doors: When | None = None

    @property
    def label(self) -> Text:
        return TICKET_LABELS[self.look][0]

    @property
    def tone(self) -> str:
        return TICKET_LABELS[self.look][1]

    @property
    def icon(self) -> str:
        return TICKET_LABELS[self.look][2]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    at: When
    text: Text


@dataclass(frozen=True, slots=True)
class OrderLineView:
    place: str
    title: str
    tier: str
    total: Money


@dataclass(frozen=True, slots=True)
class OrderPage:
    # The number that people read aloud.
    reference: str
    look: OrderLook
    name: str
    email: str
    placed: When
    lines: Sequence[OrderLineView]
    summary: Summary
    tickets: Sequence[TicketView]
    history: Sequence[HistoryLine]
    status_url: str
    pdf_url: str
    calendar_url: str
    resend_url: str
    check_url: str
    pay_url: str = ""
    cancel_url: str = ""
    pay_until: When | None = None
    seconds_left: int = 0
    again_url: str = ""
    refund_total: Money | None = None
    is_free: bool = False

    @property
    def label(self) -> Text:
        return ORDER_LABELS[self.look][0]

    @property
    def tone(self) -> str:
        return ORDER_LABELS[self.look][1]

    @property
    def icon(self) -> str:
        return ORDER_LABELS[self.look][2]


@dataclass(frozen=True, slots=True)
class FindOrderPage:
    email: FormField
    sent: bool = False
    form_url: str = ""
