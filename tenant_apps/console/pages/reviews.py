"""What the pages about buyers show: orders to be looked at, and the two lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kernel.money import Money
from tenant_apps.console.pages import Chip
from tenant_apps.orders.models import Order
from tenant_apps.queueing.domain.lists import TYPED, EndsInThePast, Entry, Verdict, What
from tenant_apps.queueing.domain.reviews import ReviewState
from tenant_apps.queueing.domain.rules import (
    CARDS_A_MAIL,
    MAILS_A_CARD,
    TIMES_THE_LIMIT,
    Rule,
)
from tenant_apps.queueing.models import Listing, Review

RULES: dict[Rule, Any] = {
    Rule.HOARDING: _("The buyer kept places again and again without buying them."),
    Rule.SNIPING: _("The buyer took places within two seconds of their release, again and again."),
    Rule.SHARED_CARD: format_lazy(
        _("The card has paid for {count} or more mail addresses within two days."),
        count=MAILS_A_CARD,
    ),
    Rule.MANY_CARDS: format_lazy(
        _("The mail address has paid with {count} or more cards within two days."),
        count=CARDS_A_MAIL,
    ),
    Rule.BEYOND_LIMIT: format_lazy(
        _("The mail address has more than {times} times the places that one order may have."),
        times=TIMES_THE_LIMIT,
    ),
    Rule.BLOCKED: _("The buyer's card or mail address is on your list of the blocked."),
}
DECISIONS: dict[ReviewState, Chip] = {
    ReviewState.OPEN: Chip(_("To be looked at"), "warn"),
    ReviewState.ACCEPTED: Chip(_("Accepted"), "good"),
    ReviewState.REFUNDED: Chip(_("Given back"), "bad"),
    ReviewState.BLOCKED: Chip(_("Given back, buyer blocked"), "bad"),
}
VERDICTS: dict[Verdict, Chip] = {
    Verdict.BLOCKED: Chip(_("Blocked"), "bad"),
    Verdict.TRUSTED: Chip(_("Trusted"), "good"),
}
WHATS: dict[What, Any] = {
    What.MAIL: _("Mail address"),
    What.DOMAIN: _("Mail domain"),
    What.NETWORK: _("Internet address or network"),
    What.CARD: _("Card"),
}


@dataclass(frozen=True, slots=True)
class ReviewRow:
    order_id: str
    number: str
    name: str
    email: str
    titles: list[str]
    places: int
    total: Money
    age: str
    chip: Chip
    closed_by: str
    reasons: list[Any]
    # Whether a block would put a card onto the list too.
    knows_card: bool


@dataclass(frozen=True, slots=True)
class ListingRow:
    public_id: str
    chip: Chip
    what: Any
    shown: str
    reason: str
    added_at: datetime
    added_by: str
    until: datetime | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class ListingForm:
    """The form for a new entry as it was sent."""

    verdict: str = Verdict.BLOCKED
    what: str = What.MAIL
    value: str = ""
    reason: str = ""
    until: str = ""

    @property
    def verdicts(self) -> list[tuple[str, Any]]:
        return [(verdict.value, chip.words) for verdict, chip in VERDICTS.items()]

    @property
    def whats(self) -> list[tuple[str, Any]]:
        return [(what.value, WHATS[what]) for what in TYPED]

    def entry(self, zone: str) -> Entry:
        """Return what is asked for; the last day counts whole. Refuses with EndsInThePast."""
        return Entry(
            verdict=Verdict.TRUSTED if self.verdict == Verdict.TRUSTED else Verdict.BLOCKED,
            what=What(self.what) if self.what in TYPED else What.MAIL,
            value=self.value,
            reason=self.reason,
            until=_end_of(self.until, zone) if self.until else None,
        )


def read_listing_form(sent: Mapping[str, str]) -> ListingForm:
    """Return what was sent, none of it longer than a page would show."""
    names = ("verdict", "what", "value", "reason", "until")
    return ListingForm(**{name: sent.get(name, "").strip()[:255] for name in names})


def review_rows(
    reviews: Iterable[Review], orders: Mapping[str, Order], now: datetime
) -> list[ReviewRow]:
    """Return what is shown of these orders; one that the member may not see is left out."""
    return [
        review_row(review, orders[review.order_ref], now)
        for review in reviews
        if review.order_ref in orders
    ]


def review_row(review: Review, order: Order, now: datetime) -> ReviewRow:
    lines = [*order.lines.all()]
    return ReviewRow(
        order_id=order.public_id,
        number=order.number,
        name=order.name,
        email=order.email,
        titles=sorted({line.performance.event.title for line in lines}),
        places=len(lines),
        total=Money(order.total_minor, order.currency),
        age=_age(now - review.opened_at),
        chip=DECISIONS[ReviewState(review.state)],
        closed_by=review.closed_by,
        reasons=[RULES[Rule(rule)] for rule in review.rules if rule in set(Rule)],
        knows_card=bool(review.card),
    )


def listing_rows(listings: Iterable[Listing], now: datetime) -> list[ListingRow]:
    """Return what is shown of these entries; a hash is told as the order that it comes from."""
    return [
        ListingRow(
            public_id=listing.public_id,
            chip=VERDICTS[Verdict(listing.verdict)],
            what=WHATS[What(listing.what)],
            shown=listing.label or listing.value,
            reason=listing.reason,
            added_at=listing.added_at,
            added_by=listing.added_by,
            until=listing.until,
            is_over=listing.until is not None and listing.until <= now,
        )
        for listing in listings
    ]


def _age(past: timedelta) -> str:
    minutes = max(0, int(past.total_seconds() // 60))
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    return ngettext("%(n)d day", "%(n)d days", hours // 24) % {"n": hours // 24}


def _end_of(text: str, zone: str) -> datetime:
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise EndsInThePast(field="until") from None
