"""A playhouse of about 1,200 seats: stalls, boxes, two balconies."""

from __future__ import annotations

from collections.abc import Iterator

from eventflow.local.demo_plans.strokes import (
    ROW_LETTERS,
    SEAT,
    Json,
    arc_row,
    box,
    category,
    entrance,
    on_arc,
    ring,
    text,
    xy,
)


def theatre() -> Json:
    """Return a playhouse of about 1,200 seats: stalls, boxes, two balconies."""
    return _Theatre().document()


BOX_SIDES = (("left", -1), ("right", 1))
# Where the first box stands, and from box to box: radians from straight down.
FIRST_BOX, BOX_TURN = 0.72, 0.135


class _Theatre:
    """Arcs around one point behind the stage; odd numbers on the left, even on the right."""

    WIDTH, HEIGHT = 4_600.0, 3_480.0
    CENTRE = (2_300.0, 60.0)
    PITCH = 75.0  # from row to row
    AISLE = 80.0

    def document(self) -> Json:
        return {
            "format": "eventflow-plan/1",
            "name": "Aurora Playhouse",
            "size": {"width": self.WIDTH, "height": self.HEIGHT},
            "seat_size": 42,
            "focal_point": xy(2300, 420),
            "categories": [
                category("premium", "Premium", "#b4315e"),
                category("first", "Category 1", "#6a4fb6"),
                category("second", "Category 2", "#2477b3"),
                category("third", "Category 3", "#2e8b6f"),
                category("box", "Boxes", "#b7791f"),
                category("restricted", "Restricted view", "#7a7f8c"),
            ],
            "floors": [
                {"key": "stalls", "label": "Stalls"},
                {"key": "circle", "label": "Dress Circle"},
                {"key": "upper", "label": "Upper Circle"},
            ],
            "entrances": [
                entrance("left", "Door 1", (560, 2330)),
                entrance("right", "Door 2", (4040, 2330)),
                entrance("stairs", "Grand stairs", (2300, 3400)),
            ],
            "stage": {"label": "Stage", "polygon": self._stage()},
            "sections": [
                self._stalls(),
                *(self._boxes(side, sign) for side, sign in BOX_SIDES),
                self._circle(),
                self._upper(),
            ],
            "shapes": self._shapes(),
            "texts": [
                text("stalls", "STALLS", (2300, 842), 44),
                text("circle", "DRESS CIRCLE", (2300, 2182), 44),
                text("upper", "UPPER CIRCLE", (2300, 2808), 44),
                text("boxes-left", "BOXES", (760, 1010), 44, 62),
                text("boxes-right", "BOXES", (3840, 1010), 44, -62),
            ],
        }

    def _stage(self) -> list[list[float]]:
        apron = [on_arc(self.CENTRE, 620, turn / 100) for turn in range(-80, 81, 8)]
        return [xy(*corner) for corner in [(2745, 90), (1855, 90), *apron]]

    def _shapes(self) -> list[Json]:
        pit = ring(self.CENTRE, 640, 745, -0.66, 0.66)
        return [
            {
                "key": "pit",
                "kind": "polygon",
                "label": "Orchestra pit",
                "points": pit,
                "fill": "#dcd8d0",
                "stroke": "#c4beb2",
            },
            *(
                self._box_wall(side, sign, number)
                for side, sign in BOX_SIDES
                for number in range(6)
            ),
            box("wing-left", "rectangle", (1630, 230), 360, 280, fill="#e6e2da"),
            box("wing-right", "rectangle", (2970, 230), 360, 280, fill="#e6e2da"),
        ]

    def _row(self, label: str, radius: float, half_turn: float, middle: int) -> Json:
        """Return a row that reaches to the same angle on both sides, with its aisles."""
        aisles = 3 if middle else 1
        half = int((2 * half_turn * radius - aisles * self.AISLE) / SEAT / 2)
        seats = list(_halves(half, middle or half, self.AISLE))
        return arc_row(label, seats, centre=self.CENTRE, radius=radius)

    def _stalls(self) -> Json:
        rows = []
        for index in range(15):
            row = self._row(ROW_LETTERS[index], 860 + index * self.PITCH, 0.6, 0)
            seats = row["seats"]
            half = len(seats) // 2
            for place, seat in enumerate(seats):
                if 2 <= index <= 8 and abs(place - half + 0.5) < 8:
                    seat["category"] = "premium"
                elif index > 10:
                    seat["category"] = "second"
                if 4 <= index <= 9:
                    _mark(seat, "hearing_loop")
            if index in {7, 14}:
                _make_room_for_wheelchairs(seats)
            rows.append(row)
        return {
            "key": "stalls",
            "label": "Stalls",
            "floor": "stalls",
            "category": "first",
            "entrance": "left",
            "rows": rows,
        }

    def _boxes(self, side: str, sign: int) -> Json:
        """Return six boxes of five seats along one wall, from the circle to the stage."""
        rows = []
        for number in range(1, 7):
            seats: list[Json] = [{"label": str(seat)} for seat in range(1, 6)]
            if number >= 5:
                # The two seats nearest to the wall do not see the whole stage.
                for seat in seats[:2] if sign < 0 else seats[3:]:
                    _mark(seat, "restricted_view")
                    seat["category"] = "restricted"
            middle = sign * (FIRST_BOX + BOX_TURN * (number - 1))
            row = arc_row(f"Box {number}", seats, centre=self.CENTRE, radius=2_040, middle=middle)
            rows.append({**row, "key": f"box-{number}"})
        return {
            "key": f"boxes-{side}",
            "label": f"Boxes {side}",
            "floor": "circle",
            "category": "box",
            "entrance": side,
            "rows": rows,
        }

    def _box_wall(self, side: str, sign: int, index: int) -> Json:
        middle = sign * (FIRST_BOX + BOX_TURN * index)
        return {
            "key": f"box-{side}-{index + 1}",
            "kind": "polygon",
            "points": ring(self.CENTRE, 2_000, 2_085, middle - 0.06, middle + 0.06),
            "fill": "#eee8dc",
            "stroke": "#c4beb2",
        }

    def _circle(self) -> Json:
        rows = []
        for index in range(5):
            row = self._row(ROW_LETTERS[index] * 2, 2_200 + index * self.PITCH, 0.74, 14)
            seats = row["seats"]
            half = len(seats) // 2
            if index < 2:
                for seat in seats[half - 14 : half + 14]:
                    seat["category"] = "premium"
            elif index > 3:
                for seat in seats:
                    seat["category"] = "third"
            if index == 4:
                _make_room_for_wheelchairs(seats)
            rows.append(row)
        return {
            "key": "circle",
            "label": "Dress Circle",
            "floor": "circle",
            "category": "second",
            "entrance": "stairs",
            "rows": rows,
        }

    def _upper(self) -> Json:
        rows = []
        for index in range(6):
            row = self._row(ROW_LETTERS[index] * 3, 2_830 + index * self.PITCH, 0.6, 15)
            seats = row["seats"]
            for place, seat in enumerate(seats):
                if index < 3 and min(place, len(seats) - 1 - place) < 4:
                    _mark(seat, "restricted_view")
                    seat["category"] = "restricted"
            rows.append(row)
        return {
            "key": "upper",
            "label": "Upper Circle",
            "floor": "upper",
            "category": "third",
            "entrance": "stairs",
            "rows": rows,
        }


def _halves(half: int, middle: int, aisle: float) -> Iterator[Json]:
    """Yield a row: odd numbers left and even ones right of the middle, with aisles.

    `middle` is how many seats there are on each side before a side aisle follows.
    """
    for place in range(2 * half):
        from_middle = half - place if place < half else place - half + 1
        seat: Json = {"label": str(2 * from_middle - (place < half))}
        # An aisle before the seat: in the middle of the row, or at a side block's inner end.
        if place == half or (half > middle and place in {half - middle, half + middle}):
            seat["gap"] = aisle
        if from_middle in {1, half} or from_middle in {middle, middle + 1}:
            seat["attributes"] = ["aisle"]
        yield seat


def _mark(seat: Json, attribute: str) -> None:
    seat["attributes"] = sorted({*seat.get("attributes", []), attribute})


def _make_room_for_wheelchairs(seats: list[Json]) -> None:
    """Turn both ends of a row into two wheelchair places with a companion's seat beside each."""
    for places, kinds in (
        ((0, 1, 2, 3), ("wheelchair", "companion", "wheelchair", "companion")),
        ((-1, -2, -3, -4), ("wheelchair", "companion", "wheelchair", "companion")),
    ):
        for place, kind in zip(places, kinds, strict=True):
            _mark(seats[place], kind)
            _mark(seats[place], "step_free")
