"""Choosing places: sections first, then the rows of one of them; areas by count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy

from kernel.money import Money
from tenant_apps.inventory.domain.best import MOST_SEATS
from tenant_apps.storefront.pages.parts import PerformanceHead, Text, Timer, ZoneLegend
from tenant_apps.storefront.pages.sights import SightView
from tenant_apps.venues.domain import NEEDS


class SeatState(StrEnum):
    """What a buyer can do with a place."""

    FREE = "free"
    MINE = "mine"
    TAKEN = "taken"
    CLOSED = "closed"


STATE_WORDS: dict[SeatState, Text] = {
    SeatState.FREE: gettext_lazy("available"),
    SeatState.MINE: gettext_lazy("yours"),
    SeatState.TAKEN: gettext_lazy("taken"),
    SeatState.CLOSED: gettext_lazy("not on sale"),
}

ATTRIBUTE_WORDS: dict[str, tuple[Text, str]] = {
    "wheelchair": (gettext_lazy("wheelchair space"), "wheelchair"),
    "companion": (gettext_lazy("companion seat"), "companion"),
    "restricted_view": (gettext_lazy("restricted view"), "eye-off"),
    "semi_ambulatory": (gettext_lazy("for people who walk with difficulty"), ""),
    "step_free": (gettext_lazy("step-free access"), ""),
    "hearing_loop": (gettext_lazy("hearing loop"), ""),
    "sign_language": (gettext_lazy("good view of the sign language"), ""),
    "captioning": (gettext_lazy("good view of the captions"), ""),
    "no_view": (gettext_lazy("no view of the stage"), "eye-off"),
    "standing": (gettext_lazy("standing"), ""),
    "plus_size": (gettext_lazy("wide seat"), ""),
    "lift_up_armrest": (gettext_lazy("armrest lifts up"), ""),
    "power_outlet": (gettext_lazy("power outlet"), ""),
    "aisle": (gettext_lazy("on the aisle"), ""),
}


WHEELCHAIR_NEED = "wheelchair"
# What somebody may need of a seat, by how it stands in the address; in the order of the choice.
NEED_WORDS: dict[str, Text] = {
    WHEELCHAIR_NEED: gettext_lazy("Wheelchair and companion places"),
    **{name: ATTRIBUTE_WORDS[name][0] for name in NEEDS},
}
MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class SeatView:
    ordinal: int
    label: str
    row: str
    zone: ZoneLegend | None
    state: SeatState
    attributes: Sequence[str] = ()
    aisle_before: bool = False
    # The buyer asked for other places; this one stays where it is and cannot be chosen.
    filtered_out: bool = False
    at_table: bool = False
    notes: Sequence[str] = ()

    @property
    def mark(self) -> str:
        """The one sign that fits on a seat; the rest is in its name."""
        signs = (sign for key, (_, sign) in ATTRIBUTE_WORDS.items() if key in self.attributes)
        return next(filter(None, signs), "")

    @property
    def is_open(self) -> bool:
        return self.state in {SeatState.FREE, SeatState.MINE} and not self.filtered_out


@dataclass(frozen=True, slots=True)
class RowView:
    label: str
    seats: Sequence[SeatView]
    is_table: bool = False


@dataclass(frozen=True, slots=True)
class SectionCard:
    """One section in the overview: how much is free, at what price."""

    key: str
    label: str
    url: str
    free: int
    total: int
    price_from: Money | None
    price_to: Money | None
    zones: Sequence[ZoneLegend]
    needs: Sequence[str]
    first_ordinal: int
    mine: int = 0

    @property
    def end_ordinal(self) -> int:
        return self.first_ordinal + self.total

    @property
    def has_wheelchair(self) -> bool:
        return WHEELCHAIR_NEED in self.needs


@dataclass(frozen=True, slots=True)
class SectionView:
    """The rows that are shown: a whole section, or some rows of a very large one."""

    key: str
    label: str
    rows: Sequence[RowView]
    sights: Sequence[SightView]
    free: int
    from_row: int = 0
    first_row: str = ""
    last_row: str = ""
    previous_rows_url: str = ""
    next_rows_url: str = ""

    @property
    def has_pictures(self) -> bool:
        return any(sight.picture for sight in self.sights)


@dataclass(frozen=True, slots=True)
class AreaView:
    """General admission: a count, not a seat."""

    key: str
    label: str
    zone: ZoneLegend | None
    free: int
    mine: int
    most: int
    first_ordinal: int
    capacity: int

    @property
    def end_ordinal(self) -> int:
        return self.first_ordinal + self.capacity


@dataclass(frozen=True, slots=True)
class SeatFilter:
    """What the buyer asked to see."""

    # A zone's letter, or the most that a place may cost in minor units; "" for any.
    price: str = ""
    # One of `NEED_WORDS`, or "".
    need: str = ""

    @property
    def is_set(self) -> bool:
        return bool(self.price or self.need)

    @property
    def price_most(self) -> int | None:
        """The most that a place may cost in minor units, where that was asked for."""
        price = self.price
        is_amount = price.isascii() and price.isdecimal() and len(price) <= MOST_DIGITS
        return int(price) if is_amount else None

    @property
    def query(self) -> dict[str, str]:
        """As it stands in an address."""
        return {
            name: value for name, value in (("price", self.price), ("need", self.need)) if value
        }


@dataclass(frozen=True, slots=True)
class MapZone:
    """A zone as the map's script knows it: `categories` are the plan's, `price` is minor units."""

    key: str
    letter: str
    name: str
    categories: Sequence[str]
    price: int


@dataclass(frozen=True, slots=True)
class LiveFeed:
    """What the page's script needs: where the live process listens and what is held already."""

    base_url: str
    plan_url: str
    # Pictures and notes of the plan's parts; "" where there are none.
    sights_url: str
    # A picture under the plan, with %s for its id.
    picture_url: str
    hold_id: str
    ordinals: Sequence[int]
    most: int
    # What the tray adds up, in minor units, all in, by place that is mine.
    prices: Mapping[int, int]
    zones: Sequence[MapZone]
    currency: str
    exponent: int
    # Once for an order that costs something, all in.
    order_fee: int
    # The zones' prices as buyers read them, by minor units: to write one takes a phone long.
    amounts: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class SeatPage:
    head: PerformanceHead
    zones: Sequence[ZoneLegend]
    sections: Sequence[SectionCard]
    section: SectionView | None
    areas: Sequence[AreaView]
    chosen: SeatFilter
    live: LiveFeed
    # With no time left while nothing is held; the page's script starts it.
    timer: Timer
    mine_count: int
    mine_total: Money | None
    form_url: str
    find_url: str
    overview_url: str
    # Where one asks to be told of places.
    alert_url: str
    # What may be needed of a seat and can be had here, by how it stands in the address.
    needs: Mapping[str, Text]
    # Once for an order that costs something, all in.
    order_fee: Money | None = None
    # The areas stand alone: no sections at all.
    standing_only: bool = False
    # Nothing is free, and the buyer has nothing either.
    is_sold_out: bool = False
    # What the sale asks of one's choice, a sentence each.
    rules: Sequence[str] = ()

    @property
    def counts(self) -> range:
        """How many seats together may be asked for."""
        return range(1, min(self.live.most, MOST_SEATS) + 1)

    @property
    def price_limits(self) -> list[Money]:
        """The prices up to which one may look: all but the highest, which leaves out nothing."""
        prices = {zone.price for zone in self.zones}
        return sorted(prices, key=lambda price: price.amount_minor)[:-1]

    @property
    def has_filter(self) -> bool:
        """Whether there is a choice to narrow down."""
        return bool((not self.standing_only and len(self.zones) > 1) or self.needs)

    @property
    def live_data(self) -> dict[str, object]:
        """The live feed's facts, as the page's script reads them."""
        return asdict(self.live)

    @property
    def section_zones(self) -> list[ZoneLegend]:
        """The zones that occur in the rows shown."""
        rows = self.section.rows if self.section else ()
        shown = {seat.zone.index for row in rows for seat in row.seats if seat.zone}
        return [zone for zone in self.zones if zone.index in shown]

    @property
    def previous_section(self) -> SectionCard | None:
        return self._neighbour(-1)

    @property
    def next_section(self) -> SectionCard | None:
        return self._neighbour(1)

    def _neighbour(self, step: int) -> SectionCard | None:
        if self.section is None:
            return None
        keys = [card.key for card in self.sections]
        place = keys.index(self.section.key) + step
        return self.sections[place] if 0 <= place < len(keys) else None
