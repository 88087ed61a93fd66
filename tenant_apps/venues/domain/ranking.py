"""The seats of a plan by how far they are from where everyone looks; made once per version.

Distances are straight ways in whole hundredths of a plan unit.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import hypot

from tenant_apps.venues.domain.places import Layout
from tenant_apps.venues.domain.seating import stretches_of

GAP = b"\xff"
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Line:
    """Seats that follow each other, and how far the nearest of them is."""

    ordinals: range
    nearest: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """Stretches and rows from the nearest on.

    `laid_out` puts the stretches end to end, with a gap before each and after the last. A position
    counts seats and gaps alike. By position: `ordinals` (NOWHERE for a gap), `sums` (the distances
    of all seats before it), `nearest` (the least distance of its stretch). By ordinal: `distances`,
    `xs`, `ys`.
    """

    stretches: tuple[range, ...]
    rows: tuple[Line, ...]
    sections: tuple[range, ...]
    ordinals: Sequence[int] = field(repr=False)
    sums: Sequence[int] = field(repr=False)
    nearest: Sequence[int] = field(repr=False)
    distances: Sequence[int] = field(repr=False)
    # Ordinals, the nearest first.
    by_distance: Sequence[int] = field(repr=False)
    xs: Sequence[int] = field(repr=False)
    ys: Sequence[int] = field(repr=False)

    def laid_out(self, states: bytes) -> bytes:
        """Return the seats' bytes by position."""
        parts = [states[part.start : part.stop] for part in self.stretches]
        return GAP + b"".join([part + GAP for part in parts])

    def way(self, one: int, other: int) -> int:
        """Return the straight way between two seats."""
        return round(hypot(self.xs[one] - self.xs[other], self.ys[one] - self.ys[other]))

    def section_of(self, ordinal: int) -> range:
        """Return all seats of the seat's section."""
        return self.sections[bisect_right(self.sections, ordinal, key=lambda s: s.start) - 1]


def ranking_of(layout: Layout, seating: bytes) -> Ranking:
    """Rank the plan's seats by their distance from the focal point."""
    focus_x, focus_y = layout.focal_point.x * 100, layout.focal_point.y * 100
    distances = array(
        "q",
        (round(hypot(x - focus_x, y - focus_y)) for x, y in zip(layout.xs, layout.ys, strict=True)),
    )

    def line(ordinals: range) -> Line:
        return Line(ordinals, min(distances[ordinals.start : ordinals.stop]))

    lines = sorted(map(line, stretches_of(seating)), key=lambda each: each.nearest)
    ordinals, sums, nearest = array("i", [NOWHERE]), array("q", [0, 0]), array("q", [0])
    for each in lines:
        for ordinal in each.ordinals:
            sums.append(sums[-1] + distances[ordinal])
        sums.append(sums[-1])
        ordinals.extend(each.ordinals)
        ordinals.append(NOWHERE)
        nearest.extend([each.nearest] * (len(each.ordinals) + 1))
    rows = [row.ordinals for _, row in layout.walk() if row.labels]
    return Ranking(
        stretches=tuple(each.ordinals for each in lines),
        rows=tuple(sorted(map(line, rows), key=lambda each: each.nearest)),
        sections=tuple(
            range(section.rows[0].first_ordinal, section.rows[0].first_ordinal + section.seat_count)
            for section in layout.sections
            if section.seat_count
        ),
        ordinals=ordinals,
        sums=sums,
        nearest=nearest,
        distances=distances,
        by_distance=array("i", sorted(range(len(distances)), key=distances.__getitem__)),
        xs=layout.xs,
        ys=layout.ys,
    )
