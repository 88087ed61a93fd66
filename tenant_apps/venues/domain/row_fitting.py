"""From seats' positions to the rows of the format: order, line or arc, spacing, gaps, shifts.

A fitted row gives every seat back within `TOLERANCE` of its spacing; what lies further off the
line keeps its place by a shift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, copysign, degrees, hypot, pi
from statistics import median

from tenant_apps.venues.domain import geometry
from tenant_apps.venues.domain.geometry import ORIGIN, Point

TOLERANCE = 0.02
# Ways between seats that differ by no more than this part are one spacing, unevenly drawn.
UNEVEN = 0.05
# A gap is reported from this part of a spacing on; less is an uneven row.
LEAST_GAP = 0.5
LONGEST_RADIUS = 200_000.0
SHORTEST_SPACING = 0.01


@dataclass(frozen=True, slots=True)
class FittedRow:
    """A row's numbers in the format's terms; gaps and shifts are per seat."""

    start: Point
    angle: float
    spacing: float
    radius: float
    gaps: tuple[float, ...]
    shifts: tuple[Point, ...]

    @property
    def shifted(self) -> int:
        return sum(shift != ORIGIN for shift in self.shifts)


def in_order(points: Sequence[Point]) -> list[int]:
    """Return the indexes along the row: as given, or along its longest direction if shorter.

    A row that runs rather across than up and down starts at its left end.
    """
    given = list(range(len(points)))
    if len(points) < 2:
        return given
    far = max(given, key=lambda i: geometry.distance(points[0], points[i]))
    other = max(given, key=lambda i: geometry.distance(points[far], points[i]))
    across, down = points[other].x - points[far].x, points[other].y - points[far].y
    along = sorted(given, key=lambda i: (points[i].x * across + points[i].y * down, i))
    order = along if _way(points, along) < 0.98 * _way(points, given) else given
    first, last = points[order[0]], points[order[-1]]
    is_leftward = last.x < first.x and abs(last.x - first.x) >= abs(last.y - first.y)
    return order[::-1] if is_leftward else order


def _way(points: Sequence[Point], order: Sequence[int]) -> float:
    return sum(geometry.distance(points[a], points[b]) for a, b in pairwise(order))


def typical_spacing(rows: Sequence[Sequence[Point]]) -> float:
    """Return the middle of all distances between seats that follow each other; 0 for none."""
    ways = [geometry.distance(a, b) for row in rows for a, b in pairwise(row)]
    return median([way for way in ways if way > 0] or [0.0])


def fit_row(points: Sequence[Point], usual: float) -> FittedRow:
    """Return the line or arc that leaves the fewest seats off it.

    `usual` is the plan's spacing, for a row of one seat or of seats on one spot.
    """
    straight = _fit_straight(points, usual)
    if len(points) < 3 or not straight.shifted:
        return straight
    curved = _fit_curved(points)
    return curved if curved is not None and curved.shifted < straight.shifted else straight


def _fit_straight(points: Sequence[Point], usual: float) -> FittedRow:
    first, last = points[0], points[-1]
    angle = round(geometry.direction(first, last), 4) + 0.0 if first != last else 0.0
    ways = [geometry.distance(a, b) for a, b in pairwise(points)]
    return _fitted(points, angle, 0.0, ways, usual)


def _fit_curved(points: Sequence[Point]) -> FittedRow | None:
    """Fit the arc through the first, the middle and the last seat; None when there is none."""
    centre = _centre_of_arc(points[0], points[len(points) // 2], points[-1])
    if centre is None:
        return None
    reach = geometry.distance(centre, points[0])
    turns = [atan2(p.y - centre.y, p.x - centre.x) for p in points]
    steps = [(b - a + pi) % (2 * pi) - pi for a, b in pairwise(turns)]
    # In the format's terms a clockwise row has a positive radius; angles here grow clockwise.
    radius = copysign(geometry.rounded(reach), sum(steps))
    if not 1 <= reach <= LONGEST_RADIUS:
        return None
    angle = degrees(turns[0]) + copysign(90.0, radius)
    angle = round((angle + 180) % 360 - 180, 4) + 0.0
    return _fitted(points, angle, radius, [step * radius for step in steps], reach)


def _centre_of_arc(a: Point, b: Point, c: Point) -> Point | None:
    # Relative to the first point, so that large coordinates lose no digits.
    bx, by, cx, cy = b.x - a.x, b.y - a.y, c.x - a.x, c.y - a.y
    doubled = 2 * (bx * cy - by * cx)
    if abs(doubled) < 1e-9:
        return None
    b2, c2 = bx * bx + by * by, cx * cx + cy * cy
    return Point(a.x + (cy * b2 - by * c2) / doubled, a.y + (bx * c2 - cx * b2) / doubled)


def _fitted(
    points: Sequence[Point], angle: float, radius: float, ways: Sequence[float], usual: float
) -> FittedRow:
    spacing = median([way for way in ways if way > 0] or [usual])
    # The mean of the usual ones: the middle alone would drift away along a row that was rounded.
    even = [way for way in ways if abs(way - spacing) <= UNEVEN * spacing]
    spacing = max(SHORTEST_SPACING, geometry.rounded(sum(even) / len(even) if even else spacing))
    gaps = (0.0, *(_gap(way, spacing) for way in ways))
    still = (ORIGIN,) * len(points)
    ideal = geometry.row_positions(
        start=points[0], angle=angle, spacing=spacing, radius=radius, gaps=gaps, shifts=still
    )
    allowed = TOLERANCE * spacing
    shifts = tuple(
        ORIGIN
        if hypot(x - ideal_x, y - ideal_y) <= allowed
        else Point(geometry.rounded(x - ideal_x), geometry.rounded(y - ideal_y))
        for (x, y), (ideal_x, ideal_y) in zip(points, ideal, strict=True)
    )
    return FittedRow(points[0], angle, spacing, radius, gaps, shifts)


def _gap(way: float, spacing: float) -> float:
    return geometry.rounded(way - spacing) if way > (1 + LEAST_GAP) * spacing else 0.0
