"""Places by their ordinal: what a performance sells, whatever it is on the plan.

Ordinals count from 0: section by section in the document's order, its rows and then its tables,
the seats of each as they are listed, without a gap; then the areas, place by place.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from kernel import errors
from tenant_apps.venues.domain.geometry import Point
from tenant_apps.venues.domain.model import NOTHING, Category

MAX_FOUND = 200


class NoSuchPlace(errors.Missing):
    code = "no_such_place"
    message = "The plan has no such place."


@dataclass(frozen=True, slots=True)
class Place:
    """One seat, or one of an area's places, as people and tickets name it."""

    ordinal: int
    kind: str  # "seat" or "area"
    section: str
    row: str
    label: str
    category: str
    attributes: frozenset[str]
    x: float
    y: float
    line_kind: str = "row"  # what `row` names: "row" or "table"

    @property
    def name(self) -> str:
        """The place in English, such as "Stalls · Row C · Seat 14" or "Standing"."""
        if self.kind == "area":
            return " · ".join(filter(None, (self.section, self.label)))
        line = f"{'Table' if self.line_kind == 'table' else 'Row'} {self.row}"
        return f"{self.section} · {line} · Seat {self.label}"


@dataclass(frozen=True, slots=True)
class LayoutRow:
    """A row or table: its seats from left to right have ordinals without a gap."""

    kind: str  # "row" or "table"
    label: str
    first_ordinal: int
    labels: tuple[str, ...]
    categories: tuple[str, ...]
    attributes: tuple[frozenset[str], ...]
    aisles: tuple[int, ...]  # indexes of seats that have an aisle before them

    @property
    def ordinals(self) -> range:
        return range(self.first_ordinal, self.first_ordinal + len(self.labels))

    def segments(self) -> tuple[range, ...]:
        """Return the ordinals of seats that lie side by side, aisle by aisle."""
        cuts = [0, *self.aisles, len(self.labels)]
        first = self.first_ordinal
        return tuple(range(first + start, first + end) for start, end in pairwise(cuts))


@dataclass(frozen=True, slots=True)
class LayoutArea:
    """A general-admission area: interchangeable places with ordinals without a gap."""

    key: str
    label: str
    section: str  # the section's key, or ""
    floor: str
    category: str
    first_ordinal: int
    capacity: int
    middle: Point

    @property
    def ordinals(self) -> range:
        return range(self.first_ordinal, self.first_ordinal + self.capacity)


@dataclass(frozen=True, slots=True)
class LayoutSection:
    """A section with its rows from front to back, and the areas that belong to it."""

    key: str
    label: str
    floor: str
    rows: tuple[LayoutRow, ...]
    areas: tuple[LayoutArea, ...] = ()

    @property
    def seat_count(self) -> int:
        return sum(len(row.labels) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an ordinal sits: its section, its row and its index in the row."""

    section: LayoutSection
    row: LayoutRow
    index: int


@dataclass(frozen=True, slots=True)
class Layout:
    """All places of a plan version, immutable, found by ordinal or walked section by section."""

    name: str
    categories: tuple[Category, ...]
    sections: tuple[LayoutSection, ...]
    areas: tuple[LayoutArea, ...]
    seat_count: int
    place_count: int
    # Where the best seats look.
    focal_point: Point
    # int32 hundredths of a plan unit, one per seat.
    xs: memoryview = field(repr=False, compare=False)
    ys: memoryview = field(repr=False, compare=False)
    # For each row the first ordinal, and which section's which row it is.
    row_starts: tuple[int, ...] = field(repr=False, compare=False)
    row_spots: tuple[tuple[int, int], ...] = field(repr=False, compare=False)

    def spot(self, ordinal: int) -> Spot | None:
        """Return the seat's row and index; None for a place of an area. Refuses NoSuchPlace."""
        if not 0 <= ordinal < self.place_count:
            raise NoSuchPlace(ordinal=ordinal)
        if ordinal >= self.seat_count:
            return None
        section_index, row_index = self.row_spots[bisect_right(self.row_starts, ordinal) - 1]
        section = self.sections[section_index]
        row = section.rows[row_index]
        return Spot(section, row, ordinal - row.first_ordinal)

    def area_of(self, ordinal: int) -> LayoutArea | None:
        """Return the area that the ordinal belongs to; None for a seat. Refuses NoSuchPlace."""
        if self.spot(ordinal) is not None:
            return None
        return next(area for area in self.areas if ordinal in area.ordinals)

    def place(self, ordinal: int) -> Place:
        """Return the place with this ordinal. Refuses with NoSuchPlace."""
        spot = self.spot(ordinal)
        if spot is None:
            return self._area_place(ordinal)
        row, index = spot.row, spot.index
        return Place(
            ordinal, "seat", spot.section.label, row.label, row.labels[index],
            row.categories[index], row.attributes[index],
            self.xs[ordinal] / 100, self.ys[ordinal] / 100, row.kind,
        )  # fmt: skip

    def _area_place(self, ordinal: int) -> Place:
        area = next(area for area in self.areas if ordinal in area.ordinals)
        section = next((s.label for s in self.sections if s.key == area.section), "")
        return Place(
            ordinal, "area", section, "", area.label, area.category, NOTHING,
            area.middle.x, area.middle.y,
        )  # fmt: skip

    def places(self, ordinals: Iterable[int]) -> dict[int, Place]:
        """Return the places of these ordinals. Refuses with NoSuchPlace."""
        return {ordinal: self.place(ordinal) for ordinal in ordinals}

    def neighbours(self, ordinal: int) -> tuple[int | None, int | None]:
        """Return the seats directly left and right: none over an aisle, none in an area.

        Around a table the last seat sits beside the first.
        """
        spot = self.spot(ordinal)
        if spot is None:
            return None, None
        row, index = spot.row, spot.index
        count = len(row.labels)
        if row.kind == "table":
            if count == 1:
                return None, None
            first = row.first_ordinal
            return first + (index - 1) % count, first + (index + 1) % count
        left = ordinal - 1 if index and index not in row.aisles else None
        right = ordinal + 1 if index + 1 < count and index + 1 not in row.aisles else None
        return left, right

    def segment(self, ordinal: int) -> range:
        """Return the ordinals side by side with this seat, up to the aisles; empty in an area."""
        spot = self.spot(ordinal)
        if spot is None:
            return range(0)
        return next(part for part in spot.row.segments() if ordinal in part)

    def walk(self) -> Iterator[tuple[LayoutSection, LayoutRow]]:
        """Walk the rows in the order of the ordinals."""
        for section in self.sections:
            for row in section.rows:
                yield section, row

    def category_indexes(self) -> tuple[list[str], bytes]:
        """Return the category keys, and for each ordinal the index of its key (one byte)."""
        keys = [category.key for category in self.categories]
        index_of = {key: index for index, key in enumerate(keys)}
        parts = [bytes(map(index_of.__getitem__, row.categories)) for _, row in self.walk()]
        parts += [bytes([index_of[area.category]]) * area.capacity for area in self.areas]
        return keys, b"".join(parts)

    def search(
        self,
        *,
        text: str = "",
        section: str = "",
        row: str = "",
        seat: str = "",
        category: str = "",
        attribute: str = "",
        limit: int = 50,
    ) -> list[Place]:
        """Return places in the order of ordinals that match everything given, at most `limit`.

        Section (label or key), row and seat match whole labels whatever their case; `text` is
        words such as "stalls c 14": each must be the beginning of the section's, the row's or the
        seat's label, each word for another part. Areas match by label and show their first place.
        """
        wanted = _Wanted(section.casefold(), row.casefold(), seat.casefold(), category, attribute)
        words = text.casefold().split()
        limit = max(0, min(limit, MAX_FOUND))
        found: list[Place] = []
        for ordinal in self._candidates(wanted, words):
            if len(found) == limit:
                break
            found.append(self.place(ordinal))
        return found

    def _candidates(self, wanted: _Wanted, words: list[str]) -> Iterator[int]:
        for part in self.sections:
            if wanted.section and wanted.section not in {
                part.label.casefold(),
                part.key.casefold(),
            }:
                continue
            for line in part.rows:
                if not wanted.row or wanted.row == line.label.casefold():
                    yield from _seats_like(part, line, wanted, words)
        if wanted.row or wanted.seat or wanted.attribute:
            return
        for area in self.areas:
            if wanted.category in {"", area.category} and wanted.section in {"", area.section}:
                label = f"{area.section} {area.label}".casefold()
                if all(word in label for word in words) and area.capacity:
                    yield area.first_ordinal


@dataclass(frozen=True, slots=True)
class _Wanted:
    section: str
    row: str
    seat: str
    category: str
    attribute: str


def _seats_like(
    section: LayoutSection, row: LayoutRow, wanted: _Wanted, words: list[str]
) -> Iterator[int]:
    left = _left_over(section.label, words)
    for index, label in enumerate(row.labels):
        if wanted.seat and wanted.seat != label.casefold():
            continue
        if wanted.category and wanted.category != row.categories[index]:
            continue
        if wanted.attribute and wanted.attribute not in row.attributes[index]:
            continue
        if not left or _names(left, row.label.casefold(), label.casefold()):
            yield row.first_ordinal + index


def _left_over(label: str, words: list[str]) -> list[str]:
    # Words that are not the beginning of one of the section's own words.
    own = label.casefold().split()
    return [word for word in words if len(word) < 2 or not any(o.startswith(word) for o in own)]


def _names(words: list[str], row: str, seat: str) -> bool:
    match words:
        case [one]:
            return one in {row, seat, row + seat, f"{row}-{seat}"}
        case [first, second]:
            return first == row and seat.startswith(second)
        case _:
            return False
