"""Moments in UTC and what the clock on the venue's wall shows, both ways without a loss.

A wall time is a naive datetime. Once a year an hour of wall times does not exist (clocks jump
forward) and once an hour happens twice (clocks go back): `fold` 0 is its first pass, 1 its second,
as in PEP 495. A wall time that does not exist is refused, and one that happens twice without a
fold too: nobody guesses when a performance is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from kernel import errors

# Names that tzdata lists and that are no place.
NO_ZONES = frozenset({"Factory", "localtime", "posixrules"})
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
ONE_SECOND = timedelta(seconds=1)


class UnknownTimezone(errors.Invalid):
    code = "unknown_timezone"
    message = "This is not a time zone of the IANA database, such as Europe/Berlin."


class TimeSkipped(errors.Invalid):
    code = "time_skipped"
    message = "This time does not exist there: clocks are set forward over it."


class TimeAmbiguous(errors.Invalid):
    code = "time_ambiguous"
    message = "Clocks show this time twice that day. Say which one is meant."


class TimeOutOfRange(errors.Invalid):
    code = "time_out_of_range"
    message = "The time must lie between the years 2000 and 2200."


class NotATime(errors.Invalid):
    code = "not_a_time"
    message = "This is not a date and time such as 2026-10-25T19:30."


@dataclass(frozen=True, slots=True)
class WallTime:
    """What a form shows and sends back: local text such as 2026-10-25T02:30, and which pass."""

    text: str
    fold: int | None = None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - NO_ZONES


def zone_names() -> list[str]:
    """Return every time zone that may be chosen, by name."""
    return sorted(_zones())


def ensure_timezone(name: str, *, field: str = "timezone") -> None:
    """Refuse with UnknownTimezone what the IANA database does not have."""
    if name not in _zones():
        raise UnknownTimezone(field=field, value=name[:64])


def ensure_in_range(moment: datetime, *, field: str) -> None:
    """Refuse with TimeOutOfRange what no calendar of ours reaches."""
    if not EARLIEST <= moment < LATEST:
        raise TimeOutOfRange(field=field)


def to_local(moment: datetime, zone: str) -> datetime:
    """Return the aware moment as the zone's wall shows it; `fold` tells the two passes apart."""
    return moment.astimezone(ZoneInfo(zone))


def from_local(
    wall: datetime, zone: str, fold: int | None = None, *, field: str = "time"
) -> datetime:
    """Return the moment in UTC at which the zone's wall shows this time.

    `wall` is naive. Refuses with UnknownTimezone, TimeOutOfRange, TimeSkipped (`gap_from` and
    `gap_to` name the gap), and with TimeAmbiguous where the time comes twice and no fold is given.
    """
    ensure_timezone(zone)
    if not EARLIEST.year - 1 <= wall.year <= LATEST.year:  # or the arithmetic below overflows
        raise TimeOutOfRange(field=field)
    naive = wall.replace(tzinfo=None, fold=0)
    first, second = _both_passes(naive, zone)
    ensure_in_range(first, field=field)
    if first == second:
        return first
    if first > second:  # before the gap the offset is smaller, so the same wall reads later
        raise _skipped(naive, zone, field=field)
    if fold is None:
        raise TimeAmbiguous(
            field=field,
            timezone=zone,
            detail=f"In {zone} the clocks go back, and it is {naive:%H:%M} twice on "
            f"{naive:%Y-%m-%d}: first at {first:%H:%M} UTC, then at {second:%H:%M} UTC.",
        )
    return second if fold else first


def form_value(moment: datetime, zone: str) -> WallTime:
    """Return what a form shows for the moment, without a loss."""
    local = to_local(moment, zone)
    whole_minute = not local.second and not local.microsecond
    naive = local.replace(tzinfo=None)
    return WallTime(
        text=naive.isoformat(timespec="minutes" if whole_minute else "auto"), fold=local.fold
    )


def from_form(value: WallTime, zone: str, *, field: str = "time") -> datetime:
    """Return the moment that a form's value means. Refuses like `from_local`, and NotATime."""
    try:
        wall = datetime.fromisoformat(value.text.strip()[:40])
    except ValueError:
        raise NotATime(field=field) from None
    if wall.tzinfo is not None:
        raise NotATime(field=field)
    return from_local(wall, zone, value.fold, field=field)


def is_ambiguous(wall: datetime, zone: str) -> bool:
    """Whether the zone's wall shows this naive time twice that day."""
    first, second = _both_passes(wall, zone)
    return first < second


def _both_passes(wall: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return the naive time read with fold 0 and with fold 1, in UTC; mostly they are one."""
    tz = ZoneInfo(zone)
    return (
        wall.replace(tzinfo=tz, fold=0).astimezone(UTC),
        wall.replace(tzinfo=tz, fold=1).astimezone(UTC),
    )


def _skipped(wall: datetime, zone: str, *, field: str) -> TimeSkipped:
    """Find the jump over this time, by halving, and name the wall times that it leaves out."""
    tz = ZoneInfo(zone)
    after, before = _both_passes(wall.replace(microsecond=0), zone)
    old_offset = before.astimezone(tz).utcoffset()
    while after - before > ONE_SECOND:
        middle = before + (after - before) // 2 // ONE_SECOND * ONE_SECOND
        if middle.astimezone(tz).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    gap_to = after.astimezone(tz).replace(tzinfo=None)
    gap_from = (after - ONE_SECOND).astimezone(tz).replace(tzinfo=None) + ONE_SECOND
    return TimeSkipped(
        field=field,
        timezone=zone,
        gap_from=gap_from.isoformat(timespec="minutes"),
        gap_to=gap_to.isoformat(timespec="minutes"),
        detail=f"In {zone} clocks jump from {gap_from:%Y-%m-%d %H:%M} to {gap_to:%Y-%m-%d %H:%M}; "
        f"there is no {wall:%H:%M}.",
    )
