"""A football ground of 60,000 seats in two tiers around the pitch.

A tier is a ring of rows at growing distances from a rectangle with round corners. Along its sides
a row is a straight line, around its corners an arc, so each block is cut out between two places
of the ring and its rows are exactly what the format can say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, radians, sin

from eventflow.local.demo_plans.strokes import (
    SEAT,
    Json,
    Pair,
    arc_row,
    box,
    category,
    entrance,
    ring,
    straight_row,
    text,
    xy,
)

WIDTH, HEIGHT = 25_000.0, 21_400.0
CENTRE = (WIDTH / 2, HEIGHT / 2)
PITCH_LENGTH, PITCH_WIDTH = 10_500.0, 6_800.0
# The rectangle along which the first row would stand, and the radius of its corners.
HALF_LENGTH, HALF_WIDTH, CORNER = 6_150.0, 4_300.0, 1_900.0
ROW_PITCH = 80.0
AISLE = 130.0
SEATS = 60_000


@dataclass(frozen=True)
class _Tier:
    first_number: int  # of its blocks
    offset: float  # of its first row
    rows: int
    side_blocks: tuple[int, int]  # along a long side, along a short side
    corner_blocks: int
    label: str


LOWER = _Tier(101, 0.0, 31, (6, 3), 4, "Lower")
UPPER = _Tier(201, 2_900.0, 29, (6, 3), 6, "Upper")


@dataclass(frozen=True)
class _Block:
    """A piece of a tier: on a straight side from `left` to `right`, or around a corner."""

    stand: str
    # The direction of the rows in degrees, 0 at the bottom of the sheet, and whose turn it is.
    facing: float
    left: float
    right: float
    centre: Pair | None  # of the corner's arcs


def stadium() -> Json:
    """Return a football ground of 60,000 seats in two tiers around the pitch."""
    sections = [_section(tier, *block) for tier in (LOWER, UPPER) for block in _blocks(tier)]
    _take_away(sections, sum(_count(section) for section in sections) - SEATS)
    return {
        "format": "eventflow-plan/1",
        "name": "Borealis Arena",
        "size": {"width": WIDTH, "height": HEIGHT},
        "seat_size": 42,
        "focal_point": xy(*CENTRE),
        "categories": [
            category("platinum", "Platinum", "#b4315e"),
            category("gold", "Gold", "#b7791f"),
            category("silver", "Silver", "#2477b3"),
            category("bronze", "Bronze", "#2e8b6f"),
            category("family", "Family block", "#6a4fb6"),
            category("away", "Visitors", "#7a7f8c"),
        ],
        "entrances": [
            entrance("north", "Gate North", (CENTRE[0], 260)),
            entrance("east", "Gate East", (WIDTH - 420, CENTRE[1])),
            entrance("south", "Gate South", (CENTRE[0], HEIGHT - 260)),
            entrance("west", "Gate West", (420, CENTRE[1])),
        ],
        "stage": {"label": "Pitch", "polygon": _rectangle(PITCH_LENGTH, PITCH_WIDTH)},
        "sections": sections,
        "shapes": _shapes(),
        "texts": _texts(),
    }


def _blocks(tier: _Tier) -> Iterator[tuple[int, _Block]]:
    """Yield number and piece, counter-clockwise from the left end of the south stand."""
    number = tier.first_number
    stands = (
        ("South", 0.0, HALF_LENGTH, tier.side_blocks[0]),
        ("East", 90.0, HALF_WIDTH, tier.side_blocks[1]),
        ("North", 180.0, HALF_LENGTH, tier.side_blocks[0]),
        ("West", 270.0, HALF_WIDTH, tier.side_blocks[1]),
    )
    for index, (stand, facing, half, count) in enumerate(stands):
        straight = half - CORNER
        width = 2 * straight / count
        for piece in range(count):
            left = -straight + piece * width
            yield number, _Block(stand, facing, left, left + width, None)
            number += 1
        corner = _corner(index)
        following = stands[(index + 1) % 4][0]
        turn = 90 / tier.corner_blocks
        for piece in range(tier.corner_blocks):
            name = stand if piece < tier.corner_blocks / 2 else following
            left = facing + piece * turn
            yield number, _Block(name, 0.0, left, left + turn, corner)
            number += 1


def _corner(index: int) -> Pair:
    """Return the middle of the round corner after the south, east, north or west side."""
    across, down = ((1, 1), (1, -1), (-1, -1), (-1, 1))[index]
    return (
        CENTRE[0] + across * (HALF_LENGTH - CORNER), CENTRE[1] + down * (HALF_WIDTH - CORNER),
    )  # fmt: skip


def _section(tier: _Tier, number: int, block: _Block) -> Json:
    rows = []
    for index in range(tier.rows):
        row = _row(tier, block, index)
        if tier is LOWER and index == 0:
            _make_room_for_wheelchairs(row["seats"])
        if tier is UPPER and 9 <= index <= 13:
            _cut_the_tunnel(row["seats"])
        rows.append(row)
    return {
        "key": f"b{number}",
        "label": f"{block.stand} {number}",
        "category": _category_of(tier, number, block),
        "entrance": block.stand.lower(),
        "outline": _outline(tier, block),
        "rows": rows,
    }


def _row(tier: _Tier, block: _Block, index: int) -> Json:
    offset = tier.offset + index * ROW_PITCH
    label = str(index + 1)
    if block.centre is None:
        seats = _seats(block.right - block.left - AISLE)
        start = (block.left + block.right - (len(seats) - 1) * SEAT) / 2
        return straight_row(
            label, seats, start=_on_side(block.facing, start, offset), angle=-block.facing
        )
    radius = CORNER + offset
    turn = radians(block.right - block.left)
    seats = _seats(turn * radius - AISLE)
    middle = radians(block.left + block.right) / 2
    return arc_row(label, seats, centre=block.centre, radius=radius, middle=middle)


def _seats(way: float) -> list[Json]:
    count = int(way // SEAT) + 1
    seats: list[Json] = [{"label": str(number)} for number in range(1, count + 1)]
    seats[0]["attributes"] = seats[-1]["attributes"] = ["aisle"]
    return seats


def _on_side(facing: float, along: float, offset: float) -> Pair:
    """Return a point of a side, `along` from its middle to the right as one faces the pitch."""
    away = (HALF_WIDTH if facing in {0.0, 180.0} else HALF_LENGTH) + offset
    turn = radians(facing)
    return (
        CENTRE[0] + along * cos(turn) + away * sin(turn),
        CENTRE[1] - along * sin(turn) + away * cos(turn),
    )


def _outline(tier: _Tier, block: _Block) -> list[list[float]]:
    inner = tier.offset - ROW_PITCH / 2
    outer = tier.offset + (tier.rows - 0.5) * ROW_PITCH
    if block.centre is None:
        left, right = block.left + 20, block.right - 20
        corners = [(left, inner), (right, inner), (right, outer), (left, outer)]
        return [xy(*_on_side(block.facing, along, offset)) for along, offset in corners]
    edge = radians(block.right - block.left) * 0.01
    return ring(
        block.centre, CORNER + inner, CORNER + outer, radians(block.left) + edge,
        radians(block.right) - edge,
    )  # fmt: skip


def _category_of(tier: _Tier, number: int, block: _Block) -> str:
    on_long_side = block.centre is None and block.stand in {"North", "South"}
    if tier is LOWER and on_long_side:
        return "platinum" if abs(block.left + block.right) < 2_500 else "gold"
    if tier is UPPER and on_long_side:
        return "gold"
    if block.stand == "West" and block.centre is None:
        return "family" if tier is LOWER else "bronze"
    if block.stand == "East" and block.centre is None and tier is UPPER:
        return "away"
    return "silver" if tier is LOWER else "bronze"


def _make_room_for_wheelchairs(seats: list[Json]) -> None:
    # In the first row of the lower tier, in the middle of each block, two pairs.
    middle = len(seats) // 2
    for place, kind in enumerate(("wheelchair", "companion", "wheelchair", "companion")):
        seats[middle - 2 + place]["attributes"] = [kind, "step_free"]


def _cut_the_tunnel(seats: list[Json]) -> None:
    """Leave out three seats in the middle of a row, where people come up from the concourse."""
    if len(seats) < 9:
        return
    middle = len(seats) // 2
    del seats[middle - 1 : middle + 2]
    seats[middle - 1]["gap"] = 3 * SEAT
    for number, seat in enumerate(seats, start=1):
        seat["label"] = str(number)
    for seat in seats[middle - 2 : middle]:
        seat["attributes"] = ["aisle"]


def _count(section: Json) -> int:
    return sum(len(row["seats"]) for row in section["rows"])


def _take_away(sections: list[Json], surplus: int) -> None:
    """Shorten last rows by a seat, block after block, until the house has its number."""
    if not 0 <= surplus <= 2 * len(sections):
        raise ValueError("the bowl has the wrong size")
    for number in range(surplus):
        sections[-1 - number % len(sections)]["rows"][-1]["seats"].pop()


def _rectangle(width: float, height: float, at: Pair = CENTRE) -> list[list[float]]:
    return [
        xy(at[0] + across * width / 2, at[1] + down * height / 2)
        for across, down in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]


def _shapes() -> list[Json]:
    x, y = CENTRE
    line = {"stroke": "#eef5ea"}
    shapes = [
        box("grass", "rectangle", CENTRE, 11_300, 7_600, fill="#7fa86b", corner=500),
        box("circle", "ellipse", CENTRE, 1_830, 1_830, **line),
        {"key": "halfway", "kind": "line", "points": [xy(x, y - 3_400), xy(x, y + 3_400)], **line},
    ]
    for side, sign in (("west", -1), ("east", 1)):
        for name, deep, wide in (("penalty", 1_650, 4_030), ("goal", 550, 1_832)):
            at = (x + sign * (PITCH_LENGTH - deep) / 2, y)
            shapes.append(box(f"{name}-{side}", "rectangle", at, deep, wide, **line))
    return shapes


def _texts() -> list[Json]:
    x, y = CENTRE
    reach_x, reach_y = HALF_LENGTH + 2_620, HALF_WIDTH + 2_620
    return [
        text("north", "NORTH STAND", (x, y - reach_y), 260),
        text("east", "EAST STAND", (x + reach_x, y), 260, 90),
        text("south", "SOUTH STAND", (x, y + reach_y), 260),
        text("west", "WEST STAND", (x - reach_x, y), 260, -90),
    ]
