"""The demo houses are plans that can be published, of the sizes they claim."""

from __future__ import annotations

import gzip
from collections import Counter

import pytest

from eventflow.local import demo_plans
from tenant_apps.venues.domain import (
    Plan,
    checksum_of,
    encode_compact,
    ensure_publishable,
    model,
    to_document,
)


@pytest.fixture(scope="module")
def theatre() -> Plan:
    return ensure_publishable(demo_plans.theatre())


def attributes(plan: Plan) -> Counter[str]:
    return Counter(
        name for _, line in plan.lines() for seat in line.seats for name in seat.attributes
    )


def test_the_theatre_has_stalls_boxes_and_two_balconies(theatre: Plan) -> None:
    assert 1150 <= theatre.place_count <= 1250
    assert [section.label for section in theatre.sections] == [
        "Stalls", "Boxes left", "Boxes right", "Dress Circle", "Upper Circle",
    ]  # fmt: skip
    assert all(isinstance(row, model.Row) and row.radius < 0 for _, row in theatre.lines())
    seats = attributes(theatre)
    assert seats["wheelchair"] == seats["companion"] == 12
    assert seats["restricted_view"] >= 30


def test_the_theatre_numbers_odd_on_the_left_and_even_on_the_right(theatre: Plan) -> None:
    labels = [int(seat.label) for seat in theatre.sections[0].rows[0].seats]
    half = len(labels) // 2
    assert labels[:half] == sorted(range(1, 2 * half, 2), reverse=True)
    assert labels[half:] == list(range(2, 2 * half + 1, 2))


def test_the_stadium_has_60_000_seats_and_a_small_compact_form() -> None:
    plan = ensure_publishable(demo_plans.stadium())
    assert plan.place_count == plan.seat_count == 60_000
    assert {section.label.split()[0] for section in plan.sections} == {
        "North", "East", "South", "West",
    }  # fmt: skip
    assert len(gzip.compress(encode_compact(plan), 6)) <= 12 * 60_000


def test_the_club_has_standing_room_a_gallery_and_tables() -> None:
    plan = ensure_publishable(demo_plans.club())
    assert [area.capacity for area in plan.areas] == [400]
    gallery, tables = plan.sections
    assert sum(len(row.seats) for row in gallery.rows) == 60
    assert len(tables.tables) == 8


@pytest.mark.parametrize("draw", [demo_plans.theatre, demo_plans.club])
def test_drawing_twice_gives_the_same_plan(draw: object) -> None:
    assert callable(draw)
    one, two = (checksum_of(to_document(ensure_publishable(draw()))) for _ in range(2))
    assert one == two
