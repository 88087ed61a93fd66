"""The best seats for so many, compared with looking at every choice there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenant_apps.events.domain import NO_RULES, SeatRules, SingleSeats
from tenant_apps.inventory.domain import PlaceState, best
from tenant_apps.inventory.domain.best import Closeness, Found, House
from tenant_apps.inventory.domain.together import go_together
from tenant_apps.venues import domain as venues
from tenant_apps.venues.domain import Layout, Mark, stretches_of
from tests.support.plans import small_plan
from tests.support.seat_rules import RULES, Scene, halls, singles, verdict


def layout_of(rows: Sequence[tuple[int, Sequence[dict[str, Any]]]], **changes: Any) -> Layout:
    """Return a plan of rows (way to the right, seats), two sections, the stage in the middle."""
    document = small_plan(areas=[], **changes)
    plain = document["sections"][0]
    sections = []
    for number, half in enumerate((rows[::2], rows[1::2])):
        lines = [
            {
                **plain["rows"][0],
                "key": f"r{depth}",
                "label": str(depth),
                "start": [300 + 50 * shift, 400 + 500 * number + 60 * depth],
                "seats": [{"label": str(at), **seat} for at, seat in enumerate(seats)],
            }
            for depth, (shift, seats) in enumerate(half)
        ]
        label = str(number)
        sections.append({**plain, "key": label, "label": label, "tables": [], "rows": lines})
    document["sections"] = [section for section in sections if section["rows"]]
    return venues.layout_of(
        venues.decode_compact(venues.encode_compact(venues.parse_plan(document)))
    )


def house_of(layout: Layout, states: bytes, rules: SeatRules = NO_RULES) -> House:
    seating = venues.seating_of(layout)
    return House(venues.ranking_of(layout, seating), seating, states, rules)


def find(house: House, count: int, shut: bytes = b"", *, wheelchair: bool = False) -> Found | None:
    shut = shut or best.accessible_mask(house.seating, wanted=wheelchair)
    return best.find_best(house, count, shut=shut, with_wheelchair=wheelchair)


def states_of(text: str) -> bytes:
    """Return the states of places: `x` sold, `.` free; blanks are for the reader."""
    signs = {".": PlaceState.FREE, "x": PlaceState.SOLD, "h": PlaceState.HELD}
    return bytes(signs[sign] for sign in text if sign != " ")


def plain_rows(*lengths: int) -> list[tuple[int, list[dict[str, Any]]]]:
    return [(0, [{} for _ in range(length)]) for length in lengths]


# --- looking at every choice ------------------------------------------------------------------


def every_choice(
    house: House, count: int, shut: bytes
) -> Iterator[tuple[Closeness, int, tuple[int, ...]]]:
    """Yield every choice of the documented kinds with its cost, in no order."""
    ranking = house.ranking
    free = {at for at, state in enumerate(house.states) if state == PlaceState.FREE}
    wished = sorted(at for at in free if not shut[at])

    def nearness(places: Sequence[int]) -> int:
        return sum(ranking.distances[place] for place in places)

    for stretch in stretches_of(house.seating):
        seats = set(stretch)
        for start in stretch:
            places = tuple(range(start, start + count))
            if seats.issuperset(places) and set(wished).issuperset(places):
                after, before = free & seats - set(places), free & seats
                beside = {places[0] - 1, places[-1] + 1}
                is_neat = not (singles(after) & beside & before)
                yield Closeness.TOGETHER, nearness(places), places
                if is_neat:
                    yield Closeness.NEAT, nearness(places), places
    if count == 1:
        return
    for row in ranking.rows:
        mine = [place for place in wished if place in row.ordinals]
        for places in zip(*(mine[shift:] for shift in range(count)), strict=False):
            yield (
                Closeness.ROW,
                nearness(places) + count * ranking.way(places[0], places[-1]),
                places,
            )
    centres = sorted(wished, key=lambda place: (ranking.distances[place], place))
    for centre in centres[: best.CENTRES]:
        section = next(part for part in ranking.sections if centre in part)
        around = sorted((ranking.way(centre, o), o) for o in wished if o in section)[:count]
        if len(around) == count:
            places = tuple(sorted(place for _, place in around))
            yield Closeness.NEAR, nearness(places) + count * around[-1][0], places


def best_of_all(house: House, count: int, shut: bytes) -> tuple[Closeness, int] | None:
    others = frozenset(at for at, state in enumerate(house.states) if state != PlaceState.FREE)
    allowed = [
        (list(Closeness).index(closeness), cost)
        for closeness, cost, places in every_choice(house, count, shut)
        if verdict(Scene(house.seating, others, frozenset(), frozenset(places), house.rules))
        is None
    ]
    if not allowed:
        return None
    kind, cost = min(allowed)
    return list(Closeness)[kind], cost


SEATS = st.sampled_from([{}, {}, {}, {}, {"gap": 90}, {"attributes": ["wheelchair"]}])
ROWS = st.tuples(st.integers(0, 6), st.lists(SEATS, min_size=1, max_size=9))


@st.composite
def houses(draw: st.DrawFn) -> tuple[House, bytes]:
    layout = layout_of(draw(st.lists(ROWS, min_size=1, max_size=5)))
    size = layout.place_count
    states = draw(st.lists(st.sampled_from("..x"), min_size=size, max_size=size))
    closed = draw(st.lists(st.sampled_from([0, 0, 0, 1]), min_size=size, max_size=size))
    return house_of(layout, states_of("".join(states)), draw(RULES)), bytes(closed)


@given(drawn=houses(), count=st.integers(1, 5))
@settings(max_examples=400)
def test_no_choice_is_better(drawn: tuple[House, bytes], count: int) -> None:
    house, shut = drawn
    found = best.find_best(house, count, shut=shut, with_wheelchair=False)
    assert (found and (found.closeness, found.cost)) == best_of_all(house, count, shut)


@given(scene=halls())
@settings(max_examples=400)
def test_the_search_judges_as_the_scripts_do(scene: Scene) -> None:
    fresh = Scene(scene.seating, scene.others, frozenset(), scene.wanted, scene.rules)
    wanted = sorted(scene.wanted)
    allowed = go_together(scene.seating, lambda o: o not in scene.others, wanted, scene.rules)
    assert allowed == (verdict(fresh) is None)


# --- and by example ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "count", "closeness", "places"),
    [
        # The stage's middle is above seat 14; the rows are two sections' first ones.
        (". . . . . . . .", 2, Closeness.NEAT, (3, 4)),
        # In the middle a single seat would be left.
        ("x . . . x x x x", 2, Closeness.TOGETHER, (2, 3)),
        ("x . . . x . . x", 2, Closeness.NEAT, (5, 6)),
        (". x . x . x x x", 2, Closeness.ROW, (2, 4)),
        ("x x . x x x x x", 2, None, ()),
    ],
)
def test_ways_to_sit_one_after_the_other(
    states: str, count: int, closeness: Closeness | None, places: tuple[int, ...]
) -> None:
    layout = layout_of(plain_rows(8), focal_point=[475, 0])
    found = find(house_of(layout, states_of(states)), count)
    assert (found and (found.closeness, found.places)) == (closeness and (closeness, places))


def test_a_strict_rule_never_leaves_a_single_seat() -> None:
    layout = layout_of(plain_rows(3, 1, 3))
    strict = SeatRules(single_seats=SingleSeats.STRICT)
    found = find(house_of(layout, states_of("... ... ."), strict), 2)
    assert found is None
    # The whole front row and none of the second: nobody is left alone.
    found = find(house_of(layout, states_of("... ... ."), strict), 3)
    assert found is not None
    assert found.places == (0, 1, 2)


def test_near_rows_are_of_one_section() -> None:
    layout = layout_of(plain_rows(2, 9, 2))
    found = find(house_of(layout, states_of("x. .x" + "x" * 8 + ".")), 2)
    assert found is not None
    assert (found.closeness, found.places) == (Closeness.NEAR, (1, 2))


def test_wheelchair_spaces_are_for_those_who_ask_for_them() -> None:
    seats = [{"attributes": ["wheelchair"]}, {"attributes": ["companion"]}, {}, {}]
    house = house_of(layout_of([(0, seats)]), bytes(4))
    assert [mark & ~Mark.BEGINS for mark in house.seating] == [8, 16, 2, 2]
    plain, wheeled = find(house, 2), find(house, 2, wheelchair=True)
    assert plain is not None
    assert wheeled is not None
    assert (plain.places, wheeled.places) == ((2, 3), (0, 1))
    assert find(house, 3) is None
    # A companion seat alone is no place for a wheelchair.
    taken = house_of(layout_of([(0, seats)]), states_of("x..."))
    assert find(taken, 1, wheelchair=True) is None


def test_a_wheelchair_space_may_be_left_alone_under_the_strictest_rule() -> None:
    layout = layout_of([(0, [{"attributes": ["wheelchair"]}] * 3)])
    found = find(
        house_of(layout, bytes(3), SeatRules(single_seats=SingleSeats.STRICT)), 2, wheelchair=True
    )
    assert found is not None
    assert found.closeness is Closeness.TOGETHER


def test_distances_are_from_the_focal_point_the_stage_or_the_top() -> None:
    layout = layout_of(plain_rows(5))
    assert layout.focal_point == (1000.0, 125.0)
    assert layout_of(plain_rows(5), focal_point=[3, 4]).focal_point == (3.0, 4.0)
    ranking = house_of(layout, bytes(5)).ranking
    assert all(one >= other for one, other in pairwise(ranking.distances))
    document = small_plan()
    del document["stage"]
    plain = venues.decode_compact(venues.encode_compact(venues.parse_plan(document)))
    assert venues.layout_of(plain).focal_point == (1000.0, 0.0)
