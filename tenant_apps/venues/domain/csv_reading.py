"""Reading a CSV file of seats: encoding, separator, columns, and each line's values.

One line is one seat. Columns are found by their names whatever their case and order; others are
ignored and reported.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from tenant_apps.venues.domain.model import ATTRIBUTES, MAX_PLACES, NOTHING
from tenant_apps.venues.domain.report import ImportProblems
from tenant_apps.venues.domain.schema import SCHEMA

MAX_BYTES = 24 * 1024 * 1024
MAX_COLUMNS = 100
MAX_COORDINATE = 1_000_000
REQUIRED = ("section", "row", "seat", "category")
NAMES = {
    "section": {"section", "block", "sektion", "bereich"},
    "row": {"row", "reihe"},
    "seat": {"seat", "seat number", "number", "platz", "sitz"},
    "x": {"x"},
    "y": {"y"},
    "category": {"category", "price category", "kategorie"},
    "attributes": {"attributes", "attribute"},
}
COLUMN_OF = {name: column for column, names in NAMES.items() for name in names}
DELIMITERS = (",", ";", "\t", "|")
LONGEST = {"section": 40, "row": 40, "seat": 40, "category": 120}
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:[.,]\d{1,12})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_TEXT = re.compile(SCHEMA["$defs"]["label"]["pattern"])


@dataclass(slots=True)
class SeatLine:
    """One line's seat; x and y are None where the file has no coordinates."""

    line: int
    section: str
    row: str
    seat: str
    category: str
    attributes: frozenset[str] = NOTHING
    x: float | None = None
    y: float | None = None


@dataclass(slots=True)
class SeatFile:
    """A file that was read: its seats, and how it was understood."""

    seats: list[SeatLine] = field(default_factory=list)
    lines_read: int = 0
    encoding: str = ""
    delimiter: str = ""
    ignored_columns: tuple[str, ...] = ()
    has_coordinates: bool = False


def read_seats(content: bytes, problems: ImportProblems) -> SeatFile:
    """Read every line; what is wrong is added to the problems."""
    found = SeatFile()
    if len(content) > MAX_BYTES:
        problems.add("file_too_big", maximum=MAX_BYTES // 1024 // 1024)
        return found
    text, found.encoding = _decoded(content)
    if not found.encoding:
        problems.add("not_text")
        return found
    if not text.strip():
        problems.add("file_empty")
        return found
    text, skipped = _without_hint(text)
    found.delimiter = _delimiter_of(text)
    lines = _lines(text, found.delimiter, skipped, problems)
    _, header = next(lines, (1, []))
    columns = _columns(header, problems)
    found.ignored_columns = tuple(
        name.strip()[:60] for index, name in enumerate(header) if index not in columns
    )
    missing = [name for name in REQUIRED if name not in columns.values()]
    for name in missing:
        problems.add("missing_column", 1, name, name=name)
    if not missing:
        _read_lines(lines, len(header), columns, found, problems)
    return found


def _decoded(content: bytes) -> tuple[str, str]:
    for mark, encoding in MARKS:
        if content.startswith(mark):
            candidates = [encoding]
            break
    else:
        # Excel writes UTF-16 also without a mark: every other byte of plain text is zero.
        wide = content[1:200:2].count(0) > len(content[:200]) // 3
        candidates = ["utf-16-le"] if wide else ["utf-8", "cp1252"]
    for encoding in candidates:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return "", ""


def _without_hint(text: str) -> tuple[str, int]:
    """Drop Excel's first line "sep=;"; how many lines were dropped."""
    first, _, rest = text.partition("\n")
    return (rest, 1) if re.fullmatch(r"\s*sep=.\s*", first, re.IGNORECASE) else (text, 0)


def _delimiter_of(text: str) -> str:
    """Return the separator by which the first line has the most columns that we know."""
    header = text.lstrip("\r\n").splitlines()[0][:4000] if text.strip() else ""

    def known(delimiter: str) -> int:
        return len({_column_of(name) for name in header.split(delimiter)} - {""})

    return max(DELIMITERS, key=known)


def _column_of(name: str) -> str:
    plain = re.sub(r"[\s_-]+", " ", name.strip().strip("\"'").casefold()).strip()
    return COLUMN_OF.get(plain, "")


def _lines(
    text: str, delimiter: str, skipped: int, problems: ImportProblems
) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and values of each line that is not empty."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # Where a quotation mark is open, nobody knows where the next line begins.
            problems.add("broken_quotes", line, reason=str(error))
            return
        if any(value.strip() for value in values):
            yield line, values


def _columns(header: list[str], problems: ImportProblems) -> dict[int, str]:
    columns: dict[int, str] = {}
    for index, name in enumerate(header[:MAX_COLUMNS]):
        column = _column_of(name)
        if column and column in columns.values():
            problems.add("repeated_column", 1, name.strip()[:60], name=column)
        elif column:
            columns[index] = column
    return columns


def _read_lines(
    lines: Iterator[tuple[int, list[str]]],
    width: int,
    columns: dict[int, str],
    found: SeatFile,
    problems: ImportProblems,
) -> None:
    has_coordinate_columns = {"x", "y"} <= set(columns.values())
    known: dict[tuple[str, str, str], int] = {}
    without: list[tuple[int, str]] = []
    for line, values in lines:
        found.lines_read += 1
        if found.lines_read > MAX_PLACES:
            problems.add("too_many_lines", line, maximum=MAX_PLACES)
            return
        if any(value.strip() for value in values[width:]):
            problems.add("extra_values", line, value=values[width])
        by_column = {
            column: values[index].strip() if index < len(values) else ""
            for index, column in columns.items()
        }
        seat = _seat(line, by_column, problems)
        if has_coordinate_columns:
            without += _read_coordinates(seat, by_column, found, problems)
        place = (seat.section, seat.row, seat.seat)
        if all(place) and place in known:
            problems.add("duplicate_seat", line, "seat", seat.seat, first=known[place])
        known.setdefault(place, line)
        found.seats.append(seat)
    if found.has_coordinates:
        for line, column in without:
            problems.add("missing_coordinate", line, column)
    if not found.seats and not problems.total:
        problems.add("no_seats")


def _seat(line: int, values: dict[str, str], problems: ImportProblems) -> SeatLine:
    texts = {}
    for column in REQUIRED:
        value = values[column]
        if not value.isascii():
            value = unicodedata.normalize("NFC", value)
        if not value:
            problems.add("missing_value", line, column)
        elif len(value) > LONGEST[column]:
            maximum = LONGEST[column]
            problems.add("value_too_long", line, column, value, count=len(value), maximum=maximum)
        elif not _TEXT.fullmatch(value):
            problems.add("bad_characters", line, column, value)
        texts[column] = value
    written = values.get("attributes", "")
    attributes = _attributes(line, written, problems) if written else NOTHING
    return SeatLine(
        line, texts["section"], texts["row"], texts["seat"], texts["category"], attributes
    )


def _attributes(line: int, written: str, problems: ImportProblems) -> frozenset[str]:
    names = set()
    for part in re.split(r"[;,|/+]", written[:1000]):
        name = re.sub(r"[\s_-]+", "_", part.strip().casefold())
        if name in ATTRIBUTES:
            names.add(name)
        elif name:
            known = ", ".join(ATTRIBUTES)
            shown = part.strip()[:40]
            problems.add("unknown_attribute", line, "attributes", written, name=shown, known=known)
    return frozenset(names)


def _read_coordinates(
    seat: SeatLine, values: dict[str, str], found: SeatFile, problems: ImportProblems
) -> list[tuple[int, str]]:
    """Put x and y into the seat; return the columns that are empty."""
    numbers: dict[str, float | None] = {"x": None, "y": None}
    without = []
    for column in ("x", "y"):
        value = values[column]
        if not value:
            without.append((seat.line, column))
            continue
        found.has_coordinates = True
        if not _NUMBER.fullmatch(value):
            problems.add("not_a_number", seat.line, column, value)
            continue
        number = float(value.replace(",", "."))
        if abs(number) > MAX_COORDINATE:
            problems.add("number_too_large", seat.line, column, value)
            continue
        numbers[column] = number
    seat.x, seat.y = numbers["x"], numbers["y"]
    return without
