"""A music club: 400 standing before the stage, a gallery with 60 seats, tables at the back."""

from __future__ import annotations

from eventflow.local.demo_plans.strokes import (
    Json,
    Pair,
    box,
    category,
    entrance,
    straight_row,
    text,
    xy,
)

WIDTH, HEIGHT = 2_600.0, 2_300.0


def club() -> Json:
    """Return a music club: 400 standing, a gallery with 60 seats, tables."""
    return {
        "format": "eventflow-plan/1",
        "name": "Cascade Club",
        "size": {"width": WIDTH, "height": HEIGHT},
        "seat_size": 42,
        "focal_point": xy(1300, 330),
        "categories": [
            category("standing", "Standing", "#b4315e"),
            category("gallery", "Gallery", "#2477b3"),
            category("table", "Tables", "#b7791f"),
        ],
        "floors": [{"key": "ground", "label": "Ground floor"}, {"key": "up", "label": "Gallery"}],
        "entrances": [entrance("street", "Street door", (1300, 2240))],
        "stage": {
            "label": "Stage",
            "polygon": [xy(*corner) for corner in _STAGE],
            "floor": "ground",
        },
        "sections": [_gallery(), _tables()],
        "areas": [
            {
                "key": "floor", "label": "Dance floor", "floor": "ground", "entrance": "street",
                "category": "standing", "capacity": 400,
                "polygon": [xy(*corner) for corner in _FLOOR],
            },
        ],
        "shapes": [
            box("bar", "rectangle", (1300, 2090), 1_300, 110, label="Bar", fill="#cdbfa6",
                corner=40, floor="ground"),
            box("mixer", "rectangle", (1300, 1400), 260, 120, label="Sound desk", fill="#bdb8ae",
                corner=16, floor="ground"),
            {"key": "rail-left", "kind": "line", "stroke": "#8d8778", "floor": "up",
             "points": [xy(470, 430), xy(470, 1430)]},
            {"key": "rail-right", "kind": "line", "stroke": "#8d8778", "floor": "up",
             "points": [xy(2130, 430), xy(2130, 1430)]},
        ],
        "texts": [
            text("left", "GALLERY LEFT", (150, 930), 44, -90),
            text("right", "GALLERY RIGHT", (2450, 930), 44, 90),
            text("bar", "BAR", (1300, 2090), 44),
            text("desk", "SOUND DESK", (1300, 1400), 30),
        ],
    }  # fmt: skip


_STAGE: tuple[Pair, ...] = (
    (760, 90), (1840, 90), (1840, 400), (1600, 460), (1300, 480), (1000, 460), (760, 400),
)  # fmt: skip
_FLOOR: tuple[Pair, ...] = (
    (560, 560), (900, 560), (1100, 600), (1300, 610), (1500, 600), (1700, 560), (2040, 560),
    (2040, 1500), (1480, 1500), (1480, 1300), (1120, 1300), (1120, 1500), (560, 1500),
)  # fmt: skip


def _gallery() -> Json:
    """Return two rows of fifteen along either wall, the rail first."""
    rows = []
    for side, angle, columns in (("L", 90.0, (400, 300)), ("R", -90.0, (2200, 2300))):
        for number, x in enumerate(columns, start=1):
            seats: list[Json] = [{"label": str(seat)} for seat in range(1, 16)]
            # Facing the middle from the left wall, the stage lies on the left hand.
            start = (x, 470) if side == "L" else (x, 470 + 14 * 65)
            if number == 2:
                for seat in seats[:2] if side == "L" else seats[-2:]:
                    seat["attributes"] = ["restricted_view"]
            row = straight_row(f"{side}{number}", seats, start=start, angle=angle)
            row["spacing"] = 65
            rows.append(row)
    return {"key": "gallery", "label": "Gallery", "floor": "up", "category": "gallery",
            "entrance": "street", "rows": rows}  # fmt: skip


def _tables() -> Json:
    tables = []
    for number in range(1, 9):
        x = 475 + (number - 1) % 4 * 550
        y = 1680 if number <= 4 else 1900
        seats: list[Json] = [{"label": str(seat)} for seat in range(1, 5)]
        if number in {5, 8}:
            seats[0]["attributes"] = ["step_free", "wheelchair"]
            seats[1]["attributes"] = ["companion", "step_free"]
        tables.append(
            {
                "key": f"t{number}",
                "label": str(number),
                "shape": "round",
                "position": xy(x, y),
                "width": 90,
                "height": 90,
                "angle": 45,
                "seats": seats,
            }
        )
    return {"key": "tables", "label": "Tables", "floor": "ground", "category": "table",
            "entrance": "street", "tables": tables}  # fmt: skip
