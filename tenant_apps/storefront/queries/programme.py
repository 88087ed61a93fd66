"""What is on: the home page and the page of one event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.utils.translation import gettext

from kernel.formatting import list_text
from kernel.languages import current_language
from kernel.money import Money
from tenant_apps.events import queries as events
from tenant_apps.events.domain import State
from tenant_apps.events.models import Event, Performance
from tenant_apps.inventory import queries as inventory
from tenant_apps.pricing import queries as pricing
from tenant_apps.pricing.domain import PriceRange, lowest_of
from tenant_apps.queueing import queries as queueing
from tenant_apps.storefront import domain
from tenant_apps.storefront.pages.parts import Sale, SaleState
from tenant_apps.storefront.pages.programme import (
    EventCard,
    EventPage,
    HomePage,
    MonthOfEvents,
    PerformanceRow,
)
from tenant_apps.storefront.queries.parts import alert_url, event_url, poster_of, seats_url, when_of
from tenant_apps.storefront.queries.waiting import room_url

MOST_EVENTS = 300
# So few need no months to find one's way.
FEW_EVENTS = 9
MOST_PAST = 12
PAST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Market:
    """Prices and stock of several performances, fetched together."""

    ranges: dict[int, PriceRange]
    stock: dict[int, inventory.Stock]

    def price_from(self, performance: Performance) -> Money | None:
        found = self.ranges.get(performance.pk)
        return found.lowest if found else None


def market_of(performances: Iterable[Performance]) -> Market:
    """Fetch prices and stock of all these performances in a few queries."""
    ids = [performance.pk for performance in performances]
    ranges = pricing.price_ranges(ids)
    return Market(ranges=ranges, stock=inventory.stock_of(sorted(ranges)))


def sale_of(performance: Performance, market: Market, now: datetime) -> Sale:
    """Say what a buyer can do about the performance now."""
    phase = performance.sale_state(now).phase
    stock = market.stock.get(performance.pk)
    state = domain.sale_state(
        phase.value, free=stock.free if stock else 0, places=stock.places if stock else 0
    )
    if state != SaleState.OPENS_LATER:
        return Sale(SaleState(state))
    opens = performance.sale_opens_at
    seconds = max(1, round((opens - now).total_seconds()))
    # A live countdown is for the last day; before that the date says enough.
    return Sale(
        SaleState.OPENS_LATER,
        opens=when_of(performance, opens),
        seconds_until_open=seconds if seconds < 86_400 else 0,
    )


def has_places(performance: Performance) -> bool:
    """Whether a place of the performance has no claim. Held ones may be free in some minutes."""
    return inventory.stock_of([performance.pk])[performance.pk].free > 0


def home_page(now: datetime) -> HomePage:
    """Return what is on from now on by month, the next event first, and what was on lately."""
    found = list(events.with_performances(events.events_visible_to(None), None)[:MOST_EVENTS])
    coming = [(event, _from(event, now)) for event in found]
    coming = sorted(
        ((event, dates) for event, dates in coming if dates), key=lambda pair: pair[1][0].starts_at
    )
    market = market_of(date for _, dates in coming for date in dates)
    cards = [(dates[0], _card(event, dates, market, now)) for event, dates in coming]
    featured = next((pair for pair in cards if pair[1].sale.is_open), None)
    rest = [pair for pair in cards if pair is not featured]
    months = [MonthOfEvents(gettext("Coming up"), [card for _, card in rest])] if rest else []
    if len(rest) > FEW_EVENTS:
        by_month = groupby(rest, key=lambda p: when_of(p[0], p[0].starts_at).month_and_year)
        months = [MonthOfEvents(title, [card for _, card in group]) for title, group in by_month]
    return HomePage(
        featured=featured[1] if featured else None, months=months, past=_past(found, now)
    )


def event_page(slug: str, now: datetime) -> EventPage:
    """Return the page of an event. Refuses with NoSuchEvent."""
    event, performances = events.event_with_performances(slug)
    market = market_of(performances)
    rooms = queueing.rooms_of([each.pk for each in performances if each.sale_opens_at > now])
    now_ms = int(now.timestamp() * 1000)
    waited_for = {pk for pk, rules in rooms.items() if rules.is_on(now_ms)}
    rows = [(each, _row(each, market, now, each.pk in waited_for)) for each in performances]
    return EventPage(
        title=event.title,
        summary=event.summary,
        description=event.description,
        poster=poster_of(event),
        performances=[row for each, row in rows if each.ends_at > now],
        past=[row for each, row in reversed(rows) if each.ends_at <= now],
        cancelled=event.state == State.CANCELLED,
    )


def _dates_of(event: Event) -> list[Performance]:
    dates: list[Performance] = event.visible_performances  # type: ignore[attr-defined]
    return dates


def _from(event: Event, now: datetime) -> list[Performance]:
    return [each for each in _dates_of(event) if each.ends_at > now]


def _past(found: Sequence[Event], now: datetime) -> list[EventCard]:
    over = []
    for event in found:
        dates = [each for each in _dates_of(event) if each.ends_at > now - PAST]
        if dates and all(each.ends_at <= now for each in dates):
            over.append((event, dates))
    over.sort(key=lambda pair: pair[1][-1].starts_at, reverse=True)
    nothing = Market({}, {})
    return [_card(event, dates, nothing, now) for event, dates in over[:MOST_PAST]]


def _card(event: Event, dates: Sequence[Performance], market: Market, now: datetime) -> EventCard:
    sales = [sale_of(each, market, now) for each in dates]
    state = SaleState(domain.best_of(sale.state for sale in sales))
    best = next(sale for sale in sales if sale.state is state)
    return EventCard(
        title=event.title,
        url=event_url(event),
        summary=event.summary,
        poster=poster_of(event),
        first=when_of(dates[0], dates[0].starts_at),
        last=when_of(dates[-1], dates[-1].starts_at),
        performance_count=len(dates),
        venue=_venues(dates),
        price_from=lowest_of(market.price_from(each) for each in dates),
        sale=best,
    )


def _row(performance: Performance, market: Market, now: datetime, has_room: bool) -> PerformanceRow:
    venue = performance.plan_version.plan.venue
    doors = performance.doors_at
    return PerformanceRow(
        public_id=performance.public_id,
        when=when_of(performance, performance.starts_at),
        doors=when_of(performance, doors) if doors else None,
        venue=venue.name,
        address=venue.address,
        price_from=market.price_from(performance),
        sale=sale_of(performance, market, now),
        url=seats_url(performance),
        room_url=room_url(performance) if has_room else "",
        alert_url=alert_url(performance),
    )


def _venues(dates: Sequence[Performance]) -> str:
    names = dict.fromkeys(each.plan_version.plan.venue.name for each in dates)
    return list_text(list(names)[:2], current_language())
