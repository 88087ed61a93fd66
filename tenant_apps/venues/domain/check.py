"""What must hold before a plan is published, beyond the schema: all problems, in one pass each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tenant_apps.venues.domain import geometry, model
from tenant_apps.venues.domain.document import PlanRefused, parse_plan, to_document
from tenant_apps.venues.domain.geometry import Point
from tenant_apps.venues.domain.problems import Path, Problem, Problems

# Seats nearer to each other than this part of a seat's size overlap.
OVERLAP = 0.9
# A cell of the grid can hold four seats that do not overlap; more need not be compared.
CELL_SEATS = 8
# A seat that lies this little over the edge is a matter of rounding.
EDGE = 0.01


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on a document: the plan unless its shape is wrong, and what is wrong."""

    plan: model.Plan | None
    problems: tuple[Problem, ...]
    total: int

    @property
    def can_be_published(self) -> bool:
        return self.plan is not None and not self.total


def check_document(document: object) -> Report:
    """Return everything that is wrong with the document; never refuses."""
    try:
        plan = parse_plan(document)
    except PlanRefused as refusal:
        total = refusal.details["total"]
        assert isinstance(total, int)
        return Report(None, refusal.problems, total)
    return check_plan(plan, document)


def check_plan(plan: model.Plan, document: object = None) -> Report:
    """Return everything that keeps the plan from being published.

    The document is only asked for the words in which to name places.
    """
    problems = Problems()
    for check in (
        _check_keys, _check_labels, _check_references, _check_categories, _check_counts,
        _check_bounds, _check_overlaps,
    ):  # fmt: skip
        check(plan, problems)
    if not problems.total:
        return Report(plan, (), 0)
    shown = problems.listed(to_document(plan) if document is None else document)
    return Report(plan, shown, problems.total)


def ensure_publishable(document: object) -> model.Plan:
    """Return the document's plan. Refuses with PlanRefused, all problems in its details."""
    report = check_document(document)
    if report.plan is None or report.total:
        raise PlanRefused(report.problems, report.total)
    return report.plan


def _sections(plan: model.Plan) -> Iterator[tuple[Path, model.Section]]:
    for index, section in enumerate(plan.sections):
        yield ((None, "sections"), index), section


def _lines(plan: model.Plan) -> Iterator[tuple[Path, model.Section, model.Line]]:
    for path, section in _sections(plan):
        for index, row in enumerate(section.rows):
            yield ((path, "rows"), index), section, row
        for index, table in enumerate(section.tables):
            yield ((path, "tables"), index), section, table


def _areas(plan: model.Plan) -> Iterator[tuple[Path, model.Area]]:
    for index, area in enumerate(plan.areas):
        yield ((None, "areas"), index), area


def _seat_path(line: Path, index: int) -> Path:
    return ((line, "seats"), index)


def _check_keys(plan: model.Plan, problems: Problems) -> None:
    for name in (
        "categories", "floors", "entrances", "sections", "areas", "shapes", "texts",
    ):  # fmt: skip
        keys = (item.key for item in getattr(plan, name))
        _report_repeated_keys(keys, (None, name), problems)
    for path, section in _sections(plan):
        seen: set[str] = set()
        _report_repeated_keys((row.key for row in section.rows), (path, "rows"), problems, seen)
        _report_repeated_keys((t.key for t in section.tables), (path, "tables"), problems, seen)
    for path, _, line in _lines(plan):
        # A seat without a key of its own goes by its label, and that is reported as a label.
        own = {seat.key for seat in line.seats if seat.key != seat.label}
        if own:
            _report_repeated_keys(
                (seat.key for seat in line.seats), (path, "seats"), problems, only=own
            )


def _report_repeated_keys(
    keys: Iterable[str],
    path: Path,
    problems: Problems,
    seen: set[str] | None = None,
    only: set[str] | None = None,
) -> None:
    seen = set() if seen is None else seen
    for index, key in enumerate(keys):
        if key in seen and (only is None or key in only):
            problems.add("duplicate_key", (path, index), key=key)
        seen.add(key)


def _check_labels(plan: model.Plan, problems: Problems) -> None:
    for index, category in enumerate(plan.categories):
        if not category.name:
            problems.add("missing_name", ((None, "categories"), index))
    for name in ("floors", "entrances", "sections"):
        _report_labels((item.label for item in getattr(plan, name)), (None, name), problems)
    for path, section in _sections(plan):
        _report_labels((row.label for row in section.rows), (path, "rows"), problems)
        _report_labels((table.label for table in section.tables), (path, "tables"), problems)
    for path, _, line in _lines(plan):
        _report_labels((seat.label for seat in line.seats), (path, "seats"), problems)
    first: dict[tuple[str, str], Path] = {}
    for path, area in _areas(plan):
        _report_label(area.label, (area.section, area.label), path, first, problems)


def _report_labels(labels: Iterable[str], path: Path, problems: Problems) -> None:
    first: dict[str, Path] = {}
    for index, label in enumerate(labels):
        # The short way for what is right, 60,000 times.
        if label and label not in first:
            first[label] = (path, index)
        else:
            _report_label(label, label, (path, index), first, problems)


def _report_label(
    label: str, key: object, path: Path, first: dict[Any, Path], problems: Problems
) -> None:
    if not label:
        problems.add("missing_label", path)
    elif key in first:
        problems.add("duplicate_label", path, label=label, first=first[key])
    else:
        first[key] = path


def _check_references(plan: model.Plan, problems: Problems) -> None:
    known = {
        "floor": {floor.key for floor in plan.floors},
        "entrance": {entrance.key for entrance in plan.entrances},
        "section": {section.key for section in plan.sections},
    }
    for name in ("sections", "areas", "entrances", "shapes", "texts", "backgrounds"):
        for index, item in enumerate(getattr(plan, name)):
            _report_unknown(item, known, ((None, name), index), problems)
    if plan.stage is not None:
        _report_unknown(plan.stage, known, (None, "stage"), problems)


def _report_unknown(
    item: object, known: dict[str, set[str]], path: Path, problems: Problems
) -> None:
    for name, keys in known.items():
        key = getattr(item, name, "")
        if key and key not in keys:
            problems.add(f"unknown_{name}", (path, name), key=key)


def _check_categories(plan: model.Plan, problems: Problems) -> None:
    known = {category.key for category in plan.categories}

    def report_unknown(key: str, path: Path) -> None:
        if key and key not in known:
            problems.add("unknown_category", path, key=key)

    for path, section in _sections(plan):
        report_unknown(section.category, path)
    for path, section, line in _lines(plan):
        report_unknown(line.category, path)
        inherited = line.category or section.category
        without = []
        for index, seat in enumerate(line.seats):
            if seat.category:
                report_unknown(seat.category, _seat_path(path, index))
            elif not inherited:
                without.append(index)
        if without and len(without) == len(line.seats):
            problems.add("no_category", path)  # once for the row, not once a seat
        else:
            for index in without:
                problems.add("no_category", _seat_path(path, index))
    for path, area in _areas(plan):
        report_unknown(area.category, path)
        if not area.category:
            problems.add("no_category", path)


def _check_counts(plan: model.Plan, problems: Problems) -> None:
    with_areas = {area.section for area in plan.areas}
    for path, section in _sections(plan):
        if not section.lines and section.key not in with_areas:
            problems.add("empty_section", path)
    for path, _, line in _lines(plan):
        if not line.seats:
            problems.add("empty_row", path)
        if isinstance(line, model.Table) and line.sides and sum(line.sides) != len(line.seats):
            problems.add("wrong_sides", path, sides=sum(line.sides), seats=len(line.seats))
    for path, area in _areas(plan):
        if not area.capacity:
            problems.add("no_capacity", path)
        if geometry.enclosed_space(area.polygon) < 1:
            problems.add("no_size", path)
    count = plan.place_count
    if not count:
        problems.add("no_places", None)
    elif count > model.MAX_PLACES:
        problems.add("too_many_places", None, count=count, maximum=model.MAX_PLACES)


def _check_bounds(plan: model.Plan, problems: Problems) -> None:
    right, bottom = plan.size.width + EDGE, plan.size.height + EDGE

    def is_outside(point: Point) -> bool:
        return not (-EDGE <= point.x <= right and -EDGE <= point.y <= bottom)

    for path, _, line in _lines(plan):
        for index, point in enumerate(line.positions):
            if is_outside(point):
                problems.add("outside", _seat_path(path, index), x=point.x, y=point.y)
    for path, area in _areas(plan):
        _report_first_outside(filter(is_outside, area.polygon), path, problems)
    for path, section in _sections(plan):
        _report_first_outside(filter(is_outside, section.outline), path, problems)
    if plan.stage is not None:
        outside = filter(is_outside, plan.stage.polygon)
        _report_first_outside(outside, (None, "stage"), problems)


def _report_first_outside(corners: Iterator[Point], path: Path, problems: Problems) -> None:
    for corner in corners:
        problems.add("outside", path, x=corner.x, y=corner.y)
        return


def _check_overlaps(plan: model.Plan, problems: Problems) -> None:
    """Report each seat that lies over an earlier one."""
    grids: dict[str, _Grid] = {}
    for path, section, line in _lines(plan):
        grid = grids.setdefault(section.floor, _Grid(OVERLAP * plan.seat_size))
        for index, point in enumerate(line.positions):
            seat = _seat_path(path, index)
            other = grid.add(point, seat)
            if other is not None:
                problems.add("overlap", seat, other=other)


class _Grid:
    """The seats of one floor by cells, which keeps the search for overlaps linear.

    Two seats that overlap lie in the same cell or in cells that touch, as a cell is as wide as
    the least distance.
    """

    def __init__(self, least: float) -> None:
        self._least = least
        self._cells: dict[tuple[int, int], list[tuple[Point, Path]]] = {}

    def add(self, point: Point, seat: Path) -> Path:
        """Put the seat into its cell and return an earlier seat that it overlaps."""
        column, row = int(point.x // self._least), int(point.y // self._least)
        other = self._find_near(point, column, row)
        cell = self._cells.setdefault((column, row), [])
        if len(cell) < CELL_SEATS:
            cell.append((point, seat))
        return other

    def _find_near(self, point: Point, column: int, row: int) -> Path:
        squared = self._least * self._least
        x, y = point
        for across in (column - 1, column, column + 1):
            for down in (row - 1, row, row + 1):
                for (other_x, other_y), path in self._cells.get((across, down), ()):
                    if (x - other_x) ** 2 + (y - other_y) ** 2 < squared:
                        return path
        return None
