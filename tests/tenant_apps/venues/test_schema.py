"""Our compiled schema says what the jsonschema package says, and names the place."""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, fields
from math import isnan
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from tenant_apps.venues.domain import PlanRefused, model, parse_plan
from tenant_apps.venues.domain.schema import SCHEMA
from tests.support.plans import anything, damaged_documents, documents, small_plan


def _matches_whole(_: Any, pattern: str, value: object, __: Any) -> Any:
    # Python's $ also matches before a final line break; ECMA's, which JSON Schema means, does not.
    if isinstance(value, str) and not re.fullmatch(pattern, value):
        yield jsonschema.ValidationError("pattern")


REFEREE = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {"pattern": _matches_whole}
)(SCHEMA)


def is_accepted(document: object) -> bool:
    try:
        parse_plan(document)
    except PlanRefused as refusal:
        return not json.dumps(refusal.details)
    return True


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@given(documents)
@settings(max_examples=150, deadline=None)
def test_what_the_strategy_draws_is_accepted(document: dict[str, Any]) -> None:
    assert REFEREE.is_valid(document)
    assert is_accepted(document)


@given(damaged_documents())
@settings(max_examples=400, deadline=None)
def test_a_damaged_document_gets_the_verdict_of_jsonschema(document: dict[str, Any]) -> None:
    assert is_accepted(document) == _referee(document)


@given(anything)
@settings(max_examples=300, deadline=None)
def test_rubbish_is_refused(document: object) -> None:
    assert is_accepted(document) == _referee(document)


def _referee(document: object) -> bool:
    # jsonschema lets NaN pass every bound; it is no JSON at all.
    def has_nan(value: object) -> bool:
        if isinstance(value, dict):
            return any(map(has_nan, value.values()))
        if isinstance(value, list):
            return any(map(has_nan, value))
        return isinstance(value, float) and isnan(value)

    return REFEREE.is_valid(document) and not has_nan(document)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (model.Seat, "seat"), (model.Row, "row"), (model.Table, "table"), (model.Area, "area"),
        (model.Section, "section"), (model.Category, "category"), (model.Floor, "floor"),
        (model.Entrance, "entrance"), (model.Stage, "stage"), (model.Text, "text"),
        (model.Background, "background"),
    ],
)  # fmt: skip
def test_the_types_have_the_fields_of_the_schema(kind: type, name: str) -> None:
    definition = SCHEMA["$defs"][name]
    own = {spec.name: spec for spec in fields(kind) if spec.name != "positions"}
    assert set(own) == set(definition["properties"])
    required = {n for n, spec in own.items() if spec.default is MISSING}
    # "seats" is always written, and a seat's key falls back to its label.
    assert required | ({"seats"} & set(own)) == set(definition["required"]) | (
        {"key"} if kind is model.Seat else set()
    )


def test_the_attributes_are_those_of_the_schema() -> None:
    assert list(model.ATTRIBUTES) == SCHEMA["$defs"]["attribute"]["enum"]
    assert len(model.ATTRIBUTES) <= 15  # the sixteenth bit is the aisle's
    assert SCHEMA["$defs"]["seat"]["properties"]["attributes"]["maxItems"] == len(model.ATTRIBUTES)


def refused(document: object) -> list[tuple[str, str, str]]:
    with pytest.raises(PlanRefused) as refusal:
        parse_plan(document)
    return [(p.code, p.pointer, p.place) for p in refusal.value.problems]


def test_each_problem_names_its_place() -> None:
    document = small_plan()
    row = document["sections"][0]["rows"][0]
    row["seats"][2]["lable"] = "x"
    row["seats"][3]["attributes"] = ["wheelchair", "wheelchair", "sofa"]
    row["spacing"] = 0
    del document["areas"][0]["capacity"]
    document["areas"][0]["polygon"] = [[0, 0], [1]]
    assert refused(document) == [
        ("too_small", "/sections/0/rows/0/spacing", "Stalls, row A"),
        ("unknown_field", "/sections/0/rows/0/seats/2", "Stalls, row A, seat 3"),
        ("not_a_choice", "/sections/0/rows/0/seats/3/attributes/2", "Stalls, row A, seat 4"),
        ("repeated_entry", "/sections/0/rows/0/seats/3/attributes/1", "Stalls, row A, seat 4"),
        ("too_few", "/areas/0/polygon", "Floor"),
        ("too_few", "/areas/0/polygon/1", "Floor"),
        ("missing_field", "/areas/0", "Floor"),
    ]


@pytest.mark.parametrize(
    "label", ["a\x00b", "a\nb", "x\u202ey", "\ud800", "zero\u200bwidth", "end\n"]
)
def test_labels_that_deceive_the_eye_or_the_database_are_refused(label: str) -> None:
    document = small_plan()
    document["sections"][0]["label"] = label
    assert refused(document) == [("bad_text", "/sections/0/label", refused(document)[0][2])]


def test_a_million_mistakes_are_counted_and_some_are_listed() -> None:
    document = small_plan(categories=[])
    document["sections"][0]["rows"][0]["seats"] = [{"label": 1}] * 2000
    document["sections"] = document["sections"] * 1000
    with pytest.raises(PlanRefused) as refusal:
        parse_plan(document)
    assert len(refusal.value.problems) == 500
    assert refusal.value.details["total"] == 2_000_000


def test_too_long_a_list_is_not_looked_into() -> None:
    assert refused(small_plan(areas=[7] * 501)) == [("too_many", "/areas", "the plan")]
