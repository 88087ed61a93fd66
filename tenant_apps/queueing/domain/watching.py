"""From what happened to holds to signs of hoarding and sniping. Pure: no clock, no Valkey."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush

from tenant_apps.queueing.domain.rules import SNIPE_MS, Kind

# So much later than it happened a thing may be told: a door sends its notes within a second, and a
# checkout keeps its holds for up to a minute more without a word, and says at its end that it sold.
LATE_MS = 90_000

Who = tuple[Kind, str]
# A hold's id is chosen by whoever holds: only together with its performance it names one hold.
HoldKey = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Held:
    """A hold was made, changed or extended: it has these places until then, in milliseconds.

    `who` has the session first, then what else is known of the buyer; all of it hashed.
    """

    at_ms: int
    performance_id: int
    hold_id: str
    who: tuple[Who, ...]
    until_ms: int
    places: tuple[int, ...]

    @property
    def key(self) -> HoldKey:
        return self.performance_id, self.hold_id


@dataclass(frozen=True, slots=True)
class Released:
    """A buyer has given a hold back."""

    at_ms: int
    key: HoldKey


@dataclass(frozen=True, slots=True)
class Ordered:
    """Holds have become an order: from then on the order is what keeps the places."""

    at_ms: int
    keys: tuple[HoldKey, ...]


@dataclass(frozen=True, slots=True)
class Paid:
    """An order was paid."""

    at_ms: int
    who: tuple[Who, ...]


@dataclass(frozen=True, slots=True)
class Unpaid:
    """An order ended without money: its places were kept for nothing."""

    at_ms: int
    who: tuple[Who, ...]


Happening = Held | Released | Ordered | Paid | Unpaid


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A hold as the newest note, of `told_ms`, has told of it."""

    since_ms: int
    told_ms: int
    until_ms: int
    who: tuple[Who, ...]
    places: tuple[int, ...]
    # Its time is over and its places are back, and there may still come a word of an order.
    is_over: bool = False

    @property
    def due_ms(self) -> int:
        return self.until_ms + LATE_MS * self.is_over


@dataclass(slots=True)
class Book:
    """What is known of a tenant's holds: changed by `read`, and then kept for the next time.

    What was told until `lost_ms` is not whole: no hold from before counts as lapsed, for it may
    have been ordered or given back.

    `closed` has when holds became orders or were given back: a word from before then that comes
    late opens none, and whoever uses the same id later has a new hold. `freed` has when a place
    came back, and from which session.
    """

    lost_ms: int = -1
    holds: dict[HoldKey, OpenHold] = field(default_factory=dict)
    closed: dict[HoldKey, int] = field(default_factory=dict)
    freed: dict[tuple[int, int], tuple[int, str]] = field(default_factory=dict)
    lapsed: Counter[Who] = field(default_factory=Counter)
    sniped: Counter[Who] = field(default_factory=Counter)
    bought: Counter[Who] = field(default_factory=Counter)
    ended: set[HoldKey] = field(default_factory=set)
    newly_closed: set[HoldKey] = field(default_factory=set)
    _due: list[tuple[int, HoldKey]] = field(default_factory=list)

    def read(self, happenings: Iterable[Happening], *, now_ms: int) -> None:
        """Take in what happened, oldest first, and what has run out by then.

        `now_ms` is the moment up to which everything was told, give or take `LATE_MS`.
        """
        self._due = [(hold.due_ms, key) for key, hold in self.holds.items()]
        heapify(self._due)
        for happening in sorted(happenings, key=lambda each: each.at_ms):
            self._run_out(happening.at_ms)
            match happening:
                case Held():
                    self._hold(happening)
                case Released(at_ms, key):
                    self._close(key, at_ms)
                    self._end(key, at_ms)
                case Ordered(at_ms, keys):
                    for key in keys:
                        self._close(key, at_ms)
                        self._drop(key)
                case Paid(_, who):
                    self.bought.update(who)
                case Unpaid(_, who):
                    self.lapsed.update(who)
        self._run_out(now_ms)

    def _run_out(self, now_ms: int) -> None:
        while self._due and self._due[0][0] <= now_ms:
            due_ms, key = heappop(self._due)
            hold = self.holds.get(key)
            # One that was given more time since stands here twice.
            if hold is None or hold.due_ms != due_ms:
                continue
            if hold.is_over:
                self._drop(key)
                self._count_lapsed(hold)
            else:
                self._free(key[0], hold.places, hold.until_ms, hold.who[0][1])
                over = self.holds[key] = replace(hold, places=(), is_over=True)
                heappush(self._due, (over.due_ms, key))

    def _hold(self, told: Held) -> None:
        key, session = told.key, told.who[0] if told.who else None
        if session is None or told.at_ms <= self.closed.get(key, -1):
            return
        before = self.holds.get(key)
        if before is not None and before.is_over and told.at_ms >= before.until_ms:
            self._count_lapsed(before)
            before = None
        if before is not None and before.who[0] != session:
            # Somebody else has the id now, so that hold has ended, and nobody has said how.
            before = None
        if before is not None and told.at_ms < before.told_ms:
            return
        had = before.places if before else ()
        self._free(told.performance_id, set(had) - set(told.places), told.at_ms, session[1])
        if self._is_snipe(told, set(told.places) - set(had), session[1]):
            self.sniped.update(told.who)
        self.ended.discard(key)
        self.holds[key] = OpenHold(
            before.since_ms if before else told.at_ms,
            told.at_ms,
            told.until_ms,
            told.who,
            told.places,
        )
        heappush(self._due, (told.until_ms, key))

    def _is_snipe(self, told: Held, places: Iterable[int], session: str) -> bool:
        for place in places:
            at_ms, giver = self.freed.pop((told.performance_id, place), (0, session))
            # Who takes back what was their own a moment ago has changed their mind.
            if giver != session and 0 <= told.at_ms - at_ms <= SNIPE_MS:
                return True
        return False

    def _end(self, key: HoldKey, at_ms: int) -> None:
        hold = self._drop(key)
        if hold is None:
            return
        self._free(key[0], hold.places, at_ms, hold.who[0][1])
        # Looking at seats and giving them back soon harms nobody.
        if 2 * (at_ms - hold.since_ms) >= hold.until_ms - hold.since_ms:
            self._count_lapsed(hold)

    def _count_lapsed(self, hold: OpenHold) -> None:
        if hold.since_ms > self.lost_ms:
            self.lapsed.update(hold.who)

    def _close(self, key: HoldKey, at_ms: int) -> None:
        if at_ms > self.closed.get(key, -1):
            self.closed[key] = at_ms
            self.newly_closed.add(key)

    def _drop(self, key: HoldKey) -> OpenHold | None:
        hold = self.holds.pop(key, None)
        if hold is not None:
            self.ended.add(key)
        return hold

    def _free(self, performance_id: int, places: Iterable[int], at_ms: int, session: str) -> None:
        for place in places:
            self.freed[performance_id, place] = (at_ms, session)


def counted(book: Book) -> dict[Who, tuple[int, int, int]]:
    """Return (lapsed, sniped, bought) that the book has newly counted, by whom."""
    whom: Sequence[Who] = [*{**book.lapsed, **book.sniped, **book.bought}]
    return {who: (book.lapsed[who], book.sniped[who], book.bought[who]) for who in whom}
