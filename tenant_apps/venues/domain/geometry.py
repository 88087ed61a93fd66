"""Where seats lie. Plan units; x grows to the right and y downwards; angles run clockwise.

Positions are rounded to a hundredth of a unit, so a document gives the same plan everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import atan2, cos, degrees, hypot, pi, radians, sin
from typing import NamedTuple


class Point(NamedTuple):
    """A position or a shift in plan units."""

    x: float
    y: float


ORIGIN = Point(0.0, 0.0)
# A table's seats stand off its edge by this part of a seat.
TABLE_CLEARANCE = 0.62
# Neighbours further apart than this many spacings have an aisle between them.
AISLE_SPACINGS = 1.5


def rounded(value: float) -> float:
    """Return the value in whole hundredths, without a negative zero."""
    return round(value, 2) + 0.0


def row_positions(
    *,
    start: Point,
    angle: float,
    spacing: float,
    radius: float,
    gaps: Sequence[float],
    shifts: Sequence[Point],
) -> tuple[Point, ...]:
    """Return the seats' centres along a line (radius 0) or an arc.

    The angle is the direction in which the row leaves its first seat. A positive radius turns
    clockwise. A gap is additional way before its seat; the first seat's gap counts too.
    """
    heading = radians(angle)
    ahead_x, ahead_y = cos(heading), sin(heading)
    way = 0.0
    positions = []
    for index, (gap, shift) in enumerate(zip(gaps, shifts, strict=True)):
        way += gap + (spacing if index else 0.0)
        if radius:
            turned = heading + way / radius
            x = start.x + radius * (sin(turned) - ahead_y)
            y = start.y + radius * (ahead_x - cos(turned))
        else:
            x = start.x + way * ahead_x
            y = start.y + way * ahead_y
        positions.append(Point(rounded(rounded(x) + shift.x), rounded(rounded(y) + shift.y)))
    return tuple(positions)


def round_table_positions(
    *, centre: Point, angle: float, width: float, height: float, seat_size: float, count: int
) -> tuple[Point, ...]:
    """Return seats evenly around a round or oval table, clockwise from its top."""
    reach_x = width / 2 + TABLE_CLEARANCE * seat_size
    reach_y = height / 2 + TABLE_CLEARANCE * seat_size
    offsets = []
    for index in range(count):
        turn = 2 * pi * index / count
        offsets.append((reach_x * sin(turn), -reach_y * cos(turn)))
    return _placed(offsets, centre, angle)


def rectangle_table_positions(
    *,
    centre: Point,
    angle: float,
    width: float,
    height: float,
    seat_size: float,
    sides: Sequence[int],
) -> tuple[Point, ...]:
    """Return seats along a table's top, right, bottom and left side, clockwise."""
    top, right, bottom, left = sides
    reach_x = width / 2 + TABLE_CLEARANCE * seat_size
    reach_y = height / 2 + TABLE_CLEARANCE * seat_size
    offsets = [(width * ((k + 0.5) / top - 0.5), -reach_y) for k in range(top)]
    offsets += [(reach_x, height * ((k + 0.5) / right - 0.5)) for k in range(right)]
    offsets += [(width * (0.5 - (k + 0.5) / bottom), reach_y) for k in range(bottom)]
    offsets += [(-reach_x, height * (0.5 - (k + 0.5) / left)) for k in range(left)]
    return _placed(offsets, centre, angle)


def _placed(
    offsets: Iterable[tuple[float, float]], centre: Point, angle: float
) -> tuple[Point, ...]:
    cosine, sine = cos(radians(angle)), sin(radians(angle))
    return tuple(
        Point(
            rounded(centre.x + dx * cosine - dy * sine), rounded(centre.y + dx * sine + dy * cosine)
        )
        for dx, dy in offsets
    )


def distance(one: Point, other: Point) -> float:
    """Return the straight way between two points."""
    return hypot(one.x - other.x, one.y - other.y)


def direction(one: Point, other: Point) -> float:
    """Return the angle in degrees from one point to another."""
    return degrees(atan2(other.y - one.y, other.x - one.x))


def aisles(positions: Sequence[Point], spacing: float) -> tuple[int, ...]:
    """Return the indexes of the seats that have an aisle between them and the one before."""
    widest = AISLE_SPACINGS * spacing
    return tuple(
        index
        for index in range(1, len(positions))
        if distance(positions[index - 1], positions[index]) > widest
    )


def enclosed_space(polygon: Sequence[Point]) -> float:
    """Return the space inside a polygon in square units (the shoelace formula)."""
    doubled = 0.0
    for (x, y), (next_x, next_y) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        doubled += x * next_y - next_x * y
    return abs(doubled) / 2


def middle(polygon: Sequence[Point]) -> Point:
    """Return the mean of the corners: good enough to stand for the whole on a map."""
    count = len(polygon)
    return Point(
        rounded(sum(corner.x for corner in polygon) / count),
        rounded(sum(corner.y for corner in polygon) / count),
    )
