"""What keeps a plan from being published, each with its place."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings

from tenant_apps.venues.domain import (
    PlanRefused,
    check_document,
    encode_compact,
    ensure_publishable,
)
from tenant_apps.venues.domain import (
    problems as problem_texts,
)
from tests.support.plans import anything, damaged_documents, documents, small_plan


def found(document: object) -> list[tuple[str, str]]:
    return [(problem.code, problem.place) for problem in check_document(document).problems]


def test_the_small_plan_is_right() -> None:
    assert found(small_plan()) == []
    assert ensure_publishable(small_plan()).place_count == 16


def test_missing_and_duplicate_labels_have_their_places() -> None:
    document = small_plan()
    section = document["sections"][0]
    section["rows"][0]["seats"][1]["label"] = "1"
    section["rows"][0]["seats"][2]["label"] = " "
    section["rows"][1]["label"] = "A"
    section["tables"][0]["label"] = ""
    document["sections"].append({"key": "x", "label": "Stalls", "category": "a"})
    report = check_document(document)
    assert [(p.code, p.place) for p in report.problems] == [
        ("duplicate_label", "Stalls"),
        ("duplicate_label", "Stalls, row A"),
        ("missing_label", "Stalls, table number 1"),
        ("duplicate_label", "Stalls, row A, seat 1"),
        ("missing_label", "Stalls, row A, seat number 3"),
        ("empty_section", "Stalls"),
    ]
    assert report.problems[3].pointer == "/sections/0/rows/0/seats/1"
    assert "the first is Stalls, row A, seat 1" in report.problems[3].sentence


def test_a_row_and_a_table_may_have_the_same_label_and_so_may_seats_of_two_rows() -> None:
    document = small_plan()
    document["sections"][0]["tables"][0]["label"] = "A"
    assert found(document) == []


def test_no_category_is_said_once_for_a_row_and_by_seat_where_only_some_lack_it() -> None:
    document = small_plan()
    section = document["sections"][0]
    del section["category"]
    section["tables"][0]["seats"][1]["category"] = "a"
    del document["areas"][0]["category"]
    assert found(document) == [
        ("no_category", "Stalls, row A"),
        ("no_category", "Stalls, table 1, seat 1"),
        ("no_category", "Stalls, table 1, seat 3"),
        ("no_category", "Floor"),
    ]


def test_an_unknown_category_is_reported_where_it_is_written() -> None:
    document = small_plan()
    section = document["sections"][0]
    section["category"] = "x"
    section["rows"][1]["category"] = "y"
    section["rows"][1]["seats"][3]["category"] = "z"
    document["areas"][0]["category"] = "w"
    assert found(document) == [
        ("unknown_category", "Stalls"),
        ("unknown_category", "Stalls, row B"),
        ("unknown_category", "Stalls, row B, seat 4"),
        ("unknown_category", "Floor"),
    ]


def test_keys_are_used_once() -> None:
    document = small_plan()
    section = document["sections"][0]
    section["tables"][0]["key"] = "r1"
    section["rows"][0]["seats"][1]["key"] = "1"
    document["areas"].append({**document["areas"][0], "label": "Other"})
    assert found(document) == [
        ("duplicate_key", "Other"),
        ("duplicate_key", "Stalls, table 1"),
        ("duplicate_key", "Stalls, row A, seat 2"),
    ]


def test_references_lead_somewhere() -> None:
    document = small_plan()
    document["sections"][0].update(floor="f", entrance="e")
    document["areas"][0].update(section="s")
    document["stage"]["floor"] = "f"
    assert found(document) == [
        ("unknown_floor", "Stalls"),
        ("unknown_entrance", "Stalls"),
        ("unknown_section", "Floor"),
        ("unknown_floor", "the stage"),
    ]


def test_nothing_lies_outside_the_sheet() -> None:
    document = small_plan()
    document["sections"][0]["rows"][0]["start"] = [1990, 400]
    document["areas"][0]["polygon"][0] = [-5, 1000]
    document["stage"]["polygon"][0] = [500, -50]
    assert found(document) == [
        ("outside", "Stalls, row A, seat 2"),
        ("outside", "Stalls, row A, seat 3"),
        ("outside", "Stalls, row A, seat 4"),
        ("outside", "Floor"),
        ("outside", "the stage"),
    ]


def test_overlapping_seats_name_each_other_and_floors_lie_over_each_other() -> None:
    document = small_plan()
    first = document["sections"][0]
    first["rows"][1]["start"] = [500, 430]
    report = check_document(document)
    assert [(p.code, p.place) for p in report.problems] == [
        ("overlap", "Stalls, row B, seat 1"),
        ("overlap", "Stalls, row B, seat 2"),
    ]
    assert report.problems[0].sentence == "It overlaps Stalls, row A, seat 1."
    upper = {**first, "key": "up", "label": "Upper", "floor": "1", "rows": [first["rows"].pop()]}
    upper["tables"] = []
    document.update(floors=[{"key": "1", "label": "One"}], sections=[first, upper])
    assert found(document) == []


def test_empty_things_and_sides_that_do_not_add_up() -> None:
    document = small_plan()
    section = document["sections"][0]
    section["rows"][0]["seats"] = []
    section["tables"][0].update(shape="rectangle", sides=[1, 1, 1, 1])
    document["areas"][0].update(capacity=0, polygon=[[0, 0], [10, 10], [20, 20]])
    assert found(document) == [
        ("empty_row", "Stalls, row A"),
        ("wrong_sides", "Stalls, table 1"),
        ("no_capacity", "Floor"),
        ("no_size", "Floor"),
    ]
    assert found(small_plan(sections=[], areas=[])) == [("no_places", "the plan")]


def test_more_places_than_the_house_can_have() -> None:
    area = small_plan()["areas"][0]
    two = [{**area, "key": key, "label": key, "capacity": 150_000} for key in "ab"]
    assert found(small_plan(areas=two)) == [("too_many_places", "the plan")]


def test_every_code_has_a_sentence_that_its_parameters_fill() -> None:
    seen: set[str] = set()
    for document in (small_plan(), small_plan(sections=[], areas=[]), {"format": 1}):
        for problem in check_document(document).problems:
            assert problem.sentence
            seen.add(problem.code)
    assert seen <= set(problem_texts.SENTENCES)


def test_ten_thousand_seats_on_one_spot_take_no_time() -> None:
    document = small_plan()
    pile = [{"label": str(number), "shift": [-0.01 * number, 0]} for number in range(2000)]
    row = {**document["sections"][0]["rows"][0], "spacing": 0.01, "seats": pile}
    document["sections"][0]["rows"] = [{**row, "key": f"r{n}", "label": f"{n}"} for n in range(5)]
    started = time.process_time()
    report = check_document(document)
    assert report.total == 10_000 - 1
    assert time.process_time() - started < 5


def test_a_plan_that_is_refused_carries_every_problem() -> None:
    with pytest.raises(PlanRefused) as refusal:
        ensure_publishable(small_plan(sections=[], areas=[]))
    assert refusal.value.details == {
        "field": "document",
        "total": 1,
        "problems": [
            {
                "code": "no_places",
                "pointer": "",
                "place": "the plan",
                "message": "The plan has no places at all.",
            }
        ],
    }


@given(documents | damaged_documents() | anything)
@settings(max_examples=300, deadline=None)
def test_a_check_never_fails_and_what_it_passes_can_be_encoded(document: Any) -> None:
    report = check_document(document)
    for problem in report.problems:
        assert problem.sentence
        assert problem.place
    assert report.total >= len(report.problems)
    if report.can_be_published:
        assert report.plan is not None
        encode_compact(report.plan)
