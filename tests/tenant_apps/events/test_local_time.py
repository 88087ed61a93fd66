from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenant_apps.events import domain
from tenant_apps.events.domain import WallTime

BERLIN = "Europe/Berlin"
ZONES = st.sampled_from(domain.zone_names())
# Where odd things have happened: half hours, whole days, changes at midnight, no changes at all.
ODD_ZONES = (
    BERLIN, "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Havana",
    "Asia/Beirut", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Chatham", "America/Sao_Paulo", "UTC",
)  # fmt: skip


def moments(**bounds: datetime) -> st.SearchStrategy[datetime]:
    return st.datetimes(
        min_value=bounds.get("least", datetime(2000, 1, 1)),
        max_value=bounds.get("most", datetime(2199, 12, 30)),
        timezones=st.just(UTC),
    )


def changes_of(zone: str, year: int) -> list[datetime]:
    """The moments (UTC) at which the zone's clocks are changed in the year, to the second."""
    tz = ZoneInfo(zone)
    found = []
    day = datetime(year, 1, 1, tzinfo=UTC)
    while day.year == year:
        hours = [day + timedelta(hours=hour) for hour in range(25)]
        offsets = [hour.astimezone(tz).utcoffset() for hour in (day, hours[-1])]
        if offsets[0] != offsets[1]:
            found += [
                after
                for before, after in pairwise(hours)
                if before.astimezone(tz).utcoffset() != after.astimezone(tz).utcoffset()
            ]
        day = hours[-1]
    return found


@given(moment=moments(), zone=ZONES)
def test_saving_what_was_loaded_never_moves_a_time(moment: datetime, zone: str) -> None:
    shown = domain.form_value(moment, zone)

    assert domain.from_form(shown, zone) == moment


@pytest.mark.parametrize("zone", ODD_ZONES)
def test_saving_around_each_change_of_the_clocks_never_moves_a_time(zone: str) -> None:
    checked = 0
    for year in range(2000, 2031):
        for change in changes_of(zone, year):
            for minutes in range(-150, 150, 15):
                moment = change + timedelta(minutes=minutes)
                assert domain.from_form(domain.form_value(moment, zone), zone) == moment
                checked += 1
    assert checked or zone in {"UTC", "Asia/Kathmandu"}


@given(moment=moments(), zone=ZONES, times=st.integers(2, 5))
def test_saving_again_and_again_never_moves_a_time(moment: datetime, zone: str, times: int) -> None:
    saved = moment
    for _ in range(times):
        saved = domain.from_form(domain.form_value(saved, zone), zone)

    assert saved == moment


@given(wall=st.datetimes(datetime(2001, 1, 1), datetime(2199, 1, 1)), zone=ZONES)
def test_a_wall_time_is_the_same_wall_time_or_is_refused(wall: datetime, zone: str) -> None:
    try:
        moment = domain.from_local(wall, zone, fold=0)
    except domain.TimeSkipped as refusal:
        gap_from = datetime.fromisoformat(str(refusal.details["gap_from"]))
        gap_to = datetime.fromisoformat(str(refusal.details["gap_to"]))
        assert gap_from <= wall < gap_to
    else:
        assert domain.to_local(moment, zone).replace(tzinfo=None, fold=0) == wall


def test_the_hour_that_spring_leaves_out_is_refused_by_name() -> None:
    with pytest.raises(domain.TimeSkipped) as refusal:
        domain.from_local(datetime(2026, 3, 29, 2, 30), BERLIN, field="starts_at")

    assert refusal.value.details == {
        "field": "starts_at",
        "timezone": BERLIN,
        "gap_from": "2026-03-29T02:00",
        "gap_to": "2026-03-29T03:00",
        "detail": "In Europe/Berlin clocks jump from 2026-03-29 02:00 to 2026-03-29 03:00; "
        "there is no 02:30.",
    }


def test_a_gap_of_half_an_hour_and_one_of_a_day_are_named_too() -> None:
    with pytest.raises(domain.TimeSkipped) as half_an_hour:
        domain.from_local(datetime(2026, 10, 4, 2, 15), "Australia/Lord_Howe")
    with pytest.raises(domain.TimeSkipped) as a_day:
        domain.from_local(datetime(2011, 12, 30, 12), "Pacific/Apia")

    assert half_an_hour.value.details["gap_from"] == "2026-10-04T02:00"
    assert half_an_hour.value.details["gap_to"] == "2026-10-04T02:30"
    assert a_day.value.details["gap_from"] == "2011-12-30T00:00"
    assert a_day.value.details["gap_to"] == "2011-12-31T00:00"


def test_the_edges_of_the_gap_exist() -> None:
    before = domain.from_local(datetime(2026, 3, 29, 1, 59, 59), BERLIN)
    after = domain.from_local(datetime(2026, 3, 29, 3), BERLIN)

    assert after - before == timedelta(seconds=1)


def test_the_hour_that_comes_twice_needs_to_be_said_which() -> None:
    wall = datetime(2026, 10, 25, 2, 30)

    with pytest.raises(domain.TimeAmbiguous) as refusal:
        domain.from_local(wall, BERLIN, field="ends_at")

    assert refusal.value.details["field"] == "ends_at"
    assert "first at 00:30 UTC, then at 01:30 UTC" in str(refusal.value.details["detail"])
    assert domain.from_local(wall, BERLIN, fold=0) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert domain.from_local(wall, BERLIN, fold=1) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert domain.is_ambiguous(wall, BERLIN)
    assert not domain.is_ambiguous(wall + timedelta(hours=1), BERLIN)


def test_seconds_survive_and_whole_minutes_read_plainly() -> None:
    plain = domain.form_value(datetime(2026, 7, 1, 17, 30, tzinfo=UTC), BERLIN)
    odd = domain.form_value(datetime(2026, 7, 1, 17, 30, 5, tzinfo=UTC), BERLIN)

    assert plain == WallTime("2026-07-01T19:30", fold=0)
    assert odd == WallTime("2026-07-01T19:30:05", fold=0)


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-13-01T10:00", "2026-07-01T10:00Z", "9" * 99]
)
def test_what_is_no_wall_time_is_refused(text: str) -> None:
    with pytest.raises(domain.NotATime) as refusal:
        domain.from_form(WallTime(text), BERLIN, field="doors_at")

    assert refusal.value.details == {"field": "doors_at"}


@pytest.mark.parametrize("year", [1, 1998, 2201, 9999])
def test_years_out_of_range_are_refused(year: int) -> None:
    with pytest.raises(domain.TimeOutOfRange):
        domain.from_local(datetime(year, 12, 31, 23, 59), "Pacific/Kiritimati")


@pytest.mark.parametrize("name", ["", "Berlin", "Factory", "localtime", "../etc/passwd", "X" * 999])
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(domain.UnknownTimezone):
        domain.ensure_timezone(name)
