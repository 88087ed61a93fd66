"""From an `eventflow-plan/1` document to a `Plan` and back.

The way back is canonical: what equals its default is left out, numbers are whole hundredths
(angles: ten-thousandths of a degree), texts are trimmed and in Unicode's composed form (NFC).
So two documents that mean the same plan become the same bytes under RFC 8785.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import Field, fields, replace
from functools import lru_cache
from typing import Any, TypeVar

import orjson
import rfc8785

from kernel import errors
from tenant_apps.venues.domain import geometry, model
from tenant_apps.venues.domain.geometry import ORIGIN, Point
from tenant_apps.venues.domain.problems import Problem, Problems
from tenant_apps.venues.domain.schema import check_shape

Json = dict[str, Any]
T = TypeVar("T")

MAX_BYTES = 32 * 1024 * 1024
FOUR_DECIMALS = frozenset({"angle"})


class PlanRefused(errors.Invalid):
    """The document is no plan, or one that cannot be sold; `problems` says why, place by place."""

    code = "plan_refused"
    message = "The seating plan has mistakes."

    def __init__(
        self, problems: tuple[Problem, ...], total: int | None = None, **details: object
    ) -> None:
        super().__init__(
            **{
                "field": "document",
                "problems": [problem.as_dict() for problem in problems],
                "total": len(problems) if total is None else total,
                **details,
            }
        )
        self.problems = problems


def load_json(content: bytes) -> object:
    """Decode a JSON file (UTF-8, with or without a mark). Refuses with PlanRefused."""
    if len(content) > MAX_BYTES:
        maximum = MAX_BYTES // 1024 // 1024
        raise PlanRefused((Problem("too_big", "", "the file", {"maximum": maximum}),))
    try:
        return orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise PlanRefused((Problem("not_json", "", "the file", {"reason": str(error)}),)) from None


def parse_plan(document: object) -> model.Plan:
    """Return the document as a plan. Refuses with PlanRefused when it departs from the schema."""
    problems = Problems()
    check_shape(document, problems)
    if problems.total:
        raise PlanRefused(problems.listed(document), problems.total)
    assert isinstance(document, dict)
    return _plan(document)


def to_document(plan: model.Plan) -> Json:
    """Return the plan as a canonical document."""
    return {"format": model.FORMAT, **_encode(plan)}


def empty_document(name: str) -> Json:
    """Return a document with nothing on it: a sheet of thirty by twenty metres."""
    return {
        "format": model.FORMAT,
        "name": name,
        "size": {"width": 3000, "height": 2000},
        "seat_size": 42,
        "categories": [],
    }


def canonical_bytes(document: Json) -> bytes:
    """Return the document's bytes under RFC 8785 (JSON Canonicalization Scheme)."""
    encoded: bytes = rfc8785.dumps(document)
    return encoded


def checksum_of(document: Json) -> str:
    """Return the SHA-256 of the canonical bytes in hexadecimal digits."""
    return hashlib.sha256(canonical_bytes(document)).hexdigest()


# --- reading -------------------------------------------------------------------------------------


def _plan(document: Json) -> model.Plan:
    seat_size = _number("seat_size", document["seat_size"])
    plain = {k: v for k, v in document.items() if k not in {"format", "sections"}}
    plan = _decode(model.Plan, plain)
    sections = tuple(_section(raw, seat_size) for raw in document.get("sections", ()))
    return replace(plan, sections=sections)


def _section(raw: Json, seat_size: float) -> model.Section:
    plain = {k: v for k, v in raw.items() if k not in {"rows", "tables"}}
    return replace(
        _decode(model.Section, plain),
        rows=tuple(_row(inner) for inner in raw.get("rows", ())),
        tables=tuple(_table(inner, seat_size) for inner in raw.get("tables", ())),
    )


def _row(raw: Json) -> model.Row:
    seats = tuple(map(_seat, raw["seats"]))
    row = _decode(model.Row, {k: v for k, v in raw.items() if k != "seats"})
    return replace(row, seats=seats, positions=positions_of_row(row, seats))


def positions_of_row(row: model.Row, seats: tuple[model.Seat, ...]) -> tuple[Point, ...]:
    """Return where the seats lie on the row's line or arc."""
    return geometry.row_positions(
        start=row.start,
        angle=row.angle,
        spacing=row.spacing,
        radius=row.radius,
        gaps=[seat.gap for seat in seats],
        shifts=[seat.shift for seat in seats],
    )


def _table(raw: Json, seat_size: float) -> model.Table:
    seats = tuple(map(_seat, raw["seats"]))
    plain = {k: v for k, v in raw.items() if k not in {"seats", "sides"}}
    table = replace(_decode(model.Table, plain), sides=tuple(map(int, raw.get("sides", ()))))
    return replace(table, seats=seats, positions=_table_positions(table, seats, seat_size))


def _table_positions(
    table: model.Table, seats: tuple[model.Seat, ...], seat_size: float
) -> tuple[Point, ...]:
    if table.shape == "round":
        around = geometry.round_table_positions(
            centre=table.position,
            angle=table.angle,
            width=table.width,
            height=table.height,
            seat_size=seat_size,
            count=len(seats),
        )
    else:
        upper = (len(seats) + 1) // 2
        sides = table.sides if sum(table.sides) == len(seats) else ()
        around = geometry.rectangle_table_positions(
            centre=table.position,
            angle=table.angle,
            width=table.width,
            height=table.height,
            seat_size=seat_size,
            sides=sides or (upper, 0, len(seats) - upper, 0),
        )
    return tuple(
        Point(geometry.rounded(x + seat.shift.x), geometry.rounded(y + seat.shift.y))
        for (x, y), seat in zip(around, seats, strict=True)
    )


def _seat(raw: Json) -> model.Seat:
    # By hand, not by the general way below: a stadium has 60,000 of them.
    label = _text(raw["label"])
    if len(raw) == 1:
        return model.Seat(label, label)
    shift = raw.get("shift")
    return model.Seat(
        label,
        _text(raw.get("key", "")) or label,
        raw.get("category", ""),
        _number("gap", raw.get("gap", 0.0)),
        _point(shift) if shift else ORIGIN,
        _attributes(tuple(raw.get("attributes", ()))),
    )


@lru_cache(maxsize=4096)
def _attributes(names: tuple[str, ...]) -> frozenset[str]:
    # A plan has a dozen different sets for thousands of seats: sharing them saves memory.
    return frozenset(names)


def _text(text: str) -> str:
    if text.isascii():
        return text.strip()
    composed = unicodedata.normalize("NFC", text.strip())
    # A few signs grow when they are composed; the schema's bound on the length comes first.
    return composed if len(composed) <= len(text) else text.strip()


def _number(name: str, value: float) -> float:
    return round(float(value), 4 if name in FOUR_DECIMALS else 2) + 0.0


def _point(raw: list[float]) -> Point:
    return Point(geometry.rounded(float(raw[0])), geometry.rounded(float(raw[1])))


def _points(raw: list[list[float]]) -> tuple[Point, ...]:
    return tuple(map(_point, raw))


def _many(kind: type[Any]) -> Callable[[list[Json]], tuple[Any, ...]]:
    return lambda raw: tuple(_decode(kind, inner) for inner in raw)


READERS: dict[str, Callable[[Any], Any]] = {
    "position": _point, "start": _point, "focal_point": _point, "shift": _point,
    "outline": _points, "polygon": _points, "points": _points,
    # A plan's size is an object, a text's size a number.
    "size": lambda raw: _decode(model.Size, raw) if isinstance(raw, dict) else _number("", raw),
    "stage": lambda raw: _decode(model.Stage, raw),
    "categories": _many(model.Category), "floors": _many(model.Floor),
    "entrances": _many(model.Entrance), "areas": _many(model.Area), "shapes": _many(model.Shape),
    "texts": _many(model.Text), "backgrounds": _many(model.Background),
    "capacity": int, "for_buyers": bool,
}  # fmt: skip


def _decode(kind: type[T], raw: Json) -> T:
    values = {}
    for name, value in raw.items():
        reader = READERS.get(name)
        if reader is not None:
            values[name] = reader(value)
        elif isinstance(value, str):
            values[name] = _text(value)
        else:
            values[name] = _number(name, value)
    return kind(**values)


# --- writing -------------------------------------------------------------------------------------


# Which fields of each type are the document's own; positions are derived.
WRITTEN: dict[type[Any], tuple[Field[Any], ...]] = {
    kind: tuple(spec for spec in fields(kind) if spec.name != "positions")
    for kind in (
        model.Plan, model.Size, model.Category, model.Floor, model.Entrance, model.Row,
        model.Table, model.Section, model.Area, model.Stage, model.Shape, model.Text,
        model.Background,
    )
}  # fmt: skip


def _encode(value: object) -> Json:
    written: Json = {}
    for spec in WRITTEN[type(value)]:
        inner = getattr(value, spec.name)
        if inner != spec.default or spec.name == "seats":
            written[spec.name] = _encode_value(inner)
    return written


def _encode_value(value: object) -> object:
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, str | int):
        return value
    if isinstance(value, Point):
        return [_encode_value(value.x), _encode_value(value.y)]
    if isinstance(value, tuple):
        return [_encode_value(inner) for inner in value]
    if isinstance(value, model.Seat):
        return _encode_seat(value)
    return _encode(value)


def _encode_seat(seat: model.Seat) -> Json:
    written: Json = {"label": seat.label}
    if seat.key != seat.label:
        written["key"] = seat.key
    if seat.category:
        written["category"] = seat.category
    if seat.gap:
        written["gap"] = _encode_value(seat.gap)
    if seat.shift != ORIGIN:
        written["shift"] = _encode_value(seat.shift)
    if seat.attributes:
        written["attributes"] = sorted(seat.attributes)
    return written
