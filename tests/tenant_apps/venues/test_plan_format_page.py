"""docs/plan-format.md says what is so: its example, its codes, its bytes."""

from __future__ import annotations

import json
import re
import struct
from itertools import accumulate
from pathlib import Path

from tenant_apps.venues.domain import check_document, encode_compact, model, parse_plan
from tenant_apps.venues.domain.problems import SENTENCES
from tests.support.plans import small_plan

PAGE = (Path(__file__).parents[3] / "docs/plan-format.md").read_text("utf-8")
# Of the document's shape; the schema says these.
OF_THE_SCHEMA = {
    "not_json", "too_big", "wrong_type", "missing_field", "unknown_field", "too_many", "too_few",
    "too_long", "too_short", "too_large", "too_small", "bad_text", "not_a_choice",
    "repeated_entry",
}  # fmt: skip


def test_the_example_can_be_published() -> None:
    found = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    assert check_document(json.loads(found[1])).problems == ()


def test_every_code_that_keeps_a_plan_from_being_published_is_explained() -> None:
    assert {code for code in SENTENCES if f"`{code}`" not in PAGE} == OF_THE_SCHEMA


def test_the_bytes_lie_where_the_page_says() -> None:
    plan = parse_plan(small_plan())
    content = encode_compact(plan)
    magic, version, flags, places, seats, rows, sections, length, zero = struct.unpack_from(
        "<4sHHIIIIII", content
    )
    assert (magic, version, flags, zero) == (b"EFPL", 1, 0, 0)
    assert (places, seats, rows, sections) == (16, 11, 3, 1)
    assert length % 4 == 0
    head = json.loads(content[32 : 32 + length])
    at = 32 + length
    arrays = []
    for code, count in [
        *[("I", rows)],
        *[("i", seats)] * 3,
        ("H", rows),
        ("H", seats),
        ("B", rows),
        ("B", seats),
    ]:
        assert at % struct.calcsize(code) == 0
        arrays.append(struct.unpack_from(f"<{count}{code}", content, at))
        at += struct.calcsize(f"<{count}{code}")
    assert at == len(content)
    first, xs, ys, labels, row_sections, attributes, kinds, categories = arrays
    assert first == (0, 4, 8)
    points = [point for _, line in plan.lines() for point in line.positions]
    assert [x / 100 for x in accumulate(xs)] == [point.x for point in points]
    assert [y / 100 for y in accumulate(ys)] == [point.y for point in points]
    assert [head["labels"][n] for n in accumulate(labels)] == list("12341234123")
    assert row_sections == (0, 0, 0)
    assert kinds == (0, 0, 1)
    assert [head["categories"][n]["key"] for n in categories] == list("aaaabbbaaaa")
    wheelchair = 1 << head["attributes"].index("wheelchair")
    assert attributes[2:4] == (1 << 15, wheelchair)
    assert head["attributes"] == list(model.ATTRIBUTES)
    assert head["areas"][0]["first"] == 11
    assert head["rows"] == ["A", "B", "1"]
