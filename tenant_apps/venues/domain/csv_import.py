"""From a CSV file of seats to a plan document, with a report of every line that is wrong.

With coordinates, each row becomes the line or arc that its seats lie on. Without, the sections
are laid out as blocks of straight rows below a stage, to be moved in the editor.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from math import ceil, sqrt
from statistics import median
from typing import Any

from tenant_apps.venues.domain import geometry, row_fitting
from tenant_apps.venues.domain.check import check_document
from tenant_apps.venues.domain.csv_reading import SeatFile, SeatLine, read_seats
from tenant_apps.venues.domain.document import to_document
from tenant_apps.venues.domain.geometry import ORIGIN, Point
from tenant_apps.venues.domain.model import FORMAT
from tenant_apps.venues.domain.problems import Problem
from tenant_apps.venues.domain.report import (
    MAX_LISTED,
    MAX_SHOWN_LINES,
    ImportProblem,
    ImportProblems,
    ImportReport,
    MadeLine,
    summary_of,
)

Json = dict[str, Any]

SPACING = 50.0
ROW_PITCH = 80.0
SEAT_SIZE = 42.0
MARGIN = 200.0
STAGE_DEPTH = 300.0
LARGEST_SHEET = 100_000.0
# Files whose seats stand this far apart are taken to be in centimetres already.
CENTIMETRES = (25.0, 120.0)
# Distinct for people who see colours differently, and readable under white letters.
COLOURS = (
    "#b4315e", "#2477b3", "#2e8b6f", "#b7791f", "#6a4fb6", "#7a7f8c", "#c2573a", "#2f6f8f",
    "#5b7f2b", "#94418f", "#8a5a2b", "#3d5a99",
)  # fmt: skip


@dataclass(slots=True)
class _Row:
    label: str
    seats: list[SeatLine]


@dataclass(slots=True)
class _Section:
    label: str
    rows: dict[str, _Row]


def import_csv(content: bytes, *, name: str) -> ImportReport:
    """Return what the file would make and what is wrong with it; never refuses.

    A line that cannot be understood stops the import. What only keeps the plan from being
    published (seats that overlap) does not.
    """
    problems = ImportProblems()
    found = read_seats(content, problems)
    report = ImportReport(
        kind="csv",
        lines_read=found.lines_read,
        encoding=found.encoding,
        delimiter=found.delimiter,
        ignored_columns=found.ignored_columns,
        has_coordinates=found.has_coordinates,
        seat_count=len(found.seats),
        made=_made(found.seats),
    )
    if not problems.total:
        sections = _sections(found)
        drawing = _at_coordinates(sections, problems) if found.has_coordinates else _laid(sections)
        if not problems.total:
            return _checked(report, sections, drawing, name)
    return replace(report, problems=tuple(problems.listed), total=problems.total)


def _made(seats: Sequence[SeatLine]) -> tuple[MadeLine, ...]:
    return tuple(
        MadeLine(seat.line, f"{seat.section} · Row {seat.row} · Seat {seat.seat}", seat.category)
        for seat in seats[:MAX_SHOWN_LINES]
    )


def _sections(found: SeatFile) -> list[_Section]:
    """Gather the lines by section and row, both in the order in which they first appear."""
    sections: dict[str, _Section] = {}
    for seat in found.seats:
        section = sections.setdefault(seat.section, _Section(seat.section, {}))
        section.rows.setdefault(seat.row, _Row(seat.row, [])).seats.append(seat)
    return list(sections.values())


def _checked(
    report: ImportReport, sections: list[_Section], drawing: _Drawing, name: str
) -> ImportReport:
    document = _document(sections, drawing, name)
    verdict = check_document(document)
    problems = tuple(_placed(problem, sections) for problem in verdict.problems[:MAX_LISTED])
    report = replace(report, problems=problems, total=verdict.total, scale=drawing.scale)
    if verdict.plan is None:
        return report
    parts, categories = summary_of(verdict.plan)
    return replace(
        report,
        document=to_document(verdict.plan),
        sections=parts,
        categories=categories,
        place_count=verdict.plan.place_count,
    )


def _placed(problem: Problem, sections: list[_Section]) -> ImportProblem:
    """Return a plan's problem with the line of the seat, or of the row's first seat."""
    line = 0
    found = re.match(r"/sections/(\d+)(?:/rows/(\d+)(?:/seats/(\d+))?)?", problem.pointer)
    if found:
        section, row, seat = (int(number or 0) for number in found.groups())
        line = list(sections[section].rows.values())[row].seats[seat].line
    return ImportProblem(problem.code, line=line, place=problem.place, params=dict(problem.params))


# --- where the seats lie -------------------------------------------------------------------------


@dataclass(slots=True)
class _Drawing:
    """The rows' numbers in the order of sections and rows, and the sheet around them."""

    rows: list[row_fitting.FittedRow]
    width: float
    height: float
    seat_size: float
    scale: float = 1.0
    stage: list[list[float]] | None = None


def _at_coordinates(sections: list[_Section], problems: ImportProblems) -> _Drawing:
    """Fit each row to its seats' coordinates, brought to a scale of about a centimetre."""
    rows = [row for section in sections for row in section.rows.values()]
    written = [_in_order(row) for row in rows]
    typical = row_fitting.typical_spacing(written)
    scale = _scale(typical)
    left, top, right, bottom = _bounds(written)
    spread = max(right - left, bottom - top) * scale
    if spread > LARGEST_SHEET - 2 * MARGIN:
        _report_too_far(rows, problems)
        return _Drawing([], 0, 0, 0)
    keep = scale == 1 and left >= 0 and top >= 0 and max(right, bottom) <= LARGEST_SHEET - MARGIN
    across, down = (0.0, 0.0) if keep else (MARGIN - left * scale, MARGIN - top * scale)
    usual = typical * scale or SPACING
    fitted = [
        row_fitting.fit_row(
            [
                Point(geometry.rounded(x * scale + across), geometry.rounded(y * scale + down))
                for x, y in points
            ],
            usual,
        )
        for points in written
    ]
    return _Drawing(
        fitted,
        width=ceil(right * scale + across + MARGIN),
        height=ceil(bottom * scale + down + MARGIN),
        seat_size=max(1.0, min(SEAT_SIZE, round(0.84 * usual))),
        scale=scale,
    )


def _scale(typical: float) -> float:
    """Return what brings the spacing to centimetres: from metres or the like, or from pixels."""
    for power in (1.0, 100.0, 0.1, 10.0):
        if not typical or CENTIMETRES[0] <= typical * power <= CENTIMETRES[1]:
            return power
    return float(f"{SPACING / typical:.4g}")


def _in_order(row: _Row) -> list[Point]:
    """Bring the row's seats into their order from left to right and return their points."""
    points = [Point(seat.x or 0.0, seat.y or 0.0) for seat in row.seats]
    order = row_fitting.in_order(points)
    row.seats = [row.seats[index] for index in order]
    return [points[index] for index in order]


def _bounds(rows: Iterable[Sequence[Point]]) -> tuple[float, float, float, float]:
    xs = [point.x for row in rows for point in row]
    ys = [point.y for row in rows for point in row]
    return min(xs), min(ys), max(xs), max(ys)


def _report_too_far(rows: list[_Row], problems: ImportProblems) -> None:
    seats = [seat for row in rows for seat in row.seats]
    middle_x = median(seat.x or 0.0 for seat in seats)
    middle_y = median(seat.y or 0.0 for seat in seats)
    far = max(seats, key=lambda s: max(abs((s.x or 0.0) - middle_x), abs((s.y or 0.0) - middle_y)))
    across, down = abs((far.x or 0.0) - middle_x), abs((far.y or 0.0) - middle_y)
    column, value = ("x", far.x) if across >= down else ("y", far.y)
    problems.add("too_far", far.line, column, f"{value:g}")


def _laid(sections: list[_Section]) -> _Drawing:
    """Lay the sections out on shelves below a stage, each a block of straight, centred rows."""
    sizes = [
        (max(len(row.seats) for row in section.rows.values()) * SPACING,
         len(section.rows) * ROW_PITCH)
        for section in sections
    ]  # fmt: skip
    space = sum((width + MARGIN) * (height + MARGIN) for width, height in sizes)
    sheet = max(*(width for width, _ in sizes), 1.4 * sqrt(space)) + 2 * MARGIN
    corners, bottom = _shelves(sizes, sheet)
    shrink = min(1.0, (LARGEST_SHEET - 2) / max(sheet, bottom))
    rows = []
    for section, (left, top), (width, _) in zip(sections, corners, sizes, strict=True):
        for number, row in enumerate(section.rows.values()):
            count = len(row.seats)
            x = left + (width - (count - 1) * SPACING) / 2
            y = top + (number + 0.5) * ROW_PITCH
            rows.append(_straight(x * shrink, y * shrink, SPACING * shrink, count))
    half, middle = min(sheet / 4, 1_000.0) * shrink, sheet / 2 * shrink
    top, front = MARGIN / 2 * shrink, (MARGIN / 2 + STAGE_DEPTH) * shrink
    return _Drawing(
        rows,
        width=ceil(sheet * shrink),
        height=ceil(bottom * shrink),
        seat_size=max(0.01, round(SEAT_SIZE * shrink, 2)),
        stage=[
            [middle - half, top], [middle + half, top],
            [middle + half, front], [middle - half, front],
        ],
    )  # fmt: skip


def _shelves(
    sizes: Sequence[tuple[float, float]], sheet: float
) -> tuple[list[tuple[float, float]], float]:
    """Return each block's top left corner, shelf by shelf, each shelf centred; and the end."""
    shelves: list[list[tuple[float, float]]] = [[]]
    used = 0.0
    for width, height in sizes:
        if shelves[-1] and used + width > sheet - 2 * MARGIN:
            shelves.append([])
            used = 0.0
        shelves[-1].append((width, height))
        used += width + MARGIN
    corners = []
    top = MARGIN + STAGE_DEPTH
    for shelf in shelves:
        left = (sheet - sum(width for width, _ in shelf) - MARGIN * (len(shelf) - 1)) / 2
        for width, _ in shelf:
            corners.append((left, top))
            left += width + MARGIN
        top += max(height for _, height in shelf) + MARGIN
    return corners, top


def _straight(x: float, y: float, spacing: float, count: int) -> row_fitting.FittedRow:
    start = Point(geometry.rounded(x), geometry.rounded(y))
    spacing = max(row_fitting.SHORTEST_SPACING, geometry.rounded(spacing))
    return row_fitting.FittedRow(start, 0.0, spacing, 0.0, (0.0,) * count, (ORIGIN,) * count)


# --- the document --------------------------------------------------------------------------------


def _document(sections: list[_Section], drawing: _Drawing, name: str) -> Json:
    categories = _categories(seat for s in sections for r in s.rows.values() for seat in r.seats)
    fitted = iter(drawing.rows)
    used: set[str] = set()
    written = []
    for section in sections:
        keys = [categories[seat.category.casefold()]["key"] for row in section.rows.values()
                for seat in row.seats]  # fmt: skip
        own = Counter(keys).most_common(1)[0][0]
        own_keys: set[str] = set()
        written.append(
            {
                "key": _key(section.label, used),
                "label": section.label,
                "category": own,
                "rows": [
                    _row(row, next(fitted), own, categories, own_keys)
                    for row in section.rows.values()
                ],
            }
        )
    document: Json = {
        "format": FORMAT,
        "name": name,
        "size": {"width": drawing.width, "height": drawing.height},
        "seat_size": drawing.seat_size,
        "categories": list(categories.values()),
        "sections": written,
    }
    if drawing.stage:
        document["stage"] = {"label": "Stage", "polygon": drawing.stage}
    return document


def _categories(seats: Iterable[SeatLine]) -> dict[str, Json]:
    """Return the categories by their folded names, in the order in which they first appear."""
    names: dict[str, str] = {}
    for seat in seats:
        names.setdefault(seat.category.casefold(), seat.category)
    used: set[str] = set()
    colours = cycle(COLOURS)
    return {
        folded: {"key": _key(name, used), "name": name, "colour": next(colours)}
        for folded, name in names.items()
    }


def _row(
    row: _Row,
    fitted: row_fitting.FittedRow,
    of_section: str,
    categories: dict[str, Json],
    used: set[str],
) -> Json:
    keys = [categories[seat.category.casefold()]["key"] for seat in row.seats]
    own = Counter(keys).most_common(1)[0][0]
    written: Json = {
        "key": _key(row.label, used),
        "label": row.label,
        "start": list(fitted.start),
        "spacing": fitted.spacing,
        "angle": fitted.angle,
        "radius": fitted.radius,
    }
    if own != of_section:
        written["category"] = own
    seats: list[Json] = []
    for seat, key, gap, shift in zip(row.seats, keys, fitted.gaps, fitted.shifts, strict=True):
        made: Json = {"label": seat.seat}
        if key != own:
            made["category"] = key
        if gap:
            made["gap"] = gap
        if shift != ORIGIN:
            made["shift"] = list(shift)
        if seat.attributes:
            made["attributes"] = sorted(seat.attributes)
        seats.append(made)
    return {**written, "seats": seats}


def _key(label: str, used: set[str]) -> str:
    """Return a key that no other has, as near to the label as its alphabet allows."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30] or "x"
    key, number = stem, 1
    while key in used:
        number += 1
        key = f"{stem}-{number}"
    used.add(key)
    return key
