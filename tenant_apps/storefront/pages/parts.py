"""What several pages share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils import dateformat
from django.utils.formats import get_format
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext

from kernel import formatting
from kernel.languages import current_language
from kernel.money import Money
from tenant_apps.orders.domain import EMAIL_MAX

Text = str | Promise

ZONE_LETTERS = "ABCDEFGH"


_language = current_language


@dataclass(frozen=True, slots=True)
class When:
    """A moment as the clock on the venue's wall shows it."""

    at: datetime
    zone: str

    @property
    def local(self) -> datetime:
        return self.at.astimezone(ZoneInfo(self.zone))

    @property
    def iso(self) -> str:
        return self.local.isoformat(timespec="minutes")

    @property
    def weekday(self) -> str:
        return dateformat.format(self.local, "l")

    @property
    def weekday_short(self) -> str:
        return dateformat.format(self.local, "D")

    @property
    def day(self) -> str:
        return dateformat.format(self.local, "j")

    @property
    def year(self) -> int:
        return self.local.year

    @property
    def month(self) -> str:
        return dateformat.format(self.local, "M")

    @property
    def month_and_year(self) -> str:
        return dateformat.format(self.local, get_format("YEAR_MONTH_FORMAT"))

    @property
    def date(self) -> str:
        return formatting.day_text(self.at, self.zone, _language())

    @property
    def date_long(self) -> str:
        return formatting.long_day_text(self.at, self.zone, _language())

    @property
    def time(self) -> str:
        return formatting.time_text(self.at, self.zone, _language())

    @property
    def zone_name(self) -> str:
        """The zone as people say it: "Berlin time"."""
        return gettext("%(city)s time") % {"city": formatting.city_text(self.zone, _language())}

    def __str__(self) -> str:
        return formatting.day_and_time_text(self.at, self.zone, _language())


class SaleState(StrEnum):
    """What a buyer can do about a performance, in one word."""

    ON_SALE = "on_sale"
    FEW_LEFT = "few_left"
    OPENS_LATER = "opens_later"
    SOLD_OUT = "sold_out"
    CLOSED = "closed"
    PAST = "past"
    CANCELLED = "cancelled"


SALE_LABELS: dict[SaleState, tuple[Text, str, str]] = {
    SaleState.ON_SALE: (gettext_lazy("On sale"), "good", "check"),
    SaleState.FEW_LEFT: (gettext_lazy("Few left"), "warn", "flame"),
    SaleState.OPENS_LATER: (gettext_lazy("Opens soon"), "brand", "clock"),
    SaleState.SOLD_OUT: (gettext_lazy("Sold out"), "calm", "minus"),
    SaleState.CLOSED: (gettext_lazy("Sale ended"), "calm", "minus"),
    SaleState.PAST: (gettext_lazy("Past"), "calm", "clock"),
    SaleState.CANCELLED: (gettext_lazy("Cancelled"), "bad", "cross"),
}


@dataclass(frozen=True, slots=True)
class Sale:
    """The state of a sale and, before it opens, when that is."""

    state: SaleState
    opens: When | None = None
    seconds_until_open: int = 0

    @property
    def label(self) -> Text:
        return SALE_LABELS[self.state][0]

    @property
    def tone(self) -> str:
        return SALE_LABELS[self.state][1]

    @property
    def icon(self) -> str:
        return SALE_LABELS[self.state][2]

    @property
    def is_open(self) -> bool:
        return self.state in {SaleState.ON_SALE, SaleState.FEW_LEFT}


@dataclass(frozen=True, slots=True)
class Poster:
    """A picture, or the seed of the drawing that stands in for one."""

    seed: str
    image_url: str = ""


@dataclass(frozen=True, slots=True)
class Timer:
    """How long the buyer's places are kept, and what can be done about it."""

    expires_at: datetime | None
    seconds_left: int
    extensions_left: int
    extend_url: str
    next_url: str = ""
    # Asks for the same places once more.
    again_url: str = ""

    @property
    def clock(self) -> str:
        return f"{self.seconds_left // 60}:{self.seconds_left % 60:02d}"

    @property
    def minutes(self) -> int:
        return max(1, round(self.seconds_left / 60))


@dataclass(frozen=True, slots=True)
class CartBadge:
    """The cart in the page's head."""

    count: int
    url: str

    @property
    def label(self) -> str:
        return ngettext("Cart, %(n)s ticket", "Cart, %(n)s tickets", self.count) % {"n": self.count}


@dataclass(frozen=True, slots=True)
class PerformanceHead:
    """What heads every page about one performance."""

    public_id: str
    title: str
    event_url: str
    seats_url: str
    when: When
    venue: str
    poster: Poster


@dataclass(frozen=True, slots=True)
class TierPrice:
    name: str
    price: Money
    description: str = ""


@dataclass(frozen=True, slots=True)
class ZoneLegend:
    """One price zone: a letter that is also its colour, a name, its prices (fees included)."""

    index: int
    name: str
    tiers: Sequence[TierPrice]
    # What programs call it.
    key: str = ""

    @property
    def letter(self) -> str:
        return ZONE_LETTERS[self.index % len(ZONE_LETTERS)]

    @property
    def price(self) -> Money:
        return self.tiers[0].price


@dataclass(frozen=True, slots=True)
class PriceLine:
    label: Text
    amount: Money
    note: Text = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What it costs, all in. Lines are what the total is made of."""

    lines: Sequence[PriceLine]
    total: Money
    # Contained in the total; shown as a note.
    included: Sequence[PriceLine] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class FormField:
    name: str
    label: Text
    value: str = ""
    type: str = "text"
    autocomplete: str = ""
    hint: Text = ""
    error: Text = ""
    inputmode: str = ""
    max_length: int = 200

    @property
    def described_by(self) -> str:
        parts = [f"{self.name}-hint"] if self.hint else []
        if self.error:
            parts.append(f"{self.name}-error")
        return " ".join(parts)


def email_field(value: str, error: Text = "", hint: Text = "") -> FormField:
    """Return the field for a mail address."""
    return FormField(
        name="email",
        label=gettext_lazy("Mail address"),
        value=value,
        type="email",
        inputmode="email",
        autocomplete="email",
        hint=hint,
        error=error,
        max_length=EMAIL_MAX,
    )
