from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenant_apps.storefront import domain


def test_a_poster_is_the_same_for_the_same_event_and_covers_the_whole_sheet() -> None:
    tiles = domain.poster_tiles("evt_1")

    assert tiles == domain.poster_tiles("evt_1") != domain.poster_tiles("evt_2")
    covered = [
        (x, y)
        for tile in tiles
        for x, y in product(
            range(tile.x, tile.x + tile.size, domain.TILE),
            range(tile.y, tile.y + tile.size, domain.TILE),
        )
    ]
    assert len(covered) == len(set(covered)) == domain.POSTER_COLUMNS * domain.POSTER_ROWS


@pytest.mark.parametrize(
    ("phase", "free", "state"),
    [
        ("open", 100, "on_sale"),
        ("open", 5, "few_left"),
        ("open", 0, "sold_out"),
        ("not_yet", 0, "opens_later"),
        ("closed", 100, "closed"),
        ("past", 0, "past"),
        ("cancelled", 100, "cancelled"),
        ("not_published", 100, "closed"),
    ],
)
def test_a_sale_is_said_in_one_word(phase: str, free: int, state: str) -> None:
    assert domain.sale_state(phase, free=free, places=100) == state


def test_an_event_is_as_open_as_its_most_open_performance() -> None:
    assert domain.best_of(["past", "sold_out", "on_sale", "few_left"]) == "on_sale"
    assert domain.best_of(["cancelled", "past"]) == "cancelled"


def rows_of(*lengths: int) -> list[list[range]]:
    rows, first = [], 0
    for length in lengths:
        rows.append([range(first, first + length)])
        first += length
    return rows


def test_the_best_seats_together_are_in_front_and_in_the_middle() -> None:
    assert domain.best_together(rows_of(10, 10), 2, lambda _: True) == [4, 5]


def test_seats_together_never_span_an_aisle() -> None:
    rows = [[range(3), range(3, 6)]]

    assert domain.best_together(rows, 2, {2, 3, 4}.__contains__) == [3, 4]
    assert domain.best_together(rows, 2, {2, 3}.__contains__) == []


def test_a_choice_that_leaves_one_seat_alone_is_avoided() -> None:
    # Of five free seats three are wanted: taking the middle would leave one on each side.
    assert domain.best_together(rows_of(5), 3, lambda _: True) == [0, 1, 2]


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(1, 6))
def test_what_is_found_together_is_open_and_side_by_side(row: list[bool], count: int) -> None:
    found = domain.best_together(rows_of(len(row)), count, row.__getitem__)

    assert not found or (
        found == list(range(found[0], found[0] + count)) and all(row[o] for o in found)
    )
    runs = "".join("x" if one else " " for one in row).split()
    assert bool(found) == any(len(run) >= count for run in runs)


def test_a_brand_becomes_a_sheet_of_plain_declarations() -> None:
    sheet = domain.brand_sheet("#b3245c")

    assert sheet.count("{") == sheet.count("}") == 2
    assert "--brand: light-dark(#" in sheet
    assert "url(" not in sheet
