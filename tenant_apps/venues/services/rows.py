"""The rows of a published version: sections, rows, seats and areas, by COPY where they are many."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from tenant_apps.venues.domain import Plan, category_of
from tenant_apps.venues.models import Area, PlanVersion, Row, Section

SEAT_COLUMNS = "version_id, row_id, ordinal, key, label, category, x, y, attributes"
# What has a meaning in COPY's text format: backslash and the separators.
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def write_rows(version: PlanVersion, plan: Plan) -> None:
    """Write all that the version consists of, in the caller's transaction."""
    sections = Section.objects.bulk_create(
        Section(
            version=version,
            key=section.key,
            label=section.label,
            floor=section.floor,
            position=position,
        )
        for position, section in enumerate(plan.sections)
    )
    rows = Row.objects.bulk_create(_rows(version, plan, sections), batch_size=2_000)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY venues_seat ({SEAT_COLUMNS}) FROM STDIN") as copy,
    ):
        for lines in _seats(version, plan, rows):
            copy.write(lines)
    by_key = {section.key: section for section in sections}
    Area.objects.bulk_create(_areas(version, plan, by_key))


def _rows(version: PlanVersion, plan: Plan, sections: list[Section]) -> Iterator[Row]:
    first = 0
    for section, parsed in zip(sections, plan.sections, strict=True):
        for line in parsed.lines:
            yield Row(
                version=version,
                section=section,
                key=line.key,
                kind=line.kind,
                label=line.label,
                first_ordinal=first,
                seat_count=len(line.seats),
            )
            first += len(line.seats)


def _seats(version: PlanVersion, plan: Plan, rows: list[Row]) -> Iterator[str]:
    """Yield for each row its seats as lines of COPY's text format."""
    for row, (section, line) in zip(rows, plan.lines(), strict=True):
        lines = []
        start = f"{version.pk}\t{row.pk}\t"
        for index, (seat, (x, y)) in enumerate(zip(line.seats, line.positions, strict=True)):
            key, label = seat.key.translate(ESCAPES), seat.label.translate(ESCAPES)
            attributes = ",".join(sorted(seat.attributes))
            lines.append(
                f"{start}{row.first_ordinal + index}\t{key}\t{label}"
                f"\t{category_of(section, line, seat)}\t{x}\t{y}\t{{{attributes}}}\n"
            )
        yield "".join(lines)


def _areas(version: PlanVersion, plan: Plan, by_key: dict[str, Section]) -> Iterator[Area]:
    first = plan.seat_count
    for area in plan.areas:
        yield Area(
            version=version,
            section=by_key.get(area.section),
            key=area.key,
            label=area.label,
            category=area.category,
            first_ordinal=first,
            capacity=area.capacity,
        )
        first += area.capacity
