"""What the console's pages show, in the words and colours that they show it in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from kernel.money import Money
from tenant_apps.events.domain import Phase
from tenant_apps.events.models import Performance
from tenant_apps.inventory import queries as inventory
from tenant_apps.orders.domain import OrderState
from tenant_apps.orders.models import Order
from tenant_apps.queueing import queries as queueing
from tenant_apps.queueing.domain import Mode, RoomDraft
from tenant_apps.queueing.models import Room
from tenant_apps.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Chip:
    """A state in words; `tone` is good, warn, bad or nothing."""

    words: Any
    tone: str = ""


ORDER_CHIPS: dict[OrderState, Chip] = {
    OrderState.PENDING: Chip(_("Not paid yet"), "warn"),
    OrderState.EXPIRING: Chip(_("Ending"), "warn"),
    OrderState.PAID: Chip(_("Paid"), "good"),
    OrderState.EXPIRED: Chip(_("Expired")),
    OrderState.CANCELLED: Chip(_("Left by the buyer")),
    OrderState.REFUNDING: Chip(_("Refund on its way"), "warn"),
    OrderState.REFUNDED: Chip(_("Refunded"), "bad"),
}
SALE_CHIPS: dict[Phase, Chip] = {
    Phase.NOT_PUBLISHED: Chip(_("Draft")),
    Phase.NOT_YET: Chip(_("Sale not open yet"), "warn"),
    Phase.OPEN: Chip(_("On sale"), "good"),
    Phase.CLOSED: Chip(_("Sale closed")),
    Phase.CANCELLED: Chip(_("Cancelled"), "bad"),
    Phase.PAST: Chip(_("Over")),
}
ROOM_MODES: dict[Mode, tuple[Any, Any]] = {
    Mode.OFF: (_("Off"), _("Everybody goes straight to the seats.")),
    Mode.ON: (_("On from now"), _("Everybody waits from this moment on, before the sale too.")),
    Mode.TIME: (
        _("By time"),
        _("The room opens some time before the sale. Who is in it then is shuffled once."),
    ),
    Mode.LOAD: (
        _("By load"),
        _("Only once the sale is open, and nobody is stopped until the house is busy."),
    ),
}
MOST_DIGITS = 7
STEPS: dict[str, Any] = {
    "placed": _("Ordered"),
    "payment failed": _("Card declined"),
    "pay": _("Paid"),
    "begin_expiry": _("The time to pay was over, or the buyer left"),
    "expire": _("Ended without payment"),
    "cancel": _("Left by the buyer"),
    "pay_late": _("Paid late, and the places were still free"),
    "refund": _("Refund asked for"),
    "refund_late": _("Paid too late: the money goes back"),
    "refund_mismatch": _("Another amount arrived: it goes back"),
    "finish_refund": _("The money went back"),
    "refund failed": _("The refund did not arrive: ask for it again"),
    "reopen_refund": _("The refund came back"),
    "refund tried again": _("Refund asked for again"),
    "paid twice": _("Paid twice: the second payment goes back"),
}


@dataclass(frozen=True, slots=True)
class OrderRow:
    public_id: str
    number: str
    name: str
    email: str
    created_at: datetime
    total: Money
    chip: Chip


@dataclass(frozen=True, slots=True)
class PerformanceRow:
    public_id: str
    title: str
    venue: str
    starts_at: datetime
    timezone: str
    opens_at: datetime | None
    chip: Chip
    sold: int
    places: int
    has_room: bool
    # Whether a sale can still be waited for.
    is_coming: bool

    @property
    def percent(self) -> int:
        return round(100 * self.sold / self.places) if self.places else 0


@dataclass(frozen=True, slots=True)
class LineRow:
    title: str
    starts_at: datetime
    timezone: str
    place: str
    tier: str
    total: Money
    ticket: Chip | None


@dataclass(frozen=True, slots=True)
class StepRow:
    at: datetime
    words: Any
    by: str
    details: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class RoomForm:
    """A waiting room as its form has it. A number that is none is -1: out of every bound."""

    mode: str
    minutes_before: int = 60
    per_minute: int = 600
    most_inside: int = 500
    lease_minutes: int = 10

    @property
    def modes(self) -> list[tuple[str, Any, Any]]:
        return [(mode.value, *words) for mode, words in ROOM_MODES.items()]

    def draft(self, performance: Performance) -> RoomDraft:
        """Return what is asked for; an unknown mode is off."""
        mode = Mode(self.mode) if self.mode in set(Mode) else Mode.OFF
        before = timedelta(minutes=self.minutes_before)
        return RoomDraft(
            mode=mode,
            waits_from=performance.sale_opens_at - before if mode is Mode.TIME else None,
            per_minute=self.per_minute,
            most_inside=self.most_inside,
            lease_seconds=self.lease_minutes * 60,
        )


def room_form(performance: Performance, room: Room | None) -> RoomForm:
    """Return the form as the room stands."""
    if room is None:
        return RoomForm(Mode.OFF)
    before = performance.sale_opens_at - room.waits_from if room.waits_from else None
    return RoomForm(
        mode=room.mode,
        minutes_before=round(before.total_seconds() / 60) if before else 60,
        per_minute=room.per_minute,
        most_inside=room.most_inside,
        lease_minutes=room.lease_seconds // 60,
    )


def read_room_form(sent: Mapping[str, str]) -> RoomForm:
    """Return what was sent."""
    return RoomForm(
        mode=sent.get("mode", ""),
        minutes_before=_whole(sent.get("minutes_before")),
        per_minute=_whole(sent.get("per_minute")),
        most_inside=_whole(sent.get("most_inside")),
        lease_minutes=_whole(sent.get("lease_minutes")),
    )


def _whole(text: str | None) -> int:
    good = text is not None and text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if good and text else -1


def order_row(order: Order) -> OrderRow:
    return OrderRow(
        public_id=order.public_id,
        number=order.number,
        name=order.name,
        email=order.email,
        created_at=order.created_at,
        total=Money(order.total_minor, order.currency),
        chip=ORDER_CHIPS[OrderState(order.state)],
    )


def performance_rows(performances: Sequence[Performance], now: datetime) -> list[PerformanceRow]:
    """Return what a list of performances shows; one query counts the sold places."""
    ids = [performance.pk for performance in performances]
    sold, rooms = inventory.count_sold(ids), queueing.rooms_of(ids)
    rows = []
    for performance in performances:
        sale = performance.sale_state(now)
        rows.append(
            PerformanceRow(
                public_id=performance.public_id,
                title=performance.event.title,
                venue=performance.plan_version.plan.venue.name,
                starts_at=performance.starts_at,
                timezone=performance.timezone,
                opens_at=sale.opens_at,
                chip=SALE_CHIPS[sale.phase],
                sold=sold.get(performance.pk, 0),
                places=performance.plan_version.place_count,
                has_room=performance.pk in rooms,
                is_coming=performance.sale_closes_at > now,
            )
        )
    return rows


def line_rows(order: Order, tickets: Iterable[Ticket]) -> list[LineRow]:
    """Return an order's places, each with what became of its ticket."""
    by_line = {ticket.line_ref: ticket for ticket in tickets}
    return [
        LineRow(
            title=line.performance.event.title,
            starts_at=line.performance.starts_at,
            timezone=line.performance.timezone,
            place=line.place_name,
            tier=line.tier_name,
            total=Money(line.total_minor, order.currency),
            ticket=_ticket_chip(by_line.get(line.public_id)),
        )
        for line in order.lines.all()
    ]


def step_rows(order: Order) -> list[StepRow]:
    """Return an order's history, oldest first."""
    return [
        StepRow(
            at=step.at,
            words=STEPS.get(step.step or step.note, step.note or step.step),
            by=step.actor_name,
            details=[
                (name.replace("_", " "), str(value)[:200]) for name, value in step.details.items()
            ],
        )
        for step in sorted(order.history.all(), key=lambda step: step.pk)
    ]


def _ticket_chip(ticket: Ticket | None) -> Chip | None:
    if ticket is None:
        return None
    if not ticket.is_valid:
        return Chip(_("Ticket void"), "bad")
    if ticket.redeemed_at is not None:
        return Chip(_("Used"))
    return Chip(_("Ticket valid"), "good")
