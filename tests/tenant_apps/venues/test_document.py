"""A document becomes a plan and back, and two that mean the same have one checksum."""

from __future__ import annotations

import json
import unicodedata
from math import hypot
from typing import Any

import pytest
from hypothesis import given, settings

from tenant_apps.venues.domain import (
    PlanRefused,
    canonical_bytes,
    checksum_of,
    load_json,
    parse_plan,
    to_document,
)
from tests.support.plans import documents, small_plan


@given(documents)
@settings(max_examples=200, deadline=None)
def test_a_plan_goes_out_and_comes_back(document: dict[str, Any]) -> None:
    plan = parse_plan(document)
    canonical = to_document(plan)
    again = parse_plan(canonical)
    assert again == plan
    assert [line.positions for _, line in again.lines()] == [
        line.positions for _, line in plan.lines()
    ]
    assert to_document(again) == canonical
    assert parse_plan(json.loads(canonical_bytes(canonical))) == plan


def test_spelling_does_not_change_the_checksum() -> None:
    plain = small_plan()
    spelled = small_plan(sections=json.loads(json.dumps(plain["sections"])), shapes=[], floors=[])
    section = spelled["sections"][0]
    section["label"] = " Stalls "
    section["rows"][0].update(angle=-0.0, radius=0, spacing=50.001)
    section["rows"][0]["seats"][0].update(gap=0, shift=[0, 0.0], attributes=[], key="1")
    assert checksum_of(to_document(parse_plan(spelled))) == checksum_of(
        to_document(parse_plan(plain))
    )


def test_two_ways_to_write_an_accent_are_one_label() -> None:
    composed = small_plan(name="Théâtre")
    decomposed = small_plan(name=unicodedata.normalize("NFD", "Théâtre"))
    assert decomposed["name"] != composed["name"]
    assert parse_plan(decomposed) == parse_plan(composed)


def test_a_seats_key_is_its_label_until_it_has_one_of_its_own() -> None:
    document = small_plan()
    document["sections"][0]["rows"][0]["seats"][0] = {"label": "1a", "key": "1"}
    first, second, *_ = parse_plan(document).sections[0].rows[0].seats
    assert (first.key, first.label) == ("1", "1a")
    assert (second.key, second.label) == ("2", "2")


def positions(**row: Any) -> list[tuple[float, float]]:
    document = small_plan()
    document["sections"][0]["rows"][0].update(row)
    return [tuple(point) for point in parse_plan(document).sections[0].rows[0].positions]


def test_a_straight_row_runs_along_its_angle() -> None:
    assert positions() == [(500, 400), (550, 400), (700, 400), (750, 400)]
    assert positions(angle=90) == [(500, 400), (500, 450), (500, 600), (500, 650)]


def test_a_gap_and_a_shift_move_a_seat() -> None:
    seats = [{"label": "1", "gap": 10}, {"label": "2", "shift": [3, -4.5]}, {"label": "3"}]
    assert positions(seats=seats) == [(510, 400), (563, 395.5), (610, 400)]


def test_a_curved_row_keeps_its_distance_from_the_centre() -> None:
    seats = [{"label": str(number)} for number in range(20)]
    # A negative radius bends counter-clockwise: the centre lies straight above the first seat.
    around = positions(radius=-300, seats=seats)
    assert around[0] == (500, 400)
    assert all(abs(hypot(x - 500, y - 100) - 300) < 0.02 for x, y in around)
    assert around[1][1] < 400
    assert positions(radius=300, seats=seats)[1][1] > 400


def test_a_tables_seats_stand_around_it() -> None:
    document = small_plan()
    table = document["sections"][0]["tables"][0]
    table["seats"] = [{"label": str(number)} for number in range(1, 5)]
    north, east, south, west = parse_plan(document).sections[0].tables[0].positions
    assert (north.x, south.x, east.y, west.y) == (1200, 1200, 500, 500)
    assert north.y < 500 < south.y
    assert west.x < 1200 < east.x

    table.update(shape="rectangle", sides=[2, 1, 1, 0])
    first, second, third, fourth = parse_plan(document).sections[0].tables[0].positions
    assert first.y == second.y < 500
    assert first.x < second.x < third.x
    assert fourth.y > 500


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe{}", b"[1,2", b"NaN", b'{"a": Infinity}', b'"\\ud800"', b"[" * 100_000],
)
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(PlanRefused) as refusal:
        load_json(content)
    assert refusal.value.problems[0].code == "not_json"
    assert "JSON" in refusal.value.problems[0].sentence


def test_a_mark_before_the_json_is_skipped() -> None:
    assert load_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_too_big_a_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(PlanRefused) as refusal:
        load_json(b" " * (32 * 1024 * 1024 + 1))
    assert refusal.value.problems[0].code == "too_big"
