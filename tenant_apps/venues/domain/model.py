"""A parsed plan: frozen values that mirror the document, each field under the document's name.

`positions` are derived: where the seats of a row or table lie. A category that is "" is inherited
from the row, then from the section.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tenant_apps.venues.domain.geometry import ORIGIN, Point

FORMAT = "eventflow-plan/1"
MAX_PLACES = 200_000

# The order is the order of the bits in the compact form: only ever add at the end.
ATTRIBUTES = (
    "wheelchair", "companion", "restricted_view", "hearing_loop", "plus_size", "lift_up_armrest",
    "aisle", "sign_language", "captioning", "step_free", "semi_ambulatory", "standing", "no_view",
    "power_outlet",
)  # fmt: skip

Polygon = tuple[Point, ...]
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Size:
    """The sheet, in plan units."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Category:
    """A group of places that a price list can price."""

    key: str
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class Floor:
    """One level of the building."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Entrance:
    """A door that tickets can name."""

    key: str
    label: str
    position: Point
    floor: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat; where it lies is known by its row or table."""

    label: str
    key: str  # the label where the document gives none
    category: str = ""
    gap: float = 0.0
    shift: Point = ORIGIN
    attributes: frozenset[str] = NOTHING


@dataclass(frozen=True, slots=True)
class Row:
    """Seats along a line or an arc."""

    key: str
    label: str
    start: Point
    spacing: float
    angle: float = 0.0
    radius: float = 0.0
    category: str = ""
    seats: tuple[Seat, ...] = ()
    positions: tuple[Point, ...] = field(default=(), compare=False, repr=False)

    @property
    def kind(self) -> str:
        return "row"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its seats around it; it counts as a row."""

    key: str
    label: str
    shape: str
    position: Point
    width: float
    height: float
    angle: float = 0.0
    sides: tuple[int, ...] = ()
    category: str = ""
    seats: tuple[Seat, ...] = ()
    positions: tuple[Point, ...] = field(default=(), compare=False, repr=False)

    @property
    def kind(self) -> str:
        return "table"


Line = Row | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the house with a name of its own."""

    key: str
    label: str
    category: str = ""
    floor: str = ""
    entrance: str = ""
    outline: Polygon = ()
    rows: tuple[Row, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """Return what holds seats, in the order of the ordinals: the rows, then the tables."""
        return (*self.rows, *self.tables)


@dataclass(frozen=True, slots=True)
class Area:
    """General admission: places without numbers."""

    key: str
    label: str
    capacity: int
    polygon: Polygon
    section: str = ""
    floor: str = ""
    entrance: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """What everyone looks at."""

    label: str
    polygon: Polygon
    floor: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """Something that is only drawn: a box (position, width, height) or a path (points)."""

    key: str
    kind: str
    label: str = ""
    floor: str = ""
    position: Point | None = None
    width: float = 0.0
    height: float = 0.0
    angle: float = 0.0
    corner: float = 0.0
    points: Polygon = ()
    fill: str = ""
    stroke: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Words on the plan."""

    key: str
    text: str
    position: Point
    floor: str = ""
    angle: float = 0.0
    size: float = 0.0
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Background:
    """A picture to trace or to lay under the plan."""

    image: str
    position: Point
    width: float
    height: float
    floor: str = ""
    angle: float = 0.0
    opacity: float = 1.0
    for_buyers: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole seating plan that follows the schema; `check_plan` says whether it can be sold."""

    name: str
    size: Size
    seat_size: float
    categories: tuple[Category, ...]
    focal_point: Point | None = None
    floors: tuple[Floor, ...] = ()
    entrances: tuple[Entrance, ...] = ()
    stage: Stage | None = None
    sections: tuple[Section, ...] = ()
    areas: tuple[Area, ...] = ()
    shapes: tuple[Shape, ...] = ()
    texts: tuple[Text, ...] = ()
    backgrounds: tuple[Background, ...] = ()

    def lines(self) -> Iterator[tuple[Section, Line]]:
        """Walk the rows and tables in the order of the ordinals."""
        for section in self.sections:
            for line in section.lines:
                yield section, line

    @property
    def seat_count(self) -> int:
        return sum(len(line.seats) for _, line in self.lines())

    @property
    def place_count(self) -> int:
        return self.seat_count + sum(area.capacity for area in self.areas)


def category_of(section: Section, line: Line, seat: Seat) -> str:
    """Return the seat's category key after inheritance; "" when none is set anywhere."""
    return seat.category or line.category or section.category
