"""Holds, claims and the states of a place: the words and the refusals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from kernel import errors
from tenant_apps.events.domain import NO_RULES, SeatRules

# A hold that is about to be sold must outlast the transaction that sells it.
CHECKOUT_MARGIN_MS = 60_000
# One script call carries at most so many claims: Lua's stack ends at 8,000 values.
CLAIMS_PER_CALL = 1_000
# Far above any rule of a performance; keeps one request from blocking the server.
MOST_PLACES_PER_REQUEST = 100
# How long after a performance Valkey still knows it; and at least, after it was looked at.
REMEMBERED = timedelta(days=1)

HOLD_ID = re.compile(r"hld_[0-9a-zA-Z]{16,40}")
SESSION = re.compile(r"[0-9a-zA-Z_-]{8,64}")


class PlaceState(IntEnum):
    """What a buyer may know of a place; the bytes of a snapshot."""

    FREE = 0
    HELD = 1
    SOLD = 2
    BLOCKED = 3
    NOT_ON_SALE = 4


class ClaimKind(StrEnum):
    ALLOCATION = "allocation"
    BLOCK = "block"


# What a live claim looks like from outside.
STATE_OF_CLAIM: dict[ClaimKind, PlaceState] = {
    ClaimKind.ALLOCATION: PlaceState.SOLD,
    ClaimKind.BLOCK: PlaceState.BLOCKED,
}


# The task that brings claims into Valkey. Whoever has claimed does its part directly.
SETTLER = "inventory.settle_claims"


@dataclass(frozen=True, slots=True)
class Scope:
    """One performance of one tenant: what shares a hash slot in Valkey."""

    schema_name: str
    performance_id: int

    def __str__(self) -> str:
        return f"{self.schema_name}:{self.performance_id}"


@dataclass(frozen=True, slots=True)
class Hold:
    """Places reserved for minutes. Ordinals ascend."""

    hold_id: str
    places: tuple[int, ...]
    expires_at: datetime
    seconds_left: int
    extensions_left: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every place's state at one moment, and where the feed goes on from there."""

    epoch: str
    feed_id: str
    places: bytes

    @property
    def position(self) -> str:
        return f"{self.epoch}-{self.feed_id}"


@dataclass(frozen=True, slots=True)
class ClaimedPlace:
    """A place and the claim on it. The claim's id is its fence in Valkey."""

    ordinal: int
    claim_id: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """What an order was given, and the fact that Valkey has to hear of it."""

    places: list[ClaimedPlace]
    fact_id: int


@dataclass(frozen=True, slots=True)
class Sale:
    """The window, limits and rules of a performance, as the scripts enforce them."""

    on_sale: bool
    opens_ms: int
    closes_ms: int
    hold_ms: int
    extensions: int
    per_hold: int
    per_session: int
    # When Valkey may forget the performance, in milliseconds since 1970.
    forget_ms: int
    rules: SeatRules = NO_RULES

    def fields(self) -> dict[str, int | str]:
        return {
            "on_sale": int(self.on_sale),
            "opens": self.opens_ms,
            "closes": self.closes_ms,
            "hold_ms": self.hold_ms,
            "extensions": self.extensions,
            "per_hold": self.per_hold,
            "per_session": self.per_session,
            "forget": self.forget_ms,
            "single": str(self.rules.single_seats),
            "companions": int(self.rules.companions_with_wheelchair),
            "tables": int(self.rules.tables_whole),
            "least": self.rules.least_together,
        }


class SeatsTaken(errors.Conflict):
    code = "seats_taken"
    message = "Someone else has one or more of these places."


class FewPlacesLeft(errors.Conflict):
    code = "few_places_left"
    message = "There are not so many places left here."


class PlaceUnknown(errors.Invalid):
    code = "place_unknown"
    message = "This plan has no such place."


class AreaUnknown(errors.Invalid):
    code = "area_unknown"
    message = "This plan has no such area."


class BadRequest(errors.Invalid):
    code = "bad_hold_request"
    message = "This is not a request for places."


class TooManyPlaces(errors.Conflict):
    code = "too_many_places"
    message = "That is more places than one buyer may have at a time."


class SingleSeatLeft(errors.Conflict):
    """`places` are the seats that would be left: take them too, or move along."""

    code = "single_seat_left"
    message = "This would leave a single seat that hardly anyone can use."


class CompanionAlone(errors.Conflict):
    """`places` are the companion seats that lack a wheelchair space beside them."""

    code = "companion_alone"
    message = "A companion seat goes with the wheelchair space beside it."


class TableSoldWhole(errors.Conflict):
    """`places` are the seats that are missing to a whole table."""

    code = "table_sold_whole"
    message = "This table is sold as a whole."


class TooFewTogether(errors.Conflict):
    """`places` are the seats that stand too few together, `least` how many there must be."""

    code = "too_few_together"
    message = "Here seats are sold side by side, and not so few."


class NotOnSale(errors.Conflict):
    code = "not_on_sale"
    message = "This performance is not on sale."


class SaleNotOpen(errors.Conflict):
    code = "sale_not_open"
    message = "The sale has not opened yet."


class SaleClosed(errors.Gone):
    code = "sale_closed"
    message = "The sale is over."


class NoSuchHold(errors.Missing):
    code = "no_such_hold"
    message = "There is no such reservation, or it is somebody else's."


class HoldLapsed(errors.Gone):
    code = "hold_lapsed"
    message = "The time for this reservation is over, and its places are free again."


class NoMoreTime(errors.Conflict):
    code = "no_more_time"
    message = "This reservation has had all the extra time there is."


class HoldIdUsed(errors.Conflict):
    code = "hold_id_used"
    message = "This id belongs to another reservation. Choose a new one."


class Loading(errors.Unavailable):
    code = "availability_loading"
    message = "Availability is being loaded. Try again in a moment."


class HoldsDown(errors.Unavailable):
    code = "holds_unavailable"
    message = "Reservations do not work right now. Try again in a moment."


def ensure_good_hold_id(hold_id: str) -> None:
    """Refuse with BadRequest what cannot be a hold's id."""
    if not isinstance(hold_id, str) or not HOLD_ID.fullmatch(hold_id):
        raise BadRequest(field="hold", expected="hld_ and 16 to 40 letters and digits")


def ordered(ordinals: object, *, field: str, least: int = 1) -> tuple[int, ...]:
    """Return the ordinals ascending and once each. Refuses with BadRequest."""
    if not isinstance(ordinals, list | tuple):
        raise BadRequest(field=field, expected="a list of place numbers")
    if not least <= len(ordinals) <= MOST_PLACES_PER_REQUEST:
        raise BadRequest(
            field=field, expected=f"{least} to {MOST_PLACES_PER_REQUEST} place numbers"
        )
    for ordinal in ordinals:
        # A bool is an int to Python, and no place.
        if type(ordinal) is not int or not 0 <= ordinal < 2**31:
            raise BadRequest(field=field, expected="whole numbers from 0", value=str(ordinal)[:40])
    return tuple(sorted(set(ordinals)))
