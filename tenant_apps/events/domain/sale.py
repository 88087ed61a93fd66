"""When a performance can be bought, and the bounds that its settings stay within."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from kernel import errors
from tenant_apps.events.domain.states import State

HOLD_SECONDS_LEAST, HOLD_SECONDS_MOST = 60, 3_600
EXTENSIONS_MOST = 20
PLACES_MOST = 200
LONGEST = timedelta(days=31)


class Phase(StrEnum):
    NOT_PUBLISHED = "not_published"
    NOT_YET = "not_yet"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    PAST = "past"


class SaleNotOpen(errors.Conflict):
    code = "sale_not_open"
    message = "The sale has not opened yet."


class SaleClosed(errors.Conflict):
    code = "sale_closed"
    message = "The sale of this performance has ended."


class PerformanceOver(errors.Gone):
    code = "performance_over"
    message = "This performance is over."


class PerformanceCancelled(errors.Gone):
    code = "performance_cancelled"
    message = "This performance was cancelled."


class NoSuchPerformance(errors.Missing):
    code = "no_such_performance"
    message = "There is no such performance."


class TimesOutOfOrder(errors.Invalid):
    code = "times_out_of_order"
    message = "These times are not in order."


class LastsTooLong(errors.Invalid):
    code = "lasts_too_long"
    message = "A performance lasts at most 31 days."


class OutOfBounds(errors.Invalid):
    code = "out_of_bounds"
    message = "The number is too small or too large."


class ForSale(Protocol):
    """What the sale of a performance depends on."""

    @property
    def state(self) -> str: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def sale_opens_at(self) -> datetime: ...
    @property
    def sale_closes_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class SaleState:
    """Whether a performance can be bought now; before the sale, when it opens."""

    phase: Phase
    opens_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.phase is Phase.OPEN


@dataclass(frozen=True, slots=True)
class Times:
    """The moments of one performance, in UTC."""

    starts_at: datetime
    ends_at: datetime
    doors_at: datetime | None
    sale_opens_at: datetime
    sale_closes_at: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """How long places are held and how many one buyer may have."""

    hold_seconds: int = 600
    # As often as WCAG 2.2.1 asks for where a time limit can be made longer.
    max_extensions: int = 10
    max_places_per_order: int = 10
    max_places_per_session: int = 10


USUAL_LIMITS = Limits()


def sale_state(performance: ForSale, now: datetime) -> SaleState:
    """Say what a buyer can do about the performance at this moment."""
    if performance.state == State.CANCELLED:
        return SaleState(Phase.CANCELLED)
    if performance.state != State.PUBLISHED:
        return SaleState(Phase.NOT_PUBLISHED)
    if now >= performance.ends_at:
        return SaleState(Phase.PAST)
    if now >= performance.sale_closes_at:
        return SaleState(Phase.CLOSED)
    if now < performance.sale_opens_at:
        return SaleState(Phase.NOT_YET, opens_at=performance.sale_opens_at)
    return SaleState(Phase.OPEN)


def ensure_open(performance: ForSale, now: datetime) -> None:
    """Refuse, with the reason, a performance that cannot be bought at this moment."""
    state = sale_state(performance, now)
    match state.phase:
        case Phase.OPEN:
            return
        case Phase.NOT_YET:
            raise SaleNotOpen(opens_at=performance.sale_opens_at)
        case Phase.CLOSED:
            raise SaleClosed(closed_at=performance.sale_closes_at)
        case Phase.PAST:
            raise PerformanceOver
        case Phase.CANCELLED:
            raise PerformanceCancelled
        case Phase.NOT_PUBLISHED:
            raise NoSuchPerformance


def ensure_in_order(times: Times) -> None:
    """Refuse with TimesOutOfOrder (`field`, `after`) or LastsTooLong."""
    rules = (
        ("ends_at", times.starts_at < times.ends_at, "starts_at"),
        ("doors_at", times.doors_at is None or times.doors_at <= times.starts_at, "starts_at"),
        ("sale_closes_at", times.sale_opens_at < times.sale_closes_at, "sale_opens_at"),
        ("sale_closes_at", times.sale_closes_at <= times.ends_at, "ends_at"),
    )
    for field, kept, other in rules:
        if not kept:
            raise TimesOutOfOrder(field=field, compared_with=other)
    if times.ends_at - times.starts_at > LONGEST:
        raise LastsTooLong(field="ends_at")


def ensure_within_bounds(limits: Limits) -> None:
    """Refuse with OutOfBounds (`field`, `least`, `most`)."""
    bounds = (
        ("hold_seconds", limits.hold_seconds, HOLD_SECONDS_LEAST, HOLD_SECONDS_MOST),
        ("max_extensions", limits.max_extensions, 0, EXTENSIONS_MOST),
        ("max_places_per_order", limits.max_places_per_order, 1, PLACES_MOST),
        ("max_places_per_session", limits.max_places_per_session, 1, PLACES_MOST),
    )
    for field, value, least, most in bounds:
        if not least <= value <= most:
            raise OutOfBounds(field=field, least=least, most=most)
