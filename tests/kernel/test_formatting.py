from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import formatting
from kernel.money import EXPONENTS, Money

EVENING = datetime(2030, 5, 1, 17, 30, tzinfo=UTC)
BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("amount", "locale", "text"),
    [
        (Money(124_000, "EUR"), "en", "€1,240.00"),
        (Money(124_000, "EUR"), "de", "1.240,00\xa0€"),
        (Money(4_000, "JPY"), "en", "¥4,000"),
        (Money(4_000, "KWD"), "en", "KWD\xa04.000"),
        (Money(-250, "GBP"), "en", "-£2.50"),
        (Money(250, "USD"), "xx-unknown", "$2.50"),
        (Money(250, "BRL"), "pt-br", "R$\xa02,50"),
    ],
)
def test_money_reads_as_its_readers_write_it(amount: Money, locale: str, text: str) -> None:
    assert formatting.money_text(amount, locale) == text


@given(
    currency=st.sampled_from(sorted(EXPONENTS)),
    amount_minor=st.integers(-(10**12), 10**12),
    locale=st.sampled_from(["en", "de", "fr", "pt-br", "ja", "no such"]),
)
def test_no_digit_of_an_amount_is_lost(currency: str, amount_minor: int, locale: str) -> None:
    text = formatting.money_text(Money(amount_minor, currency), locale)

    digits = "".join(mark for mark in text if mark.isdigit())
    assert int(digits) == abs(amount_minor)


def test_a_moment_is_told_in_its_zone_and_the_zone_is_said() -> None:
    assert formatting.moment_text(EVENING, BERLIN) == "Wed, 1 May 2030, 19:30 CEST"
    assert formatting.moment_text(EVENING, "America/New_York") == "Wed, 1 May 2030, 13:30 EDT"
    assert formatting.long_day_text(EVENING, BERLIN) == "Wednesday, 1 May 2030"
    assert formatting.long_day_text(EVENING, BERLIN, "de") == "Mittwoch, 1. Mai 2030"


@pytest.mark.parametrize(
    ("zone", "name"),
    [("America/Sao_Paulo", "GMT-3"), ("Asia/Kathmandu", "GMT+5:45"), ("UTC", "UTC")],
)
def test_a_zone_without_an_abbreviation_is_told_by_its_offset(zone: str, name: str) -> None:
    assert formatting.zone_text(EVENING, zone) == name


def test_the_two_passes_of_the_repeated_hour_read_differently() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    assert formatting.moment_text(first, BERLIN).endswith("02:30 CEST")
    assert formatting.moment_text(second, BERLIN).endswith("02:30 CET")


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "Wed, 1 May 2030, 19:30"),
        ("de", "Mi., 1. Mai 2030, 19:30"),
        ("fr", "mer. 1 mai 2030, 19:30"),
        ("es", "mié, 1 may 2030, 19:30"),
        ("ar", "الأربعاء، 1 مايو 2030، 19:30"),
    ],
)
def test_day_and_time_stand_together_as_its_readers_write_them(locale: str, text: str) -> None:
    assert formatting.day_and_time_text(EVENING, BERLIN, locale) == text


@pytest.mark.parametrize(
    ("zone", "locale", "city"),
    [
        ("Europe/Berlin", "en", "Berlin"),
        ("America/New_York", "es", "Nueva York"),
        ("Africa/Cairo", "de", "Kairo"),
        ("Europe/Berlin", "ar", "برلين"),
        ("America/Argentina/Buenos_Aires", "en", "Buenos Aires"),
        ("UTC", "fr", "UTC"),
    ],
)
def test_a_zones_city_is_named_in_the_readers_language(zone: str, locale: str, city: str) -> None:
    assert formatting.city_text(zone, locale) == city


def test_names_are_listed_as_its_readers_list_them() -> None:
    names = ["A", "B", "C"]
    listed = [formatting.list_text(names, locale) for locale in ("en", "de", "fr", "es")]
    assert listed == ["A, B and C", "A, B und C", "A, B et C", "A, B y C"]
    assert formatting.list_text(["A"], "ar") == "A"


@pytest.mark.parametrize(
    ("basis_points", "locale", "text"),
    [(700, "en", "7\xa0%"), (825, "en", "8.25\xa0%"), (550, "de", "5,5\xa0%"), (0, "fr", "0\xa0%")],
)
def test_a_rate_reads_as_its_readers_write_it(basis_points: int, locale: str, text: str) -> None:
    assert formatting.percent_text(basis_points, locale) == text
