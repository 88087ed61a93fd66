"""The compact binary form of a plan for browsers; docs/plan-format.md draws it byte by byte.

A head in JSON (names, outlines, what is only drawn), then typed arrays, all little-endian and
aligned, so that a browser lays its own typed arrays over the bytes. Positions and label numbers
are differences from the seat before: rows repeat, so gzip leaves a few bytes a seat.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from struct import Struct
from typing import Any

import orjson

from kernel import errors
from tenant_apps.venues.domain import geometry, model
from tenant_apps.venues.domain.document import to_document
from tenant_apps.venues.domain.geometry import Point
from tenant_apps.venues.domain.places import Layout, LayoutArea, LayoutRow, LayoutSection

MAGIC = b"EFPL"
VERSION = 1
# Magic, version, flags (0), then counts: places, seats, rows, sections, and the head's bytes.
HEADER = Struct("<4sHHIIIII4x")
NO_CATEGORY = 255
# The highest bit of a seat's attributes: an aisle lies between this seat and the one before.
AISLE_BIT = 15
KINDS = ("row", "table")

# What the head repeats from the document as it is.
DRAWN = ("size", "seat_size", "focal_point", "floors", "entrances", "stage", "shapes", "texts")


class NotCompact(errors.Invalid):
    code = "not_a_compact_plan"
    message = "These bytes are not a compact plan of a known version."


def encode_compact(plan: model.Plan) -> bytes:
    """Return the plan's compact form. The plan is one that `check_plan` found right."""
    body = _Body(plan)
    head = orjson.dumps(_head(plan, body), option=orjson.OPT_SORT_KEYS)
    head += b" " * (-len(head) % 4)
    header = HEADER.pack(
        MAGIC, VERSION, 0, plan.place_count, plan.seat_count, len(body.row_first),
        len(plan.sections), len(head),
    )  # fmt: skip
    return b"".join([header, head, *map(_little, body.arrays())])


class _Body:
    """The typed arrays, filled in one walk over the seats."""

    def __init__(self, plan: model.Plan) -> None:
        self.row_labels: list[str] = []
        self.labels: dict[str, int] = {}
        self.row_first, self.xs, self.ys = array("I"), array("i"), array("i")
        self.seat_labels, self.row_sections = array("i"), array("H")
        self.attributes, self.row_kinds, self.categories = array("H"), array("B"), array("B")
        self._category_index = {c.key: index for index, c in enumerate(plan.categories)}
        for index, section in enumerate(plan.sections):
            for line in section.lines:
                self._add(index, section, line)

    def _add(self, section_index: int, section: model.Section, line: model.Line) -> None:
        self.row_labels.append(line.label)
        self.row_first.append(len(self.xs))
        self.row_sections.append(section_index)
        self.row_kinds.append(KINDS.index(line.kind))
        spacing = line.spacing if isinstance(line, model.Row) else float("inf")
        aisles = set(geometry.aisles(line.positions, spacing))
        for index, (seat, (x, y)) in enumerate(zip(line.seats, line.positions, strict=True)):
            self.xs.append(round(x * 100))
            self.ys.append(round(y * 100))
            self.seat_labels.append(self.labels.setdefault(seat.label, len(self.labels)))
            self.attributes.append(_bits(seat.attributes) | (index in aisles) << AISLE_BIT)
            category = model.category_of(section, line, seat)
            self.categories.append(self._category_index.get(category, NO_CATEGORY))

    def arrays(self) -> list[array[int]]:
        """Return the arrays in the order of the format: wide ones first, so that all align."""
        return [
            self.row_first, _differences(self.xs), _differences(self.ys),
            _differences(self.seat_labels), self.row_sections, self.attributes,
            self.row_kinds, self.categories,
        ]  # fmt: skip


def _head(plan: model.Plan, body: _Body) -> dict[str, Any]:
    document = to_document(plan)
    head = {name: document[name] for name in DRAWN if name in document}
    head["name"] = plan.name
    head["categories"] = document["categories"]
    head["attributes"] = list(model.ATTRIBUTES)
    head["sections"] = [
        {k: v for k, v in section.items() if k not in {"rows", "tables", "category"}}
        for section in document.get("sections", ())
    ]
    head["tables"] = [
        {name: table[name] for name in table if name not in {"seats", "sides", "category"}}
        for section in document.get("sections", ())
        for table in section.get("tables", ())
    ]
    head["backgrounds"] = [
        picture for picture in document.get("backgrounds", ()) if picture.get("for_buyers")
    ]
    head["areas"] = _areas(plan, document)
    head["rows"] = body.row_labels
    head["labels"] = list(body.labels)
    return head


def _areas(plan: model.Plan, document: dict[str, Any]) -> list[dict[str, Any]]:
    areas = []
    first = plan.seat_count
    for area, raw in zip(plan.areas, document.get("areas", ()), strict=True):
        areas.append({**raw, "first": first})
        first += area.capacity
    return areas


def _bits(attributes: Iterable[str]) -> int:
    return sum(1 << model.ATTRIBUTES.index(name) for name in attributes)


def _differences(values: array[int]) -> array[int]:
    return array("i", (b - a for a, b in zip([0, *values], values, strict=False)))


def _little(values: array[int]) -> bytes:
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()


@dataclass(frozen=True, slots=True)
class Compact:
    """A decoded compact plan: the head, and the arrays with running sums already taken."""

    place_count: int
    seat_count: int
    head: dict[str, Any]
    row_first: Sequence[int]
    xs: array[int]  # hundredths of a plan unit
    ys: array[int]
    seat_labels: Sequence[int]  # indexes into head["labels"]
    row_sections: Sequence[int]
    attributes: Sequence[int]
    row_kinds: Sequence[int]
    categories: Sequence[int]  # indexes into head["categories"], NO_CATEGORY for none


def decode_compact(content: bytes | memoryview) -> Compact:
    """Return the parts of a compact plan. Refuses with NotCompact."""
    content = bytes(content)
    if len(content) < HEADER.size:
        raise NotCompact(length=len(content))
    magic, version, _, places, seats, rows, _, head_length = HEADER.unpack_from(content)
    if magic != MAGIC or version != VERSION:
        raise NotCompact(version=version)
    offset = HEADER.size + head_length
    parts: list[array[int]] = []
    shapes = [
        ("I", rows),
        *[("i", seats)] * 3,
        ("H", rows),
        ("H", seats),
        ("B", rows),
        ("B", seats),
    ]
    for code, count in shapes:
        values = array(code)
        end = offset + count * values.itemsize
        if end > len(content):
            raise NotCompact(length=len(content))
        values.frombytes(content[offset:end])
        if sys.byteorder == "big":
            values.byteswap()
        parts.append(values)
        offset = end
    row_first, xs, ys, labels, row_sections, attributes, row_kinds, categories = parts
    return Compact(
        places, seats, orjson.loads(content[HEADER.size : HEADER.size + head_length]), row_first,
        array("i", accumulate(xs)), array("i", accumulate(ys)), list(accumulate(labels)),
        row_sections, attributes, row_kinds, categories,
    )  # fmt: skip


def layout_of(compact: Compact) -> Layout:
    """Return the places of a compact plan."""
    head = compact.head
    areas = tuple(map(_layout_area, head["areas"]))
    rows: list[list[LayoutRow]] = [[] for _ in head["sections"]]
    spots: list[tuple[int, int]] = []
    for row, index in zip(_layout_rows(compact), compact.row_sections, strict=True):
        spots.append((index, len(rows[index])))
        rows[index].append(row)
    sections = tuple(
        LayoutSection(
            key=raw["key"],
            label=raw["label"],
            floor=raw.get("floor", ""),
            rows=tuple(own),
            areas=tuple(area for area in areas if area.section == raw["key"]),
        )
        for raw, own in zip(head["sections"], rows, strict=True)
    )
    return Layout(
        name=head["name"],
        categories=tuple(model.Category(**raw) for raw in head["categories"]),
        sections=sections,
        areas=areas,
        seat_count=compact.seat_count,
        place_count=compact.place_count,
        focal_point=_focal_point(head),
        xs=memoryview(compact.xs).toreadonly(),
        ys=memoryview(compact.ys).toreadonly(),
        row_starts=tuple(compact.row_first),
        row_spots=tuple(spots),
    )


def _focal_point(head: dict[str, Any]) -> Point:
    """Return where the best seats look: the stage's middle, or the sheet's top, for want of it."""
    if head.get("focal_point"):
        return Point(*head["focal_point"])
    if head.get("stage"):
        return geometry.middle([Point(*corner) for corner in head["stage"]["polygon"]])
    return Point(head["size"]["width"] / 2, 0.0)


def _layout_rows(compact: Compact) -> Iterator[LayoutRow]:
    labels, row_labels = compact.head["labels"], compact.head["rows"]
    keys = [category["key"] for category in compact.head["categories"]]
    ends = [*compact.row_first, compact.seat_count][1:]
    for index, (first, end) in enumerate(zip(compact.row_first, ends, strict=True)):
        masks = compact.attributes[first:end]
        yield LayoutRow(
            kind=KINDS[compact.row_kinds[index]],
            label=row_labels[index],
            first_ordinal=first,
            labels=tuple(labels[number] for number in compact.seat_labels[first:end]),
            categories=tuple(
                "" if number == NO_CATEGORY else keys[number]
                for number in compact.categories[first:end]
            ),
            attributes=tuple(map(_names, masks)),
            aisles=tuple(place for place, mask in enumerate(masks) if mask >> AISLE_BIT),
        )


@cache
def _names(mask: int) -> frozenset[str]:
    # At most 2^16 masks; each set is shared by all seats that have it.
    return frozenset(name for bit, name in enumerate(model.ATTRIBUTES) if mask >> bit & 1)


def _layout_area(raw: dict[str, Any]) -> LayoutArea:
    return LayoutArea(
        key=raw["key"],
        label=raw["label"],
        section=raw.get("section", ""),
        floor=raw.get("floor", ""),
        category=raw.get("category", ""),
        first_ordinal=raw["first"],
        capacity=raw["capacity"],
        middle=geometry.middle([Point(*corner) for corner in raw["polygon"]]),
    )
