"""Who sits beside whom, a byte for each place."""

from __future__ import annotations

from typing import Any

from tenant_apps.venues import domain
from tenant_apps.venues.domain import Mark
from tests.support.plans import small_plan

SIGNS = {
    Mark.SEAT: "s",
    Mark.TABLE: "t",
    Mark.WHEELCHAIR: "w",
    Mark.COMPANION: "c",
    Mark(0): ".",
    Mark.TABLE | Mark.WHEELCHAIR: "x",
    Mark.TABLE | Mark.COMPANION: "y",
}


def drawn(document: dict[str, Any]) -> str:
    """Return a letter for each place, with a bar before each that begins a stretch."""
    compact = domain.encode_compact(domain.parse_plan(document))
    marks = domain.seating_of(domain.layout_of(domain.decode_compact(compact)))
    return "".join("|" * (mark & Mark.BEGINS) + SIGNS[Mark(mark) & ~Mark.BEGINS] for mark in marks)


def row_of(*attributes: str) -> dict[str, Any]:
    """Return a plan of one row; "" is a plain seat."""
    document = small_plan(areas=[])
    section = document["sections"][0]
    section["tables"] = []
    seats = [
        {"label": str(at), "attributes": each.split()} if each else {"label": str(at)}
        for at, each in enumerate(attributes)
    ]
    section["rows"] = [{**section["rows"][0], "seats": seats}]
    return document


def test_stretches_end_at_aisles_and_rows_and_standing_places_have_none() -> None:
    assert drawn(small_plan()) == "|ss|s|w|ssss|ttt|.|.|.|.|."


def test_wheelchair_spaces_and_their_companions_are_a_stretch_of_their_own() -> None:
    assert drawn(row_of("", "companion", "wheelchair", "", "")) == "|s|cw|ss"
    assert drawn(row_of("wheelchair", "companion", "companion")) == "|wcc"


def test_a_companion_seat_without_a_wheelchair_space_is_a_seat() -> None:
    assert drawn(row_of("companion", "", "wheelchair", "", "companion")) == "|ss|w|ss"


def test_a_table_may_have_them_too() -> None:
    document = small_plan(areas=[])
    section = document["sections"][0]
    section["rows"] = []
    table = section["tables"][0]
    table["seats"] = [
        {"label": "1", "attributes": ["wheelchair"]},
        {"label": "2"},
        {"label": "3", "attributes": ["companion"]},
    ]
    alone = {**table, "key": "t2", "label": "2", "position": [1600, 500]}
    alone["seats"] = [{"label": "1"}, {"label": "2", "attributes": ["companion"]}]
    section["tables"] = [table, alone]
    assert drawn(document) == "|xty|tt"


def test_stretches_are_found_again_in_the_marks() -> None:
    compact = domain.encode_compact(domain.parse_plan(small_plan()))
    marks = domain.seating_of(domain.layout_of(domain.decode_compact(compact)))
    assert [len(stretch) for stretch in domain.stretches_of(marks)] == [2, 1, 1, 4, 3]
