"""Which seat comes next for whoever has some."""

from __future__ import annotations

import pytest

from tenant_apps.inventory.domain.beside import seats_beside
from tenant_apps.venues import domain as venues
from tests.tenant_apps.storefront.conftest import house_document

FREE, HELD = 0, 1
# Stalls: A is 0 to 5 (0 for a wheelchair, 1 for who comes along), B 6 to 11, C 12 to 17.
COMPACT = venues.encode_compact(venues.parse_plan(house_document()))
LAYOUT = venues.layout_of(venues.decode_compact(COMPACT))


def states(*held: int) -> bytes:
    return bytes(HELD if each in held else FREE for each in range(LAYOUT.place_count))


@pytest.mark.parametrize(
    ("mine", "others", "first"),
    [
        ([9], [], 8),  # beside, and the seats around it are not alone
        ([8, 9], [], 7),  # either side leaves one: the nearest, from the left
        ([7, 8], [], 6),  # at the end nobody is left alone
        ([8, 9], [7], 10),
        ([8, 9], [7, 10], 2),  # the same seat of the row in front
        ([1], [], 2),
    ],
)
def test_the_seat_beside_comes_first(mine: list[int], others: list[int], first: int) -> None:
    assert seats_beside(LAYOUT, mine, states(*mine, *others))[0] == first


def test_a_wheelchair_space_is_chosen_and_never_found() -> None:
    found = seats_beside(LAYOUT, [2, 3], states(2, 3))
    assert not {0, 1} & set(found)


def test_other_sections_and_standing_places_are_not_beside() -> None:
    everything = range(18)
    assert seats_beside(LAYOUT, [8], states(*everything)) == []
    standing = LAYOUT.seat_count
    assert seats_beside(LAYOUT, [standing], states(standing)) == []
