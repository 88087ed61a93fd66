"""Who sits beside whom: a byte of marks for each place, which the rules of a sale judge by.

A stretch is seats side by side: of a row from end to aisle, or around a table. Wheelchair spaces
and the companion seats beside them are a stretch of their own: a place for one person who needs
it is no gap, and nobody else's neighbour. A companion seat with no wheelchair space beside it is
a seat like any other.
"""

from __future__ import annotations

from enum import IntFlag
from itertools import groupby

from tenant_apps.venues.domain.places import Layout, LayoutRow

WHEELCHAIR, COMPANION = "wheelchair", "companion"
ACCESSIBLE = frozenset({WHEELCHAIR, COMPANION})
# What else somebody may need of a seat, and ask for. These seats are for everybody.
NEEDS = ("step_free", "semi_ambulatory", "hearing_loop", "sign_language", "captioning")


class Mark(IntFlag):
    """One bit each; the scripts know them by the same numbers."""

    # The first of its stretch: nothing is beside it on its left.
    BEGINS = 1
    # An ordinary seat of a row: what the rules about neighbours judge.
    SEAT = 2
    TABLE = 4
    WHEELCHAIR = 8
    # Belongs to the wheelchair spaces of its stretch.
    COMPANION = 16


def seating_of(layout: Layout) -> bytes:
    """Return the marks of every place, in the order of ordinals."""
    parts = [_marks_of(row) for _, row in layout.walk()]
    # Standing places have no neighbours: each begins, and ends, a stretch of its own.
    parts += [bytes([Mark.BEGINS]) * area.capacity for area in layout.areas]
    return b"".join(parts)


def lacking(layout: Layout, attribute: str) -> bytes:
    """Return a 1 for each place without this attribute, else 0; areas have none."""
    seats = (bytes(attribute not in each for each in row.attributes) for _, row in layout.walk())
    standing = layout.place_count - layout.seat_count
    return b"".join(seats) + b"\1" * standing


def stretches_of(seating: bytes) -> list[range]:
    """Return the stretches of seats, as ordinals; standing places are in none."""
    standing = bytes([Mark.BEGINS])
    end = len(seating.rstrip(standing))
    starts = [at for at in range(end) if seating[at] & Mark.BEGINS]
    return [range(*pair) for pair in zip(starts, [*starts[1:], end], strict=True)]


def _marks_of(row: LayoutRow) -> bytes:
    if row.kind == "table":
        return _stretch([Mark.TABLE | _accessible(row, at) for at in range(len(row.labels))])
    return b"".join(_row_part(row, part) for part in row.segments() if part)


def _row_part(row: LayoutRow, ordinals: range) -> bytes:
    """Return the marks of seats side by side, cut where a wheelchair group begins and ends."""
    indexes = range(ordinals.start - row.first_ordinal, ordinals.stop - row.first_ordinal)
    if not any(row.attributes[at] for at in indexes):
        return _stretch([Mark.SEAT] * len(indexes))
    accessible = [_accessible(row, at) for at in indexes]
    marks: list[Mark] = []
    for is_group, run in groupby(accessible, bool):
        group = list(run)
        if is_group and not any(mark & Mark.WHEELCHAIR for mark in group):
            group = [Mark.SEAT] * len(group)
        marks += group if is_group else [Mark.SEAT] * len(group)
    return b"".join(_stretch(list(run)) for _, run in groupby(marks, lambda m: m == Mark.SEAT))


def _accessible(row: LayoutRow, index: int) -> Mark:
    attributes = row.attributes[index]
    if WHEELCHAIR in attributes:
        return Mark.WHEELCHAIR
    return Mark.COMPANION if COMPANION in attributes else Mark(0)


def _stretch(marks: list[Mark]) -> bytes:
    if not any(mark & Mark.WHEELCHAIR for mark in marks):
        marks = [mark & ~Mark.COMPANION for mark in marks]
    return bytes([marks[0] | Mark.BEGINS, *marks[1:]]) if marks else b""
