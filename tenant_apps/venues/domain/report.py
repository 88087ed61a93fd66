"""What an import would make and what is wrong with it: the answer to a dry run.

A problem of a file names its line, its column, the value and how to mend it. Lists are bounded,
counts are not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tenant_apps.venues.domain import problems as plan_problems
from tenant_apps.venues.domain.model import Plan
from tenant_apps.venues.domain.problems import gettext_noop

MAX_LISTED = 500
MAX_SHOWN_LINES = 200

# For each code what is wrong, and how to mend it.
TEXTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "file_too_big": (
            gettext_noop("The file is larger than %(maximum)s MB."),
            gettext_noop("Divide it, or leave out columns that are not needed."),
        ),
        "file_empty": (
            gettext_noop("The file is empty."),
            gettext_noop("The first line names the columns, each other line is a seat."),
        ),
        "not_text": (
            gettext_noop("The file is not a text in a known encoding."),
            gettext_noop("Save it as “CSV UTF-8”."),
        ),
        "broken_quotes": (
            gettext_noop("The quotation marks of this line do not fit: %(reason)s."),
            gettext_noop("Close each quoted value, and write a quotation mark in it twice."),
        ),
        "too_many_lines": (
            gettext_noop("The file has more than %(maximum)s lines."),
            gettext_noop("A plan has at most %(maximum)s places."),
        ),
        "missing_column": (
            gettext_noop("The column “%(name)s” is missing."),
            gettext_noop("Add it to the first line: section, row, seat, category."),
        ),
        "repeated_column": (
            gettext_noop("Two columns mean “%(name)s”."),
            gettext_noop("Keep one of them."),
        ),
        "extra_values": (
            gettext_noop("The line has more values than the first line has columns."),
            gettext_noop("Put quotation marks around values that contain the separator."),
        ),
        "missing_value": (
            gettext_noop("There is no value."),
            gettext_noop("Every seat has a section, a row, a seat and a category."),
        ),
        "missing_coordinate": (
            gettext_noop("There is no value, but other seats have coordinates."),
            gettext_noop("Give x and y for every seat, or for none."),
        ),
        "value_too_long": (
            gettext_noop("The value has %(count)s characters; at most %(maximum)s fit."),
            gettext_noop("Shorten it."),
        ),
        "bad_characters": (
            gettext_noop("The value has characters that cannot be seen or printed."),
            gettext_noop("Type it again without them."),
        ),
        "not_a_number": (
            gettext_noop("The value is not a number."),
            gettext_noop("Write it like 12 or 12.5."),
        ),
        "number_too_large": (
            gettext_noop("The number is larger than a plan can be."),
            gettext_noop("Coordinates lie between -1000000 and 1000000."),
        ),
        "too_far": (
            gettext_noop("This seat lies too far from the others for one plan."),
            gettext_noop("Correct its coordinates."),
        ),
        "unknown_attribute": (
            gettext_noop("“%(name)s” is not a known attribute."),
            gettext_noop("Known are: %(known)s."),
        ),
        "duplicate_seat": (
            gettext_noop("This seat stands on line %(first)s already."),
            gettext_noop("Remove one of the two, or correct its row or number."),
        ),
        "no_seats": (
            gettext_noop("The file has no seats."),
            gettext_noop("Each line after the first is a seat."),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """One thing that is wrong with a file; line 0 is the file as a whole."""

    code: str
    line: int = 0
    column: str = ""
    value: str = ""
    place: str = ""
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def templates(self) -> tuple[str, str]:
        """The sentence and how to mend it, to be translated and filled with the parameters."""
        if self.code in TEXTS:
            return TEXTS[self.code]
        return plan_problems.SENTENCES[self.code], ""

    def as_dict(self) -> dict[str, Any]:
        """Return what a program or a page is told."""
        sentence, mend = (template % self.params for template in self.templates)
        return {
            "code": self.code,
            "line": self.line,
            "column": self.column,
            "value": self.value,
            "place": self.place,
            "message": sentence,
            "mend": mend,
        }


@dataclass(frozen=True, slots=True)
class MadeLine:
    """What a line of the file would make."""

    line: int
    place: str
    category: str


@dataclass(frozen=True, slots=True)
class SectionSummary:
    """How much of a section would be made."""

    label: str
    rows: int
    seats: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import would make; `document` is None when it would make nothing."""

    kind: str  # "json" or "csv"
    document: dict[str, Any] | None = None
    problems: tuple[ImportProblem, ...] = ()
    total: int = 0
    made: tuple[MadeLine, ...] = ()
    sections: tuple[SectionSummary, ...] = ()
    seat_count: int = 0
    place_count: int = 0
    categories: Mapping[str, int] = field(default_factory=dict)
    # How a CSV file was understood.
    lines_read: int = 0
    encoding: str = ""
    delimiter: str = ""
    ignored_columns: tuple[str, ...] = ()
    has_coordinates: bool = False
    scale: float = 1.0

    @property
    def can_be_imported(self) -> bool:
        return self.document is not None

    @property
    def can_be_published(self) -> bool:
        return self.document is not None and not self.total

    def as_dict(self) -> dict[str, Any]:
        """Return the report for a program or a page, without the document."""
        return {
            "kind": self.kind,
            "can_be_imported": self.can_be_imported,
            "can_be_published": self.can_be_published,
            "problems": [problem.as_dict() for problem in self.problems],
            "total": self.total,
            "made": [
                {"line": made.line, "place": made.place, "category": made.category}
                for made in self.made
            ],
            "sections": [
                {"label": part.label, "rows": part.rows, "seats": part.seats}
                for part in self.sections
            ],
            "seats": self.seat_count,
            "places": self.place_count,
            "categories": dict(self.categories),
            "lines_read": self.lines_read,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "ignored_columns": list(self.ignored_columns),
            "has_coordinates": self.has_coordinates,
            "scale": self.scale,
        }


class ImportProblems:
    """Collect a file's problems: the first `MAX_LISTED` whole, of the rest only how many."""

    def __init__(self) -> None:
        self.listed: list[ImportProblem] = []
        self.total = 0

    def add(
        self, code: str, line: int = 0, column: str = "", value: str = "", **params: object
    ) -> None:
        self.total += 1
        if len(self.listed) < MAX_LISTED:
            shown = plan_problems.shorten(value).strip("“”") if value else ""
            self.listed.append(ImportProblem(code, line, column, shown, "", params))


def summary_of(plan: Plan) -> tuple[tuple[SectionSummary, ...], Mapping[str, int]]:
    """Return the sections' sizes, and how many places each category (by name) has."""
    sections = tuple(
        SectionSummary(
            section.label, len(section.lines), sum(len(line.seats) for line in section.lines)
        )
        for section in plan.sections
    )
    names = {category.key: category.name for category in plan.categories}
    counts: Counter[str] = Counter()
    for section, line in plan.lines():
        for seat in line.seats:
            key = seat.category or line.category or section.category
            counts[names.get(key, key)] += 1
    for area in plan.areas:
        counts[names.get(area.category, area.category)] += area.capacity
    return sections, dict(counts)
