"""Ordinals, places, neighbours and search; the compact form carries them all."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from hypothesis import assume, given, settings

from tenant_apps.venues.domain import (
    Layout,
    NoSuchPlace,
    NotCompact,
    decode_compact,
    encode_compact,
    layout_of,
    model,
    parse_plan,
)
from tests.support.plans import documents, small_plan


def layout(document: dict[str, Any]) -> Layout:
    return layout_of(decode_compact(encode_compact(parse_plan(document))))


SMALL = layout(small_plan())


def test_ordinals_run_through_rows_tables_and_areas() -> None:
    assert [SMALL.place(ordinal).name for ordinal in range(SMALL.place_count)] == [
        "Stalls · Row A · Seat 1",
        "Stalls · Row A · Seat 2",
        "Stalls · Row A · Seat 3",
        "Stalls · Row A · Seat 4",
        "Stalls · Row B · Seat 1",
        "Stalls · Row B · Seat 2",
        "Stalls · Row B · Seat 3",
        "Stalls · Row B · Seat 4",
        "Stalls · Table 1 · Seat 1",
        "Stalls · Table 1 · Seat 2",
        "Stalls · Table 1 · Seat 3",
        *["Floor"] * 5,
    ]


def test_a_place_says_what_it_is() -> None:
    seat = SMALL.place(3)
    assert (seat.kind, seat.section, seat.row, seat.label) == ("seat", "Stalls", "A", "4")
    assert (seat.category, seat.attributes, seat.x, seat.y) == ("a", {"wheelchair"}, 750, 400)
    standing = SMALL.place(15)
    assert (standing.kind, standing.category, standing.x) == ("area", "b", 1000)


def test_categories_by_ordinal() -> None:
    keys, indexes = SMALL.category_indexes()
    assert keys == ["a", "b"]
    assert list(indexes) == [0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("ordinal", [-1, 16, 10**9])
def test_there_is_no_place_beyond_the_plan(ordinal: int) -> None:
    with pytest.raises(NoSuchPlace):
        SMALL.place(ordinal)


def test_neighbours_stop_at_aisles_and_row_ends_and_go_around_tables() -> None:
    assert SMALL.neighbours(0) == (None, 1)
    assert SMALL.neighbours(1) == (0, None)
    assert SMALL.neighbours(2) == (None, 3)
    assert SMALL.neighbours(4) == (None, 5)
    assert SMALL.neighbours(8) == (10, 9)
    assert SMALL.neighbours(12) == (None, None)
    assert SMALL.segment(1) == range(2)
    assert SMALL.segment(5) == range(4, 8)
    assert SMALL.sections[0].rows[0].segments() == (range(2), range(2, 4))


def test_an_area_in_a_section_is_named_with_it() -> None:
    document = small_plan()
    document["areas"][0]["section"] = "stalls"
    own = layout(document)
    assert own.place(12).name == "Stalls · Floor"
    assert own.sections[0].areas == own.areas


@pytest.mark.parametrize(
    ("wanted", "ordinals"),
    [
        ({"text": "stalls b 2"}, [5]),
        ({"text": "STALLS a"}, [0, 1, 2, 3]),
        ({"text": "b 2"}, [5]),
        ({"text": "a4"}, [3]),
        ({"text": "flo"}, [11]),
        ({"text": "nowhere"}, []),
        ({"attribute": "wheelchair"}, [3]),
        ({"row": "a", "seat": "4"}, [3]),
        ({"section": "stalls", "category": "b"}, [4, 5, 6]),
        ({"limit": 2}, [0, 1]),
        ({"limit": -1}, []),
    ],
)
def test_places_are_found(wanted: dict[str, Any], ordinals: list[int]) -> None:
    assert [place.ordinal for place in SMALL.search(**wanted)] == ordinals


@given(documents)
@settings(max_examples=200, deadline=None)
def test_the_compact_form_carries_every_seat(document: dict[str, Any]) -> None:
    plan = parse_plan(document)
    # A published plan lies on its sheet; only then do hundredths fit into 32 bits.
    points = [point for _, line in plan.lines() for point in line.positions]
    assume(all(abs(x) < 1e7 and abs(y) < 1e7 for x, y in points))
    content = encode_compact(plan)
    assert encode_compact(plan) == content
    places = layout_of(decode_compact(content))
    keys = [category.key for category in plan.categories]
    ordinal = 0
    for section, line in plan.lines():
        for seat, point in zip(line.seats, line.positions, strict=True):
            place = places.place(ordinal)
            assert (place.section, place.row, place.label) == (
                section.label, line.label, seat.label,
            )  # fmt: skip
            assert (place.x, place.y) == point
            assert place.attributes == seat.attributes
            category = model.category_of(section, line, seat)
            assert place.category == (category if category in keys else "")
            ordinal += 1
    assert places.seat_count == ordinal
    assert places.place_count == plan.place_count
    for area, shown in zip(plan.areas, places.areas, strict=True):
        assert (shown.key, shown.first_ordinal) == (area.key, ordinal)
        ordinal += area.capacity


def test_rubbish_is_not_compact() -> None:
    content = encode_compact(parse_plan(small_plan()))
    for rubbish in (
        b"",
        b"EFPL",
        b"X" * 100,
        content[:-1],
        content[:40],
        b"EFPL\x02" + content[5:],
    ):
        with pytest.raises(NotCompact):
            decode_compact(rubbish)


def test_a_seat_takes_few_bytes() -> None:
    seats = [{"label": str(number)} for number in range(1, 41)]
    rows = [
        {
            "key": f"r{n}", "label": f"{n}", "start": [500, 400 + 37.77 * n], "spacing": 50.13,
            "radius": -3000 - 41.7 * n, "angle": 17.3, "seats": seats,
        }
        for n in range(100)
    ]  # fmt: skip
    document = small_plan(sections=[{"key": "s", "label": "S", "category": "a", "rows": rows}])
    content = encode_compact(parse_plan(document))
    assert len(gzip.compress(content)) / 4000 < 12
