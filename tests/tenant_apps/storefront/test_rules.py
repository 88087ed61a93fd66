from __future__ import annotations

from itertools import product

import pytest

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


def test_a_brand_becomes_a_sheet_of_plain_declarations() -> None:
    sheet = domain.brand_sheet("#b3245c")

    assert sheet.count("{") == sheet.count("}") == 2
    assert "--brand: light-dark(#" in sheet
    assert "url(" not in sheet
