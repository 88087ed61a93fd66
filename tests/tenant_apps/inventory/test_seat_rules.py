"""The rules of which seats may be bought together, as the scripts enforce them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from redis import Redis

from kernel.errors import DomainError
from tenant_apps.events.domain import NO_RULES, SeatRules, SingleSeats
from tenant_apps.inventory import domain, holds
from tenant_apps.inventory.domain import PlaceState
from tenant_apps.venues.domain import Mark
from tests.support.halls import SALE, SCOPE, Hall, one_row
from tests.support.seat_rules import Scene, Verdict, halls, verdict

STRICT = SeatRules(single_seats=SingleSeats.STRICT)
LENIENT = SeatRules(single_seats=SingleSeats.LENIENT)
ANYTHING_GOES = replace(SALE, per_hold=100, per_session=100)


@pytest.fixture
def hall(valkey: Redis) -> Iterator[Hall]:
    hall = Hall()
    yield hall
    hall.runner.close()


def open_hall(hall: Hall, rules: SeatRules, states: str, seating: bytes | None = None) -> None:
    """Open a hall in which `x` is sold and `.` is free."""
    places = bytes(PlaceState.SOLD if state == "x" else PlaceState.FREE for state in states)
    hall.load(places=places, seating=seating, sale=replace(SALE, rules=rules))


def refused(act: Any) -> Verdict:
    try:
        act()
    except DomainError as refusal:
        places = refusal.details["places"]
        assert isinstance(places, list)
        return refusal.code, places
    return None


@pytest.mark.parametrize(
    ("rules", "states", "wanted", "alone"),
    [
        # Both ends are edges: one seat would stay beside an edge, or between two buyers.
        (STRICT, "........", [1, 2], [0]),
        (STRICT, "........", [5, 6], [7]),
        (STRICT, "...x....", [1, 2], [0]),
        (STRICT, "........", [1, 3], [0, 2]),
        (STRICT, "........", [0, 1], []),
        (STRICT, "........", [2, 3], []),
        # It was alone before: nobody is to blame for it.
        (STRICT, "x.x..xxx", [3, 4], []),
        (STRICT, "x...xxxx", [1, 2], [3]),
        # Three free and two wanted: whichever two, one stays.
        (LENIENT, "x...xxxx", [1, 2], []),
        (LENIENT, "x...xxxx", [1], []),
        (LENIENT, "x...xxxx", [2], [1, 3]),
        (LENIENT, "........", [1, 2], [0]),
        (NO_RULES, "........", [1, 2], []),
    ],
)
def test_no_seat_is_left_alone(
    hall: Hall, rules: SeatRules, states: str, wanted: list[int], alone: list[int]
) -> None:
    open_hall(hall, rules, states)
    expected = ("single_seat_left", alone) if alone else None
    assert refused(lambda: hall.hold(*wanted)) == expected
    assert (hall.states()[wanted[0]] == PlaceState.HELD) is not bool(alone)


def test_a_neighbour_whose_time_is_over_is_no_neighbour(hall: Hall) -> None:
    open_hall(hall, STRICT, "........")
    hall.hold(0, 1, 2)
    hall.later(seconds=601)
    # Seats 0 to 2 are free again, so seat 2 is not alone when 3 to 7 go.
    assert hall.hold(3, 4, 5, 6, 7, by="bert").places == (3, 4, 5, 6, 7)
    assert refused(lambda: hall.hold(1, by="carl")) == ("single_seat_left", [0, 2])


def test_an_aisle_is_an_edge(hall: Hall) -> None:
    open_hall(hall, STRICT, "........", one_row(4) + one_row(4))
    assert refused(lambda: hall.hold(4, 5, 6)) == ("single_seat_left", [7])
    assert hall.hold(2, 3).places == (2, 3)


def test_a_change_is_judged_as_the_hold_it_makes(hall: Hall) -> None:
    open_hall(hall, STRICT, "........")
    hold = hall.hold(0, 1)
    assert refused(lambda: hall.change(hold, add=[3])) == ("single_seat_left", [2])
    # Nobody gets round the rule by taking more and giving the middle back.
    wide = hall.change(hold, add=[2, 3])
    assert wide is not None
    assert refused(lambda: hall.change(wide, drop=[2])) == ("single_seat_left", [2])
    moved = hall.change(wide, drop=[2, 3])
    assert moved is not None
    assert moved.places == (0, 1)
    assert hall.change(moved, drop=[0, 1]) is None


def test_a_change_says_nothing_of_seats_it_does_not_touch(hall: Hall) -> None:
    """Seat 1 became alone by somebody else's doing, in a time without the rule."""
    open_hall(hall, NO_RULES, "........", one_row(4) + one_row(4))
    hold = hall.hold(2, 3)
    hall.hold(0, by="bert")
    hall.run(holds.set_sale(SCOPE, replace(SALE, rules=STRICT)))
    changed = hall.change(hold, add=[4, 5])
    assert changed is not None
    assert changed.places == (2, 3, 4, 5)


def test_what_a_buyer_had_before_is_not_judged_again(hall: Hall) -> None:
    open_hall(hall, STRICT, "........")
    call = holds.hold_again(SCOPE, hold_id="hld_again00000000000", session="anna", ordinals=[1])
    again = holds.read_hold("hld_again00000000000", hall.run(call))
    assert again is not None
    assert again.places == (1,)


TABLE_OF_FOUR = bytes([Mark.TABLE | Mark.BEGINS, *[Mark.TABLE] * 3])


def test_a_table_goes_to_one_buyer(hall: Hall) -> None:
    open_hall(hall, SeatRules(tables_whole=True), "....x...", TABLE_OF_FOUR * 2)
    assert refused(lambda: hall.hold(1, 2)) == ("table_sold_whole", [0, 3])
    hold = hall.hold(0, 1, 2, 3)
    assert refused(lambda: hall.change(hold, drop=[3])) == ("table_sold_whole", [3])
    # One seat of the other table is gone already: the rest is the table.
    assert hall.hold(5, 6, 7, by="bert").places == (5, 6, 7)


def test_a_companion_comes_with_a_wheelchair(hall: Hall) -> None:
    group = bytes([Mark.WHEELCHAIR | Mark.BEGINS, Mark.COMPANION])
    open_hall(hall, SeatRules(companions_with_wheelchair=True), "......", group + one_row(4))
    assert refused(lambda: hall.hold(1, 2)) == ("companion_alone", [1])
    hold = hall.hold(0, 1)
    assert refused(lambda: hall.change(hold, drop=[0])) == ("companion_alone", [1])
    smaller = hall.change(hold, drop=[1])
    assert smaller is not None
    assert smaller.places == (0,)


def test_seats_are_sold_so_many_together(hall: Hall) -> None:
    open_hall(hall, SeatRules(least_together=2), "..x.....", one_row(8))
    with pytest.raises(domain.TooFewTogether) as refusal:
        hall.hold(3, 5, 6)
    assert refusal.value.details == {"least": 2, "places": [3]}
    hall.hold(4, 5)
    # The seat that stays can be had alone: there are not two any more.
    assert hall.hold(3, by="bert").places == (3,)


@given(scene=halls())
@example(Scene(one_row(4), frozenset({3}), frozenset({0}), frozenset({0, 1}), LENIENT))
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_scripts_judge_as_the_rules_are_written(valkey: Redis, scene: Scene) -> None:
    valkey.flushdb()
    hall = Hall()
    places = bytes(
        PlaceState.SOLD if at in scene.others else PlaceState.FREE
        for at in range(len(scene.seating))
    )
    # What the hold has now it had before there were rules.
    hall.load(places=places, seating=scene.seating, sale=ANYTHING_GOES)
    hold = hall.hold(*sorted(scene.own), named="hld_anna0000000000000000") if scene.own else None
    hall.run(holds.set_sale(SCOPE, replace(ANYTHING_GOES, rules=scene.rules)))

    def act() -> None:
        if hold is not None:
            add, drop = scene.wanted - scene.own, scene.own - scene.wanted
            hall.change(hold, add=sorted(add), drop=sorted(drop))
        elif scene.wanted:
            hall.hold(*sorted(scene.wanted))

    assert refused(act) == verdict(scene)
    hall.runner.close()
