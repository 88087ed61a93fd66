"""The best free seats for so many people: side by side if that can be, and near the focal point.

Four ways to sit, each tried only when there is none of the one before:

NEAT      side by side, and no single seat is left beside them
TOGETHER  side by side
ROW       in one row, over taken seats and aisles
NEAR      in near rows of one section

Of one way the seats with the smallest sum of distances to the focal point win. Where the seats are
apart, the way between them counts too, once for each person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from heapq import nsmallest
from itertools import islice

from kernel import errors
from tenant_apps.events.domain import SeatRules, SingleSeats
from tenant_apps.inventory.domain import BadRequest, PlaceState
from tenant_apps.inventory.domain.together import go_together
from tenant_apps.venues.domain import NEEDS, Mark, Ranking

MOST_SEATS = 10
# NEAR looks around so many open seats, the nearest ones, and takes the best of those.
CENTRES = 32
# So few are sorted anew; among more, a walk from the nearest on finds open ones soon.
FEW_OPEN = 5_000
# Where the rules refuse so many choices that looked good, there is hardly one that they allow.
MOST_REFUSED = 500

# What a seat is to the search: 0 open, 1 free but not wished for, 2 or 3 not free.
OPEN = b"\0"
_TAKEN = 2
_TABLE = bytes(0 if state == PlaceState.FREE else _TAKEN for state in range(256))
# What the rules about neighbours judge.
_JUDGED = bytes(_TAKEN if marks & Mark.SEAT else 0 for marks in range(256))


class NoneTogether(errors.Conflict):
    code = "none_together"
    message = "There are not so many free seats near each other."


@dataclass(frozen=True, slots=True)
class Wish:
    """What a buyer asks for. "" means any zone, section, attribute; prices in minor units."""

    count: int
    zone: str = ""
    section: str = ""
    price_most: int | None = None
    accessible: bool = False
    # One of `venues.NEEDS` that each seat must have.
    attribute: str = ""


_WISH_TYPES: dict[str, type] = {
    "count": int, "zone": str, "section": str, "price_most": int, "accessible": bool,
    "attribute": str,
}  # fmt: skip


def wish_of(fields: Mapping[str, object]) -> Wish:
    """Return a wish that came from outside. Refuses with BadRequest."""
    for name, value in fields.items():
        # A bool is an int to Python, and no number.
        if type(value) is not _WISH_TYPES[name]:
            raise BadRequest(field=name, expected=_WISH_TYPES[name].__name__)
    wish = Wish(**{"count": 0, **fields})  # type: ignore[arg-type]
    ensure_good_wish(wish)
    return wish


def ensure_good_wish(wish: Wish) -> None:
    """Refuse with BadRequest a number of seats, a price or a need that cannot be meant."""
    if not 1 <= wish.count <= MOST_SEATS:
        raise BadRequest(field="count", expected=f"a whole number from 1 to {MOST_SEATS}")
    if wish.price_most is not None and wish.price_most < 0:
        raise BadRequest(field="price_most", expected="minor units, from 0")
    if wish.attribute not in {"", *NEEDS}:
        raise BadRequest(field="attribute", expected=", ".join(NEEDS))


class Closeness(StrEnum):
    NEAT = "neat"
    TOGETHER = "together"
    ROW = "row"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class Found:
    """Seats, ascending, and how they lie."""

    places: tuple[int, ...]
    closeness: Closeness
    cost: int


@dataclass(frozen=True, slots=True)
class House:
    """What is searched: the plan's ranking and marks, a state for each place, the sale's rules."""

    ranking: Ranking
    seating: bytes
    states: bytes
    rules: SeatRules


def find_best(house: House, count: int, *, shut: bytes, with_wheelchair: bool) -> Found | None:
    """Return the best so many seats, if there are any.

    `shut` has a 1 for each place that is not wished for, else 0. With a wheelchair one of the seats
    must be a space for it.
    """
    search = _Search(house, count, shut, with_wheelchair)
    if search.open_count < count:
        return None
    for closeness, candidates in search.ways():
        found = search.best_of(candidates)
        if found is not None:
            cost, places = found
            return Found(places, closeness, cost)
    return None


def shut_places(*masks: bytes) -> bytes:
    """Return a 1 for each place that one of the masks shuts."""
    return _either(*masks)


def accessible_mask(seating: bytes, *, wanted: bool) -> bytes:
    """Shut all but wheelchair spaces and their companion seats, or just those."""
    bits = Mark.WHEELCHAIR | Mark.COMPANION
    return seating.translate(bytes(bool(marks & bits) is not wanted for marks in range(256)))


Candidates = Iterator[tuple[int, int, Callable[[], tuple[int, ...]]]]


class _Search:
    """One search. A candidate is: what it and all after it cost at least, its cost, its places."""

    def __init__(self, house: House, count: int, shut: bytes, with_wheelchair: bool) -> None:
        self._house = house
        self._ranking = house.ranking
        self._count = count
        self._with_wheelchair = with_wheelchair
        self._open = _either(house.states.translate(_TABLE), shut)[: len(house.ranking.distances)]
        self.open_count = self._open.count(OPEN)

    def ways(self) -> Iterator[tuple[Closeness, Candidates]]:
        line = self._ranking.laid_out(self._open)
        # Where there are none side by side, looking for the best of them would take longest.
        if OPEN * self._count in line:
            yield Closeness.NEAT, self._runs(line, _neat(self._count))
            yield (
                Closeness.TOGETHER,
                self._runs(self._where_one_may_stay(line), _together(self._count)),
            )
        if self._count > 1:
            yield Closeness.ROW, self._in_a_row()
            yield Closeness.NEAR, self._in_near_rows()

    def best_of(self, candidates: Candidates) -> tuple[int, tuple[int, ...]] | None:
        """Return the cheapest that the rules allow, with its cost."""
        best: tuple[int, tuple[int, ...]] | None = None
        refused = 0
        for least, cost, places_of in candidates:
            if (best is not None and least >= best[0]) or refused == MOST_REFUSED:
                break
            if best is not None and cost >= best[0]:
                continue
            places = places_of()
            if self._is_allowed(places):
                best = cost, places
            else:
                refused += 1
        return best

    def _is_allowed(self, places: Sequence[int]) -> bool:
        seating, states = self._house.seating, self._house.states
        if self._with_wheelchair and not any(seating[o] & Mark.WHEELCHAIR for o in places):
            return False
        return go_together(
            seating, lambda o: states[o] == PlaceState.FREE, places, self._house.rules
        )

    def _where_one_may_stay(self, line: bytes) -> bytes:
        """Return the line where one may be left alone: strictly, beside no seat of a row."""
        if self._house.rules.single_seats != SingleSeats.STRICT:
            return line
        judged = self._house.seating.translate(_JUDGED)[: len(self._open)]
        return self._ranking.laid_out(_either(self._open, judged))

    def _runs(self, line: bytes, pattern: re.Pattern[bytes]) -> Candidates:
        count, ranking = self._count, self._ranking
        nearest, sums, ordinals = ranking.nearest, ranking.sums, ranking.ordinals
        for match in pattern.finditer(line):
            at = match.start()
            yield (
                count * nearest[at],
                sums[at + count] - sums[at],
                lambda at=at: tuple(ordinals[at : at + count]),  # type: ignore[misc]
            )

    def _in_a_row(self) -> Candidates:
        for row in self._ranking.rows:
            for places in _windows(self._open_of(row.ordinals), self._count):
                spread = self._ranking.way(places[0], places[-1])
                yield (
                    self._count * row.nearest,
                    self._cost(places, spread),
                    lambda places=places: places,  # type: ignore[misc]
                )

    def _in_near_rows(self) -> Candidates:
        ranking = self._ranking
        for centre in self._centres():
            around = [
                (ranking.way(centre, ordinal), ordinal)
                for ordinal in self._open_of(ranking.section_of(centre))
            ]
            if len(around) < self._count:
                continue
            around = sorted(around)[: self._count]
            places = tuple(sorted(ordinal for _, ordinal in around))
            yield (
                # Nobody is nearer than the centre by more than the way to the furthest of them;
                # each way is rounded.
                self._count * (ranking.distances[centre] - 2),
                self._cost(places, around[-1][0]),
                lambda places=places: places,  # type: ignore[misc]
            )

    def _centres(self) -> Iterable[int]:
        """Return the open seats nearest to the focal point."""
        seats, distances = self._open, self._ranking.distances
        if self.open_count > FEW_OPEN:
            by_distance = self._ranking.by_distance
            return islice((ordinal for ordinal in by_distance if not seats[ordinal]), CENTRES)
        found = [match.start() for match in re.finditer(OPEN, seats)]
        return nsmallest(CENTRES, found, key=distances.__getitem__)

    def _cost(self, places: Sequence[int], way: int) -> int:
        return sum(map(self._ranking.distances.__getitem__, places)) + self._count * way

    def _open_of(self, ordinals: range) -> list[int]:
        seats = self._open
        if seats.count(OPEN, ordinals.start, ordinals.stop) < self._count:
            return []
        return [ordinal for ordinal in ordinals if not seats[ordinal]]


def _windows(ordinals: Sequence[int], count: int) -> Iterator[tuple[int, ...]]:
    for start in range(len(ordinals) - count + 1):
        yield tuple(ordinals[start : start + count])


@lru_cache(maxsize=MOST_SEATS)
def _neat(count: int) -> re.Pattern[bytes]:
    """Find starts of open seats side by side, with none or two free ones on either side.

    It begins with the one byte that an open seat is, so that what is taken is skipped quickly.
    """
    left = rb"\0(?:(?<=[^\0\1]\0)|(?<=[\0\1][\0\1]\0))"
    return re.compile(left + rb"(?=\0{%d}(?:[^\0\1]|[\0\1][\0\1]))" % (count - 1), re.DOTALL)


@lru_cache(maxsize=MOST_SEATS)
def _together(count: int) -> re.Pattern[bytes]:
    return re.compile(rb"\0(?=\0{%d})" % (count - 1))


def _either(*masks: bytes) -> bytes:
    """Return all bits of byte strings of one length; empty ones have none."""
    given = [mask for mask in masks if mask]
    if len(given) < 2:
        return given[0] if given else b""
    numbers = [int.from_bytes(mask, "little") for mask in given]
    together = 0
    for number in numbers:
        together |= number
    return together.to_bytes(len(given[0]), "little")
