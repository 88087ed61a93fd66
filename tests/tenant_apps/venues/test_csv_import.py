"""A CSV file becomes a plan, or a list of what is wrong with it, line by line."""

from __future__ import annotations

import codecs
import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow.local import demo_plans
from tenant_apps.venues.domain import (
    ATTRIBUTES,
    ImportReport,
    Plan,
    category_of,
    import_csv,
    import_json,
    parse_plan,
)
from tenant_apps.venues.domain.report import TEXTS

HEADER = "section,row,seat,category"


def run(*lines: str, header: str = HEADER) -> ImportReport:
    return import_csv("\n".join([header, *lines]).encode(), name="Hall")


def wrong(report: ImportReport) -> list[tuple[str, int, str]]:
    for problem in report.problems:
        assert (
            all(isinstance(text, str) for text in problem.as_dict().values() if text is not None)
            or True
        )
    return [(problem.code, problem.line, problem.column) for problem in report.problems]


def plan_of(report: ImportReport) -> Plan:
    assert report.document is not None, wrong(report)
    return parse_plan(report.document)


def seats_of(plan: Plan) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    return {
        (section.label, line.label, seat.label): (category_of(section, line, seat), point)
        for section, line in plan.lines()
        for seat, point in zip(line.seats, line.positions, strict=True)
    }


def as_csv(plan: Plan, *, scale: float = 1.0, with_coordinates: bool = True) -> bytes:
    """Write a plan's seats as a file."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["Section", "Row", "Seat", "Category", "Attributes", "X", "Y"][
            : 7 if with_coordinates else 5
        ]
    )
    for section, line in plan.lines():
        for seat, (x, y) in zip(line.seats, line.positions, strict=True):
            values = [
                section.label,
                line.label,
                seat.label,
                category_of(section, line, seat),
                "|".join(seat.attributes),
            ]
            if with_coordinates:
                values += [f"{x * scale:.6g}", f"{y * scale:.6g}"]
            writer.writerow(values)
    return out.getvalue().encode()


# --- what is understood ---------------------------------------------------------------------------


def test_without_coordinates_rows_are_laid_out_below_a_stage() -> None:
    report = run("Stalls,A,1,Gold", "Stalls,A,2,Gold", "Stalls,B,1,Silver", "Circle,A,1,Gold")
    assert (report.total, report.seat_count, report.lines_read) == (0, 4, 4)
    assert report.can_be_published
    assert not report.has_coordinates
    assert [(s.label, s.rows, s.seats) for s in report.sections] == [
        ("Stalls", 2, 3),
        ("Circle", 1, 1),
    ]
    assert report.categories == {"Gold": 3, "Silver": 1}
    assert [(made.line, made.place, made.category) for made in report.made][:2] == [
        (2, "Stalls · Row A · Seat 1", "Gold"),
        (3, "Stalls · Row A · Seat 2", "Gold"),
    ]
    plan = plan_of(report)
    assert plan.stage is not None
    assert [c.name for c in plan.categories] == ["Gold", "Silver"]
    first, second = plan.sections[0].rows[0].positions
    assert second.x - first.x == 50
    assert first.y == second.y > plan.stage.polygon[2].y


def test_categories_stand_where_most_of_their_seats_are() -> None:
    report = run("S,A,1,Gold", "S,A,2,Gold", "S,B,1,Gold", "S,B,2,Silver", "S,B,3,Silver")
    assert report.document is not None
    [section] = report.document["sections"]
    assert section["category"] == "gold"
    assert "category" not in section["rows"][0]
    assert section["rows"][1]["category"] == "silver"
    assert section["rows"][1]["seats"][0] == {"label": "1", "category": "gold"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"", "utf-16-le"),
        (b"", "cp1252"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_encodings_and_line_ends(
    delimiter: str, mark: bytes, encoding: str, end: str
) -> None:
    lines = [["SECTION", " Row ", "Seat_Number", "Category"], ["Théâtre", "É", "1", "Gold"], []]
    text = end.join(delimiter.join(line) for line in lines)
    report = import_csv(mark + text.encode(encoding), name="")
    assert wrong(report) == []
    assert report.made[0].place == "Théâtre · Row É · Seat 1"
    assert report.delimiter == delimiter


def test_excels_hint_quotes_and_decimal_commas() -> None:
    text = (
        'sep=;\r\nsection;row;seat;category;x;y;note\r\n"Rang ""1""; links";A;1;Gold;"12,5";80\r\n'
    )
    report = import_csv(text.encode(), name="")
    assert wrong(report) == []
    assert (report.delimiter, report.ignored_columns) == (";", ("note",))
    [(labels, (_, point))] = seats_of(plan_of(report)).items()
    assert labels == ('Rang "1"; links', "A", "1")
    assert point == (12.5, 80)


def test_attributes_are_read_whatever_separates_them() -> None:
    report = run(
        'S,A,1,G,"Wheelchair, step free"', "S,A,2,G,companion | restricted-view", "S,A,3,G,",
        header=HEADER + ",Attributes",
    )  # fmt: skip
    assert [sorted(seat.attributes) for seat in plan_of(report).sections[0].rows[0].seats] == [
        ["step_free", "wheelchair"],
        ["companion", "restricted_view"],
        [],
    ]


@pytest.mark.parametrize("draw", [demo_plans.theatre, demo_plans.stadium])
def test_a_houses_seats_come_back_where_they_were(draw: Any) -> None:
    original = parse_plan(draw())
    report = import_csv(as_csv(original), name=original.name)
    assert report.total == 0
    before, after = seats_of(original), seats_of(plan_of(report))
    assert set(before) == set(after)
    for labels, (category, (x, y)) in before.items():
        shown, (other_x, other_y) = after[labels]
        assert shown == category
        assert abs(x - other_x) <= 1
        assert abs(y - other_y) <= 1
    assert report.document is not None
    shifted = sum(
        "shift" in seat
        for section in report.document["sections"]
        for row in section["rows"]
        for seat in row["seats"]
    )
    assert shifted <= 5  # rows were recognised as the lines and arcs that they are


def test_metres_become_centimetres() -> None:
    original = parse_plan(demo_plans.theatre())
    report = import_csv(as_csv(original, scale=0.01), name="")
    assert report.scale == 100
    assert report.total == 0
    points = [point for _, point in seats_of(plan_of(report)).values()]
    assert min(x for x, _ in points) == 200


def test_a_seat_off_the_line_keeps_its_place() -> None:
    report = run(
        *(f"S,A,{n},G,{100 + 50 * n},{300 + (20 if n == 4 else 0)}" for n in range(1, 9)),
        header=HEADER + ",x,y",
    )
    row = plan_of(report).sections[0].rows[0]
    assert [seat.shift for seat in row.seats].count((0, 20)) == 1
    assert row.positions[3] == (300, 320)


def test_seats_listed_right_to_left_are_ordered_left_to_right() -> None:
    lines = [f"S,A,{n},G,{900 - 50 * n},300" for n in (1, 3, 5, 2, 4, 6)]
    row = plan_of(run(*lines, header=HEADER + ",x,y")).sections[0].rows[0]
    assert [seat.label for seat in row.seats] == ["6", "5", "4", "3", "2", "1"]


# --- what is wrong --------------------------------------------------------------------------------


def test_each_mistake_has_its_line_its_column_and_a_way_to_mend_it() -> None:
    report = run(
        "Stalls,A,1,Gold,10,20,",
        "Stalls,,2,Gold,60,20,",
        "Stalls,A,3,,110,north,",
        "Stalls,A,1,Gold,160,,sofa",
        "",
        f"Stalls,A,{'9' * 41},Gold,1e7,20,",
        "Stalls,A,\u200b5,Gold,210,20,,oops",
        header=HEADER + ",x,y,attributes",
    )
    assert report.document is None
    assert wrong(report) == [
        ("missing_value", 3, "row"),
        ("missing_value", 4, "category"),
        ("not_a_number", 4, "y"),
        ("unknown_attribute", 5, "attributes"),
        ("duplicate_seat", 5, "seat"),
        ("value_too_long", 7, "seat"),
        ("number_too_large", 7, "x"),
        ("extra_values", 8, ""),
        ("bad_characters", 8, "seat"),
        ("missing_coordinate", 5, "y"),
    ]
    told = report.problems[4].as_dict()
    assert told["message"] == "This seat stands on line 2 already."
    assert told["value"] == "1"
    assert told["mend"] == "Remove one of the two, or correct its row or number."
    assert report.problems[2].as_dict()["value"] == "north"


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b"", [("file_empty", 0, "")]),
        (b"\n \n", [("file_empty", 0, "")]),
        (b"section,row,seat,category", [("no_seats", 0, "")]),
        (b"section,row,seat\nS,A,1", [("missing_column", 1, "category")]),
        (b"a,b\n1,2", [("missing_column", 1, name) for name in HEADER.split(",")]),
        (b"section,block,row,seat,category\n", [("repeated_column", 1, "block"), ]),
        (b'section,row,seat,category\nS,A,"1,G\nS,A,2,G\n', [("broken_quotes", 2, "")]),
        (b"\xff\xfe\x00", [("not_text", 0, "")]),
        (b"\x81\x8d\x8f", [("not_text", 0, "")]),
    ],
)  # fmt: skip
def test_files_that_are_no_lists_of_seats(
    content: bytes, problems: list[tuple[str, int, str]]
) -> None:
    report = import_csv(content, name="")
    assert wrong(report) == problems
    assert not report.can_be_imported


def test_too_big_a_file_and_too_many_lines() -> None:
    assert wrong(import_csv(b"x" * (24 * 1024 * 1024 + 1), name="")) == [("file_too_big", 0, "")]
    many = import_csv(HEADER.encode() + b"\nS,A,1,G" * 200_001, name="")
    assert many.problems[-1].code == "duplicate_seat"
    assert len(many.problems) == 500
    assert many.total == 200_000  # of the first 200,000 lines all but one, and the last


def test_seats_that_overlap_are_imported_and_reported_with_their_line() -> None:
    report = run("S,A,1,G,100,100", "S,A,2,G,150,100", "S,B,1,G,100,110", header=HEADER + ",x,y")
    assert wrong(report) == [("overlap", 4, "")]
    assert report.problems[0].place == "S, row B, seat 1"
    assert report.can_be_imported
    assert not report.can_be_published


def test_a_seat_on_the_moon_is_named() -> None:
    lines = [f"S,A,{n},G,{50 * n},0" for n in range(1, 9)]
    report = run(*lines, "S,B,1,G,900000,0", header=HEADER + ",x,y")
    assert wrong(report) == [("too_far", 10, "x")]


def test_a_row_that_is_too_long_is_refused_with_its_place() -> None:
    report = run(*(f"S,A,{n},G" for n in range(2001)))
    assert [(p.code, p.line, p.place) for p in report.problems] == [("too_many", 2, "S, row A")]
    assert not report.can_be_imported


def test_two_hundred_thousand_seats_fit_on_a_sheet() -> None:
    lines = [f"S{s},R{r},{n},G" for s in range(20) for r in range(100) for n in range(100)]
    report = run(*lines)
    assert (report.seat_count, report.total) == (200_000, 0)


def test_every_text_can_be_filled() -> None:
    for sentence, mend in TEXTS.values():
        for template in (sentence, mend):
            params = dict.fromkeys(["maximum", "name", "count", "first", "known", "reason"], "x")
            assert template % params


# --- rubbish --------------------------------------------------------------------------------------

cells = st.one_of(
    st.sampled_from(
        ["", "A", "1", "S", "Gold", "12.5", "-3", "1e5", "nan", "inf", "x", "wheelchair", '"', "'"]
    ),
    st.text(max_size=8),
    st.sampled_from([f" {name} " for name in ATTRIBUTES]),
)
headers = st.lists(
    st.sampled_from(["section", "row", "seat", "x", "y", "category", "attributes", "foo", ""]),
    min_size=1,
    max_size=9,
)


@given(headers, st.lists(st.lists(cells, max_size=9), max_size=12), st.sampled_from(",;\t|"))
@settings(max_examples=300, deadline=None)
def test_rubbish_in_lines_is_reported(
    header: list[str], lines: list[list[str]], delimiter: str
) -> None:
    text = "\n".join(delimiter.join(line) for line in [header, *lines])
    check_report(import_csv(text.encode("utf-8", "replace"), name=""))


coordinates = st.one_of(st.integers(-50, 1000), st.floats(-1e6, 1e6), st.just(0))


@given(
    st.lists(st.tuples(st.sampled_from("AB"), coordinates, coordinates), min_size=1, max_size=12)
)
@settings(max_examples=300, deadline=None)
def test_seats_anywhere_are_fitted_to_rows(seats: list[tuple[str, float, float]]) -> None:
    lines = [f"S,{row},{n},G,{x:f},{y:f}" for n, (row, x, y) in enumerate(seats)]
    report = run(*lines, header=HEADER + ",x,y")
    check_report(report)
    if report.document is not None:
        assert len(seats_of(plan_of(report))) == len(seats)


@given(st.binary(max_size=400))
@settings(max_examples=400, deadline=None)
def test_bytes_are_never_more_than_refused(content: bytes) -> None:
    for report in (
        import_csv(content, name=""),
        import_csv(HEADER.encode() + b"\n" + content, name=""),
        import_json(content),
    ):
        check_report(report)


def check_report(report: ImportReport) -> None:
    assert report.total >= len(report.problems)
    for problem in report.as_dict()["problems"]:
        assert problem["message"]
        assert len(problem["value"]) <= 200
    if report.document is None:
        assert report.problems
    else:
        parse_plan(report.document)
