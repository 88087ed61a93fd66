"""Money, days and times as people read them, for pages, mails and PDFs alike.

Words and orders of the figures come from the Unicode CLDR through Babel. A locale is a language tag
as Django gives it ("en", "pt-br"). Times are those of the zone that is named; the zone is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, get_timezone_location
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent

from kernel.money import Money

# English without a country: money as everywhere, days as outside of North America.
DAYS_LIKE = {"en": "en_GB"}
FALLBACK = "en"

DAY = "yMMMEd"
TIME = "Hm"


# The same few prices stand on every page.
@lru_cache(maxsize=4_096)
def money_text(amount: Money, locale: str = FALLBACK) -> str:
    """Return an amount such as €1,240.00."""
    text = str(format_currency(amount.decimal, amount.currency, locale=_locale(locale)))
    # The CLDR parts a code of letters from the figures; Babel does not.
    return re.sub(rf"({amount.currency})(?=\d)", "\\1\N{NO-BREAK SPACE}", text)


def count_text(number: int, locale: str = FALLBACK) -> str:
    """Return a whole number such as 12,345."""
    return str(format_decimal(number, locale=_locale(locale)))


def percent_text(basis_points: int, locale: str = FALLBACK) -> str:
    """Return a rate in hundredths of a percent such as 7 % or 8.25 %."""
    text = str(format_percent(basis_points / 10_000, "#,##0.## %", locale=_locale(locale)))
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def list_text(parts: Sequence[str], locale: str = FALLBACK) -> str:
    """Return several names as one phrase such as A, B and C."""
    tag = DAYS_LIKE.get(locale, locale)
    return str(format_list(parts, locale=_locale(tag)))


def city_text(zone: str, locale: str = FALLBACK) -> str:
    """Return the city that a zone is named after: New York, نيويورك."""
    named = get_timezone_location(zone, locale=_locale(locale), return_city=True)
    return str(named).rpartition("/")[2].replace("_", " ")


def day_and_time_text(moment: datetime, zone: str, locale: str = FALLBACK) -> str:
    """Return day and time, without the zone, such as Wed, 1 May 2030, 19:30."""
    both = str(_locale(locale).datetime_formats["medium"])
    day, time = day_text(moment, zone, locale), time_text(moment, zone, locale)
    return both.replace("{1}", day).replace("{0}", time)


def day_text(moment: datetime, zone: str, locale: str = FALLBACK) -> str:
    """Return the day such as Wed, 1 May 2030."""
    return _text(DAY, moment, zone, locale)


def long_day_text(moment: datetime, zone: str, locale: str = FALLBACK) -> str:
    """Return the day written out, such as Wednesday, 1 May 2030."""
    local = moment.astimezone(ZoneInfo(zone))
    return str(format_date(local.date(), "full", locale=_locale(DAYS_LIKE.get(locale, locale))))


def time_text(moment: datetime, zone: str, locale: str = FALLBACK) -> str:
    """Return the time of day such as 19:30."""
    return _text(TIME, moment, zone, locale)


def zone_text(moment: datetime, zone: str) -> str:
    """Return the zone's abbreviation at that moment, such as CEST; GMT+3 where it has none."""
    local = moment.astimezone(ZoneInfo(zone))
    name = local.tzname() or ""
    if name[:1] not in "+-":
        return name
    hours, minutes = name[1:3].lstrip("0") or "0", name[3:5]
    return f"GMT{name[0]}{hours}" + (f":{minutes}" if minutes not in {"", "00"} else "")


def moment_text(moment: datetime, zone: str, locale: str = FALLBACK) -> str:
    """Return day, time and zone such as Wed, 1 May 2030, 19:30 CEST."""
    return f"{day_and_time_text(moment, zone, locale)} {zone_text(moment, zone)}"


def _text(skeleton: str, moment: datetime, zone: str, locale: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    tag = DAYS_LIKE.get(locale, locale)
    return str(format_skeleton(skeleton, local, tzinfo=ZoneInfo(zone), locale=_locale(tag)))


@lru_cache(maxsize=256)
def _locale(tag: str) -> Locale:
    try:
        return Locale.parse(tag.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale.parse(FALLBACK)
