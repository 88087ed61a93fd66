"""The room's scripts on a real Valkey: who stands where, who is let in, and when."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from redis import Redis

from kernel.valkey import Script
from tenant_apps.queueing import gateway
from tenant_apps.queueing.domain import State
from tests.support.rooms import OPENS, SEED, Room

pytestmark = pytest.mark.usefixtures("valkey")


def joined(room: Room, count: int, name: str = "b") -> dict[str, int]:
    """Let so many join one after another; their numbers by session."""
    numbers = {}
    for each in range(count):
        room.now += timedelta(milliseconds=1)
        numbers[f"{name}{each}"] = room.join(f"{name}{each}").number
    return numbers


def let_in(room: Room, count: int) -> list[int]:
    """Let in until so many are; their numbers in the order of admission."""
    found: list[int] = []
    for _ in range(count + 60):
        found += room.admit()
        if len(found) >= count:
            return found
    raise AssertionError(f"only {len(found)} of {count} were let in")


def drawn(seed: str, numbers: list[int]) -> list[int]:
    """Draw the order again, as anybody can who is told the seed."""
    digest = {n: hashlib.sha1(f"{seed}:{n}".encode()).hexdigest()[:12] for n in numbers}
    return sorted(numbers, key=lambda n: digest[n], reverse=True)


def test_before_the_sale_nobody_has_a_position_and_nobody_is_let_in() -> None:
    room = Room()
    joined(room, 3)
    standing = room.join("b0")
    assert (standing.state, standing.ahead, standing.waiting) == (State.BEFORE, None, 3)
    assert standing.estimate_s is None
    assert room.admit() == []
    assert not room.enter("b0")


def test_who_came_before_is_drawn_once_by_the_seed() -> None:
    room = Room()
    numbers = list(joined(room, 50).values())
    room.open()
    order = let_in(room, 50)
    assert order == drawn(SEED, numbers)
    assert order != sorted(numbers)


def test_another_seed_is_another_order() -> None:
    orders = []
    for turn, seed in enumerate(("a" * 32, "b" * 32, "a" * 32)):
        room = Room(round=turn + 1)
        numbers = list(joined(room, 20).values())
        room.open(seed)
        orders.append([numbers.index(n) for n in let_in(room, 20)])
    assert orders[0] == orders[2]
    assert orders[0] != orders[1]


def test_coming_early_before_the_sale_is_no_advantage() -> None:
    """Over many seeds, the first comer's place is anywhere: the mean is the middle."""
    people, draws = 40, 300
    numbers = [10**14 + each for each in range(people)]
    places = [drawn(f"{seed:032d}", numbers).index(numbers[0]) for seed in range(draws)]
    mean = sum(places) / draws
    # The mean of a uniform place has a standard error of 0.67 here: four of them.
    assert abs(mean - (people - 1) / 2) < 2.7
    # Chi-squared over four quarters; 16.27 is passed once in a thousand times.
    quarters = [sum(place * 4 // people == q for place in places) for q in range(4)]
    assert sum((n - draws / 4) ** 2 / (draws / 4) for n in quarters) < 16.27


def test_the_shuffle_takes_several_calls_and_nobody_slips_in_between() -> None:
    room = Room()
    numbers = list(joined(room, 5_000).values())
    room.now, room.rules = OPENS, replace(room.rules, seed=SEED)
    assert not gateway.read_is_open(room.run(gateway.open_doors(room.rules)))
    assert room.admit(0) == []
    late = room.join("late").number
    room.open()
    assert room.join("late").ahead == 5_000
    room.rules = replace(room.rules, per_minute=60_000, most_inside=100_000)
    assert let_in(room, 5_001) == [*drawn(SEED, numbers), late]


def ensure_in_order(order: list[int]) -> None:
    assert order == sorted(order), "somebody overtook"


def rush(room: Room) -> list[int]:
    """People join after the opening while others are let in; who was let in, in order."""
    room.open()
    order: list[int] = []
    for second in range(30):
        joined(room, 4, name=f"s{second}-")
        order += room.admit()
    return order


def test_who_comes_after_the_opening_is_let_in_in_order() -> None:
    order = rush(Room())
    assert len(order) >= 30
    ensure_in_order(order)


def test_the_order_would_not_keep_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this test fails, the one above proves nothing: let in from the end, it must break."""
    kept = gateway.script("admit")
    text = kept.text.replace("ZPOPMIN", "ZPOPMAX")
    sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    unfair = Script(name="admit", text=text, sha=sha)
    monkeypatch.setattr(
        gateway,
        "script",
        lambda name, _real=gateway.script: unfair if name == "admit" else _real(name),
    )
    with pytest.raises(AssertionError, match="overtook"):
        ensure_in_order(rush(Room()))


def test_joining_again_keeps_the_one_place() -> None:
    room = Room()
    first = room.join("anna").number
    joined(room, 5)
    assert room.join("anna").number == first
    assert room.join("anna").waiting == 6
    room.open()
    assert room.join("anna").number == first
    assert room.join("anna").waiting == 6


def test_more_are_never_called_than_places_are_free() -> None:
    room = Room(per_minute=60_000)
    room.free = 7
    joined(room, 50)
    room.open()
    called = [*room.admit(), *room.admit(), *room.admit()]
    assert len(called) == 7
    # Two of them hold two places each: five are called, three places are free.
    sessions = {room.join(f"b{each}").number: f"b{each}" for each in range(50)}
    for number in called[:2]:
        assert room.enter(sessions[number])
    room.free = 3
    assert room.admit() == []
    room.free = 6
    assert len(room.admit()) == 1
    room.free = 0
    assert room.admit() == []


def test_more_are_never_inside_than_the_organizer_wants() -> None:
    room = Room(per_minute=60_000, most_inside=5)
    numbers = joined(room, 20)
    room.open()
    called = [*room.admit(), *room.admit()]
    assert len(called) == 5
    inside = [session for session, number in numbers.items() if number in called]
    assert all(room.enter(session) for session in inside)
    assert room.admit() == []
    room.leave(inside[0])
    assert len(room.admit()) == 1


def test_the_rate_falls_under_strain_and_comes_back() -> None:
    room = Room(per_minute=600, most_inside=100_000)
    joined(room, 1_000)
    room.open()
    for _ in range(5):
        room.admit()
    calm = len(room.admit())
    for _ in range(20):
        room.admit(is_strained=True)
    strained = len([*room.admit(), *room.admit()]) / 2
    for _ in range(60):
        room.admit()
    assert calm == 10
    assert strained <= 2
    assert len(room.admit()) == 10


def test_the_estimate_is_what_was_measured_or_nothing() -> None:
    room = Room(per_minute=120)
    joined(room, 200)
    room.open()
    assert room.join("b0").estimate_s is None
    for _ in range(20):
        room.admit()
    sessions = [f"b{each}" for each in range(200)]
    last = max(map(room.join, sessions), key=lambda each: each.ahead or 0)
    assert last.per_minute == pytest.approx(120, abs=10)
    assert last.estimate_s == pytest.approx((last.ahead or 0) / 2, rel=0.1)
    # Nobody is let in any more: the estimate does not pretend.
    room.free = 0
    for _ in range(240):
        room.admit()
    there = room.join(next(s for s in sessions if room.join(s).state is State.WAITING))
    assert (there.per_minute, there.estimate_s) == (0, None)


def test_a_lease_has_an_end() -> None:
    room = Room(lease_ms=60_000)
    room.open()
    room.join("anna")
    room.admit()
    assert room.join("anna").state is State.ADMITTED
    room.now += timedelta(seconds=61)
    assert not room.enter("anna")


def test_who_does_not_come_when_called_keeps_nobody_out_for_a_whole_lease() -> None:
    room = Room(lease_ms=600_000, most_inside=2)
    room.open()
    for session in ("here", "gone", "next"):
        room.join(session)
    room.admit()
    room.admit()
    came = room.join("here")
    assert came.state is State.ADMITTED
    assert room.admit(100) == []
    [let_in_now] = room.admit(25)
    assert room.join("next").number == let_in_now
    # From the moment of coming on it is a whole lease, however often one looks.
    again = room.join("here")
    assert (again.state, again.lease_until_ms) == (State.ADMITTED, came.lease_until_ms)
    assert room.enter("here")


def test_who_slept_through_the_turn_comes_in_front_once() -> None:
    room = Room(lease_ms=60_000)
    room.open()
    anna = room.join("anna").number
    room.admit()
    joined(room, 30)
    room.now += timedelta(seconds=61)
    back = room.join("anna")
    assert (back.number, back.ahead) == (anna, 0)
    assert room.admit()[0] == anna
    room.now += timedelta(seconds=61)
    again = room.join("anna")
    assert again.number > anna
    assert again.ahead == again.waiting - 1


def test_who_has_bought_begins_anew() -> None:
    room = Room()
    room.open()
    anna = room.join("anna").number
    room.admit()
    joined(room, 30)
    assert room.enter("anna")
    room.leave("anna")
    again = room.join("anna", number=anna)
    assert again.number > anna
    assert again.ahead == 30


def test_who_gives_up_waiting_is_forgotten(valkey: Redis) -> None:
    room = Room()
    numbers = joined(room, 3)
    room.leave("b0")
    room.open()
    joined(room, 3, name="l")
    room.leave("l0")
    assert valkey.hlen("ef:{t_tests:1}:room:numbers") == 4
    # Given up by mistake: the signed place still says where one stood.
    assert room.join("b0", number=numbers["b0"]).number == numbers["b0"]
    assert room.join("l0").number > numbers["b2"]


def test_giving_a_turn_up_does_not_bring_another() -> None:
    """Called and gone, or called and asleep: in neither way one comes in front again and again."""
    room = Room()
    room.open()
    numbers = joined(room, 2)
    joined(room, 30, name="l")
    assert let_in(room, 2) == [*numbers.values()]
    room.leave("b0")
    room.now += timedelta(minutes=3)
    room.leave("b1")
    room.admit()
    for session, number in numbers.items():
        assert room.join(session, number=number).number > number


def test_a_room_that_lost_its_memory_is_put_in_order_by_the_signed_places(valkey: Redis) -> None:
    room = Room()
    early = joined(room, 10)
    room.open()
    late = joined(room, 10, name="l")
    places = {**early, **late}
    valkey.flushdb()
    room.now += timedelta(seconds=5)
    # The last come back first, and a new one is there before all of them.
    new = room.join("new").number
    for session in reversed(places):
        assert room.join(session, number=places[session]).number == places[session]
    assert room.admit() == [], "not before everybody had the time to come back"
    room.now += timedelta(seconds=31)
    expected = [*drawn(SEED, list(early.values())), *late.values(), new]
    assert let_in(room, 21) == expected


def test_a_number_out_of_the_future_is_worth_nothing() -> None:
    room = Room()
    room.open()
    joined(room, 5)
    standing = room.join("anna", number=2**52)
    assert standing.number < 2**52
    assert standing.ahead == 5


def test_switched_on_anew_a_room_is_empty() -> None:
    room = Room()
    joined(room, 5)
    room.rules = replace(room.rules, round=2)
    assert room.join("anna").waiting == 1


def test_who_is_a_round_behind_empties_nothing() -> None:
    room = Room()
    old = replace(room.rules, seed=SEED)
    room.rules = replace(room.rules, round=2)
    joined(room, 5)
    new, room.rules = room.rules, old
    assert not gateway.read_is_open(room.run(gateway.open_doors(old)))
    assert room.join("late").waiting == 6
    room.rules = new
    assert room.join("b0").waiting == 6


def test_who_only_looks_leaves_nothing_behind_for_ever(valkey: Redis) -> None:
    room = Room()
    assert not room.enter("nobody")
    room.leave("nobody")
    assert all(valkey.pttl(key) > 0 for key in valkey.scan_iter("ef:{t_tests:1}:room:*"))


def test_everything_of_a_room_ends(valkey: Redis) -> None:
    room = Room()
    joined(room, 5)
    room.open()
    joined(room, 3, name="l")
    room.admit()
    room.enter("b0")
    room.leave("b1")
    room.now += timedelta(hours=1)
    room.join("l0")
    keys = list(valkey.scan_iter("ef:{t_tests:1}:room:*"))
    assert len(keys) >= 4
    assert all(valkey.pttl(key) > 0 for key in keys)
