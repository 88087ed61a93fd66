"""What is on, and one event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from kernel.money import Money
from tenant_apps.storefront.pages.parts import Poster, Sale, When


@dataclass(frozen=True, slots=True)
class EventCard:
    title: str
    url: str
    summary: str
    poster: Poster
    first: When | None
    last: When | None
    performance_count: int
    venue: str
    price_from: Money | None
    sale: Sale

    @property
    def dates(self) -> str:
        """One date, or the first and the last."""
        if self.first is None:
            return gettext("Dates to be announced")
        if self.last is None or self.last.date == self.first.date:
            return self.first.date
        return f"{self.first.date} – {self.last.date}"


@dataclass(frozen=True, slots=True)
class MonthOfEvents:
    title: str
    events: Sequence[EventCard]


@dataclass(frozen=True, slots=True)
class HomePage:
    featured: EventCard | None
    months: Sequence[MonthOfEvents]
    past: Sequence[EventCard] = ()

    @property
    def opens_in_s(self) -> int | None:
        """How soon the first of the sales opens, if that is within a day."""
        cards = [card for month in self.months for card in month.events]
        return _first_opening(card.sale for card in cards)


@dataclass(frozen=True, slots=True)
class PerformanceRow:
    public_id: str
    when: When
    doors: When | None
    venue: str
    address: str
    price_from: Money | None
    sale: Sale
    url: str
    # Where one waits for the sale, while it is not open yet.
    room_url: str = ""
    # Where one asks to be told of places, once there are none.
    alert_url: str = ""


@dataclass(frozen=True, slots=True)
class EventPage:
    title: str
    summary: str
    description: str
    poster: Poster
    performances: Sequence[PerformanceRow]
    past: Sequence[PerformanceRow] = ()
    cancelled: bool = False

    @property
    def opens_in_s(self) -> int | None:
        """How soon the first of the sales opens, if that is within a day."""
        return _first_opening(row.sale for row in self.performances)

    @property
    def next_open(self) -> PerformanceRow | None:
        return next((row for row in self.performances if row.sale.is_open), None)

    @property
    def venues(self) -> list[tuple[str, str]]:
        """Each venue once: name and address."""
        return list(dict.fromkeys((row.venue, row.address) for row in self.performances))

    @property
    def price_from(self) -> Money | None:
        prices = [row.price_from for row in self.performances if row.price_from is not None]
        return min(prices, key=lambda price: price.amount_minor, default=None)


def _first_opening(sales: Iterable[Sale]) -> int | None:
    return min((sale.seconds_until_open for sale in sales if sale.seconds_until_open), default=None)
