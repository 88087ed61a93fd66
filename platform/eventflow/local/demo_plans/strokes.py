"""What all demo plans are drawn with: points, arcs, rows."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, degrees, sin
from typing import Any

Json = dict[str, Any]
Pair = tuple[float, float]

SEAT = 50.0  # a spacing that reads well on a plan and lies near the real one
ROW_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # houses leave out I and O


def xy(x: float, y: float) -> list[float]:
    return [round(x, 2), round(y, 2)]


def category(key: str, name: str, colour: str) -> Json:
    return {"key": key, "name": name, "colour": colour}


def text(key: str, text: str, at: Pair, size: float, angle: float = 0) -> Json:
    return {
        "key": key, "text": text, "position": xy(*at), "size": size, "angle": angle,
        "colour": "#5c6370",
    }  # fmt: skip


def box(key: str, kind: str, at: Pair, width: float, height: float, **look: Any) -> Json:
    return {
        "key": key, "kind": kind, "position": xy(*at), "width": width, "height": height, **look,
    }  # fmt: skip


def entrance(key: str, label: str, at: Pair) -> Json:
    return {"key": key, "label": label, "position": xy(*at)}


def on_arc(centre: Pair, radius: float, turn: float) -> Pair:
    """Return the point at an angle in radians, counted counter-clockwise from straight down."""
    return centre[0] + radius * sin(turn), centre[1] + radius * cos(turn)


def arc_row(
    label: str, seats: Sequence[Json], *, centre: Pair, radius: float, middle: float = 0.0
) -> Json:
    """Return a row on an arc whose middle lies at the given angle (radians) from straight down."""
    way = (len(seats) - 1) * SEAT + sum(seat.get("gap", 0.0) for seat in seats)
    turn = middle - way / (2 * radius)
    return {
        "key": label,
        "label": label,
        "start": xy(*on_arc(centre, radius, turn)),
        "angle": round(-degrees(turn), 4),
        "spacing": SEAT,
        "radius": round(-radius, 2),  # counter-clockwise: the stage lies on the left hand
        "seats": list(seats),
    }


def straight_row(label: str, seats: Sequence[Json], *, start: Pair, angle: float = 0.0) -> Json:
    return {
        "key": label, "label": label, "start": xy(*start), "angle": round(angle, 4),
        "spacing": SEAT, "seats": list(seats),
    }  # fmt: skip


def ring(centre: Pair, inner: float, outer: float, left: float, right: float) -> list[list[float]]:
    """Return the outline of a piece of a ring between two angles."""
    steps = 12
    turns = [left + (right - left) * step / steps for step in range(steps + 1)]
    return [
        *(xy(*on_arc(centre, inner, turn)) for turn in turns),
        *(xy(*on_arc(centre, outer, turn)) for turn in reversed(turns)),
    ]
