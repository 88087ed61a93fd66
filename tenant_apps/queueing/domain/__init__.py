"""The waiting room in front of a sale: its words, bounds and refusals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel import errors

PER_MINUTE_LEAST, PER_MINUTE_MOST = 1, 60_000
INSIDE_LEAST, INSIDE_MOST = 1, 100_000
LEASE_LEAST_S, LEASE_MOST_S = 60, 3_600
# More than any stadium has; each costs Valkey some 250 bytes.
MOST_WAITING = 1_000_000
# So many are shuffled at a call, so that nobody else waits for Valkey meanwhile.
SHUFFLED_AT_ONCE = 500
# Who has fewer people ahead is looked after at once.
NEAR = 20


class Mode(StrEnum):
    """When there is a room."""

    OFF = "off"
    # By hand: from now on, before the sale too.
    ON = "on"
    # By time: from a moment before the sale on.
    TIME = "time"
    # By load: once the sale is open; nobody stops there until the house is busy.
    LOAD = "load"


class State(StrEnum):
    BEFORE = "before"
    WAITING = "waiting"
    ADMITTED = "admitted"


@dataclass(frozen=True, slots=True)
class RoomDraft:
    """How an organizer wants the room. `waits_from` belongs to the mode "time" alone."""

    mode: Mode
    waits_from: datetime | None = None
    per_minute: int = 600
    most_inside: int = 500
    lease_seconds: int = 600


@dataclass(frozen=True, slots=True)
class Rules:
    """A room as the scripts are told of it. Moments are milliseconds since 1970."""

    schema_name: str
    performance_id: int
    round: int
    mode: Mode
    from_ms: int
    opens_ms: int
    until_ms: int
    forget_ms: int
    # Empty until the sale opens.
    seed: str
    per_minute: int
    most_inside: int
    lease_ms: int

    def is_on(self, now_ms: int) -> bool:
        """Whether buyers have to wait at this moment."""
        return self.mode is not Mode.OFF and self.from_ms <= now_ms < self.until_ms

    def is_due(self, now_ms: int) -> bool:
        """Whether the sale has opened and nobody has been shuffled yet."""
        return not self.seed and now_ms >= self.opens_ms


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands. `ahead` is None before the opening: nobody has been drawn yet.

    `number` is the microsecond of joining, since 2020. `per_minute` is what was measured of late,
    None while too little was seen.
    """

    state: State
    number: int
    ahead: int | None
    waiting: int
    lease_until_ms: int = 0
    per_minute: int | None = None

    @property
    def position(self) -> int | None:
        return None if self.ahead is None else self.ahead + 1

    @property
    def is_near(self) -> bool:
        """Whether this one may be let in with the next step: in front, or not drawn yet."""
        return self.state is not State.ADMITTED and (self.ahead is None or self.ahead < NEAR)

    @property
    def estimate_s(self) -> int | None:
        """Seconds to wait at the pace of the last half minute; None where nobody can know."""
        if self.state is State.ADMITTED:
            return 0
        if self.ahead is None or not self.per_minute:
            return None
        return math.ceil((self.ahead + 1) * 60 / self.per_minute)


class NotAdmitted(errors.NotAllowed):
    code = "not_admitted"
    message = "There is a waiting room in front of this sale. Take a place in it first."


class BadPlace(errors.NotAllowed):
    code = "bad_place"
    message = "This is not a place in this waiting room."


class NoRoom(errors.Missing):
    code = "no_waiting_room"
    message = "There is no waiting room here. Choose your places."


class RoomFull(errors.Unavailable):
    code = "waiting_room_full"
    message = "The waiting room is full. Try again later."


class RoomDown(errors.Unavailable):
    code = "waiting_room_unavailable"
    message = "The waiting room does not answer right now. Try again in a moment."


class RoomOutOfBounds(errors.Invalid):
    code = "out_of_bounds"
    message = "The number is too small or too large."


class WaitsFromWrong(errors.Invalid):
    code = "waits_from_wrong"
    message = "A room by time needs a moment before the sale opens; no other room has one."


def ensure_good_draft(draft: RoomDraft, *, sale_opens_at: datetime) -> None:
    """Refuse with RoomOutOfBounds (`field`, `least`, `most`) or WaitsFromWrong."""
    bounds = (
        ("per_minute", draft.per_minute, PER_MINUTE_LEAST, PER_MINUTE_MOST),
        ("most_inside", draft.most_inside, INSIDE_LEAST, INSIDE_MOST),
        ("lease_seconds", draft.lease_seconds, LEASE_LEAST_S, LEASE_MOST_S),
    )
    for field, value, least, most in bounds:
        if type(value) is not int or not least <= value <= most:
            raise RoomOutOfBounds(field=field, least=least, most=most)
    is_by_time = draft.mode is Mode.TIME
    if is_by_time != (draft.waits_from is not None):
        raise WaitsFromWrong(field="waits_from")
    if draft.waits_from is not None and draft.waits_from >= sale_opens_at:
        raise WaitsFromWrong(field="waits_from", sale_opens_at=sale_opens_at)
