"""The seat protocol's scripts on a real Valkey, without any table behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from redis import Redis

from tenant_apps.inventory import domain, holds
from tenant_apps.inventory.domain import ClaimedPlace, PlaceState
from tests.support.halls import PLACES, SCOPE, Hall


@pytest.fixture
def hall(valkey: Redis) -> Iterator[Hall]:
    hall = Hall()
    yield hall
    hall.runner.close()


@pytest.fixture
def loaded(hall: Hall) -> Hall:
    hall.load()
    return hall


def test_an_empty_server_is_stale(hall: Hall) -> None:
    with pytest.raises(holds.Stale):
        hall.hold(1)


def test_a_hold_takes_every_place_or_none(loaded: Hall) -> None:
    assert loaded.hold(3, 4).places == (3, 4)
    with pytest.raises(domain.SeatsTaken) as refusal:
        loaded.hold(2, 3, by="bert")
    assert refusal.value.details == {"places": [3]}
    assert loaded.states()[2:6] == [0, 1, 1, 0]


def test_the_same_request_twice_is_the_same_hold(loaded: Hall) -> None:
    first = loaded.hold(3, 4)
    loaded.later(seconds=5)
    again = loaded.hold(3, 4)
    assert (again.hold_id, again.places, again.expires_at) == (
        first.hold_id,
        first.places,
        first.expires_at,
    )


def test_an_id_names_one_hold_of_one_buyer(loaded: Hall) -> None:
    first = loaded.hold(3)
    with pytest.raises(domain.HoldIdUsed):
        loaded.hold(5, named=first.hold_id)
    with pytest.raises(domain.HoldIdUsed):
        loaded.hold(3, by="bert", named=first.hold_id)


def test_a_place_outside_the_plan_is_unknown(loaded: Hall) -> None:
    with pytest.raises(domain.PlaceUnknown) as refusal:
        loaded.hold(3, PLACES)
    assert refusal.value.details["place"] == PLACES
    assert loaded.states() == [0] * PLACES


@pytest.mark.parametrize(("ordinals", "most"), [((1, 2, 3, 4, 5, 6, 7), 6), ((4, 5, 6), 8)])
def test_limits_count_this_hold_and_the_buyers_others(
    loaded: Hall, ordinals: tuple[int, ...], most: int
) -> None:
    loaded.hold(10, 11, 12, 13, 14, 15)
    with pytest.raises(domain.TooManyPlaces) as refusal:
        loaded.hold(*ordinals, named="hld_second0000000000")
    assert refusal.value.details == {"most": most}


def test_a_hold_that_is_over_does_not_count(loaded: Hall) -> None:
    loaded.hold(10, 11, 12, 13, 14, 15)
    loaded.later(seconds=601)
    assert loaded.hold(1, 2, 3).places == (1, 2, 3)


@pytest.mark.parametrize(
    ("shift", "refusal"),
    [(-timedelta(hours=2), domain.SaleNotOpen), (timedelta(hours=2), domain.SaleClosed)],
)
def test_nothing_is_held_outside_the_sale(
    loaded: Hall, shift: timedelta, refusal: type[Exception]
) -> None:
    loaded.now += shift
    with pytest.raises(refusal):
        loaded.hold(1)


def test_an_expired_hold_keeps_no_place(loaded: Hall) -> None:
    loaded.hold(3, 4)
    loaded.later(seconds=600)
    assert loaded.hold(4, 5, by="bert").places == (4, 5)
    # The other place of the hold that was over is free too.
    assert loaded.states()[3:6] == [0, 1, 1]


def test_an_expired_hold_never_frees_anothers_place(loaded: Hall) -> None:
    late = loaded.hold(3)
    loaded.later(seconds=601)
    loaded.hold(3, by="bert")
    extend = holds.extend(SCOPE, hold_id=late.hold_id, session="anna")
    with pytest.raises(domain.NoSuchHold):
        holds.read_hold(late.hold_id, loaded.run(extend))
    loaded.run(holds.release(SCOPE, hold_id=late.hold_id, session="anna"))
    assert loaded.states()[3] == PlaceState.HELD


def test_an_extension_is_counted_and_capped(loaded: Hall) -> None:
    hold = loaded.hold(3)
    call = holds.extend(SCOPE, hold_id=hold.hold_id, session="anna")
    for left in (1, 0):
        loaded.later(seconds=500)
        extended = holds.read_hold(hold.hold_id, loaded.run(call))
        assert extended is not None
        assert (extended.seconds_left, extended.extensions_left) == (600, left)
    with pytest.raises(domain.NoMoreTime):
        holds.read_hold(hold.hold_id, loaded.run(call))


def test_checkout_makes_a_hold_last_without_counting(loaded: Hall) -> None:
    hold = loaded.hold(3)
    loaded.later(seconds=595)
    call = holds.extend(SCOPE, hold_id=hold.hold_id, session="anna", at_least_ms=60_000)
    kept = holds.read_hold(hold.hold_id, loaded.run(call))
    assert kept is not None
    assert (kept.seconds_left, kept.extensions_left) == (60, 2)


def test_a_stranger_neither_sees_nor_moves_a_hold(loaded: Hall) -> None:
    hold = loaded.hold(3)
    for call in (
        holds.extend(SCOPE, hold_id=hold.hold_id, session="bert"),
        holds.release(SCOPE, hold_id=hold.hold_id, session="bert"),
        holds.change(SCOPE, hold_id=hold.hold_id, session="bert", add=[], drop=[3]),
    ):
        with pytest.raises(domain.NoSuchHold):
            holds.read_hold(hold.hold_id, loaded.run(call))
    assert holds.read_holds(loaded.run(holds.find(SCOPE, session="bert"))) == []
    assert loaded.states()[3] == PlaceState.HELD


def test_a_change_is_all_or_nothing(loaded: Hall) -> None:
    hold = loaded.hold(3, 4)
    loaded.hold(6, by="bert")

    def change(add: list[int], drop: list[int]) -> domain.Hold | None:
        call = holds.change(SCOPE, hold_id=hold.hold_id, session="anna", add=add, drop=drop)
        return holds.read_hold(hold.hold_id, loaded.run(call))

    with pytest.raises(domain.SeatsTaken):
        change([5, 6], [3])
    assert loaded.states()[3:7] == [1, 1, 0, 1]
    changed = change([5], [3])
    assert changed is not None
    assert changed.places == (4, 5)
    assert changed.expires_at == hold.expires_at
    assert loaded.states()[3:7] == [0, 1, 1, 1]
    assert change([], [4, 5]) is None
    assert loaded.states()[3:7] == [0, 0, 0, 1]


def test_a_hold_may_be_shorter_than_the_sale_says_and_then_gets_no_more_time(loaded: Hall) -> None:
    calls = {
        "hld_anna00000000000000": holds.hold(
            SCOPE, hold_id="hld_anna00000000000000", session="anna", ordinals=[1], most_ms=180_000
        ),
        "hld_bert00000000000000": holds.hold_area(
            SCOPE, hold_id="hld_bert00000000000000", session="bert", first=10, last=14, count=1,
            most_ms=180_000,
        ),
    }  # fmt: skip
    for hold_id, call in calls.items():
        hold = holds.read_hold(hold_id, loaded.run(call))
        assert hold is not None
        assert (hold.seconds_left, hold.extensions_left) == (180, 0)
        session = hold_id[4:8]
        more = loaded.run(holds.extend(SCOPE, hold_id=hold_id, session=session))
        with pytest.raises(domain.NoMoreTime):
            holds.read_hold(hold_id, more)
        # Checkout still makes sure that it outlasts its transaction.
        loaded.later(seconds=170)
        kept = holds.extend(SCOPE, hold_id=hold_id, session=session, at_least_ms=60_000)
        longer = holds.read_hold(hold_id, loaded.run(kept))
        assert longer is not None
        assert longer.seconds_left == 60
    loaded.later(seconds=61)
    assert loaded.hold(1, by="carl").places == (1,)


def test_a_hold_is_never_longer_than_the_sale_says(loaded: Hall) -> None:
    call = holds.hold(
        SCOPE, hold_id="hld_anna00000000000000", session="anna", ordinals=[1], most_ms=700_000
    )
    hold = holds.read_hold("hld_anna00000000000000", loaded.run(call))
    assert hold is not None
    assert (hold.seconds_left, hold.extensions_left) == (600, 2)


def test_places_of_an_area_are_counted_out(loaded: Hall) -> None:
    def hold_area(count: int, by: str) -> domain.Hold | None:
        hold_id = f"hld_{by}000000000000000{count}"
        call = holds.hold_area(SCOPE, hold_id=hold_id, session=by, first=10, last=14, count=count)
        return holds.read_hold(hold_id, loaded.run(call))

    first = hold_area(3, "anna")
    assert first is not None
    assert first.places == (10, 11, 12)
    assert hold_area(3, "anna") == first
    with pytest.raises(domain.FewPlacesLeft) as refusal:
        hold_area(3, "bert")
    assert refusal.value.details == {"free": 2}
    loaded.later(seconds=601)
    second = hold_area(5, "bert")
    assert second is not None
    assert second.places == (10, 11, 12, 13, 14)


def test_an_area_is_sold_round_and_to_its_last_place(loaded: Hall) -> None:
    """The search goes on where the last one ended; what came free behind it is found too."""
    taken = []

    def hold_area(count: int, by: str) -> tuple[int, ...]:
        hold_id = f"hld_{by}{'0' * 16}"
        call = holds.hold_area(SCOPE, hold_id=hold_id, session=by, first=10, last=19, count=count)
        hold = holds.read_hold(hold_id, loaded.run(call))
        assert hold is not None
        taken.append(hold_id)
        return hold.places

    assert hold_area(4, "anna") == (10, 11, 12, 13)
    assert hold_area(4, "bert") == (14, 15, 16, 17)
    loaded.run(holds.release(SCOPE, hold_id=taken[0], session="anna"))
    assert hold_area(3, "carl") == (10, 18, 19)
    assert hold_area(2, "dora") == (11, 12)
    assert hold_area(1, "emil") == (13,)
    with pytest.raises(domain.FewPlacesLeft) as refusal:
        hold_area(1, "fred")
    assert refusal.value.details == {"free": 0}
    loaded.run(holds.release(SCOPE, hold_id=taken[2], session="carl"))
    assert hold_area(3, "gina") == (10, 18, 19)


def test_settling_sells_and_uses_up_the_hold(loaded: Hall) -> None:
    loaded.hold(3, 4)
    assert loaded.settle((3, 7), (4, 8)) == 2
    assert loaded.states()[3:5] == [PlaceState.SOLD] * 2
    assert holds.read_holds(loaded.run(holds.find(SCOPE, session="anna"))) == []


def test_settling_cuts_a_place_out_of_a_strangers_hold(loaded: Hall) -> None:
    """After a loss of Valkey two buyers may hold one place; PostgreSQL has decided."""
    hold = loaded.hold(3, 4, by="bert")
    loaded.settle((3, 7))
    found = holds.read_holds(loaded.run(holds.find(SCOPE, session="bert")))
    assert [(one.hold_id, one.places) for one in found] == [(hold.hold_id, (4,))]


def test_repeated_and_late_messages_have_no_effect(loaded: Hall) -> None:
    assert loaded.settle((3, 7)) == 1
    assert loaded.settle((3, 7)) == 0
    assert loaded.free((3, 7)) == 1
    assert loaded.free((3, 7)) == 0
    # The settle was delayed past the free.
    assert loaded.settle((3, 7)) == 0
    assert loaded.states()[3] == PlaceState.FREE
    assert loaded.settle((3, 9)) == 1
    assert loaded.free((3, 7)) == 0
    assert loaded.states()[3] == PlaceState.SOLD


def test_a_free_that_comes_before_its_settle_wins(loaded: Hall) -> None:
    assert loaded.free((3, 7)) == 0
    assert loaded.settle((3, 7)) == 0
    assert loaded.states()[3] == PlaceState.FREE


def test_freed_places_go_to_the_same_buyers_hold_in_one_breath(loaded: Hall) -> None:
    hold = loaded.hold(3, 4)
    loaded.settle((3, 7), (4, 8))
    call = holds.free(
        SCOPE,
        [ClaimedPlace(3, 7), ClaimedPlace(4, 8)],
        hold_id=hold.hold_id,
        session="anna",
    )
    given = holds.read_hold(hold.hold_id, loaded.run(call))
    assert given is not None
    assert given.places == (3, 4)
    assert loaded.states()[3:5] == [PlaceState.HELD] * 2


def test_while_loading_holds_wait_and_claims_are_written_down(hall: Hall) -> None:
    hall.load()
    hall.hold(1)
    assert hall.begin("e2", again=True) == "BEGUN"
    with pytest.raises(domain.Loading):
        hall.hold(2)
    assert hall.settle((3, 7)) == 0
    assert hall.free((3, 7)) == 0
    assert hall.settle((4, 8)) == 0
    # PostgreSQL was read before claim 8 was committed, and after claim 9.
    places = bytearray(PLACES)
    places[5] = PlaceState.SOLD
    assert hall.finish("e2", places=bytes(places), fences=b"[5,18]") == "OPEN"
    assert hall.states()[:6] == [0, 1, 0, 0, 2, 2]


def test_only_the_newest_load_opens(hall: Hall) -> None:
    assert hall.begin("e1") == "BEGUN"
    assert hall.begin("e2") == "BUSY"
    hall.later(seconds=4)
    assert hall.begin("e2") == "BEGUN"
    assert hall.finish("e1") == "SUPERSEDED"
    assert hall.finish("e2") == "OPEN"
    assert hall.begin("e3") == "OPEN"


def test_a_first_step_whose_answer_was_lost_is_taken_again(hall: Hall) -> None:
    """Both doors make a call that was cut off once more; a loader must not wait for itself."""
    assert hall.begin("mine") == "BEGUN"
    assert hall.settle((3, 7)) == 0
    assert hall.begin("other") == "BUSY"
    assert hall.begin("mine") == "BEGUN"
    assert hall.finish("mine") == "OPEN"
    assert hall.states()[3] == PlaceState.SOLD
    assert hall.begin("mine") == "OPEN"


def test_who_gives_a_load_up_keeps_nobody_waiting_and_nobody_elses_is_given_up(
    hall: Hall,
) -> None:
    assert hall.begin("mine") == "BEGUN"
    hall.run(holds.load_give_up(SCOPE, epoch="mine"))
    assert hall.begin("next") == "BEGUN"
    hall.run(holds.load_give_up(SCOPE, epoch="mine"))
    assert hall.begin("other") == "BUSY"
    assert hall.finish("mine") == "SUPERSEDED"
    assert hall.finish("next") == "OPEN"
    hall.run(holds.load_give_up(SCOPE, epoch="next"))
    assert hall.begin("other") == "OPEN"


def test_running_holds_survive_a_load_where_nobody_claimed(hall: Hall) -> None:
    hall.load()
    kept = hall.hold(1, 2)
    hall.hold(3, by="bert")
    places = bytearray(PLACES)
    places[2] = PlaceState.SOLD
    hall.begin("e2", again=True)
    hall.finish("e2", places=bytes(places), fences=b"[2,14]")
    assert hall.states()[:4] == [0, 1, 2, 1]
    found = holds.read_holds(hall.run(holds.find(SCOPE, session="anna")))
    assert [(one.hold_id, one.places) for one in found] == [(kept.hold_id, (1,))]


def test_a_server_with_another_run_id_is_stale(loaded: Hall, valkey: Redis) -> None:
    """A server that came back with an older state has its keys, but is another server."""
    valkey.hset(holds.keys_of(SCOPE)[8], "run", "f" * 40)
    with pytest.raises(holds.Stale):
        loaded.hold(1)


def test_the_timer_frees_what_is_over_and_says_so(loaded: Hall, valkey: Redis) -> None:
    loaded.hold(3)
    loaded.later(seconds=601)
    assert holds.read_done(loaded.run(holds.expire(SCOPE))) == 1
    assert loaded.states()[3] == PlaceState.FREE
    entries = valkey.xrange(holds.feed_key(SCOPE))
    assert holds.read_changes(entries[-1][1][b"c"]) == [(3, 0)]


def test_every_key_is_under_the_performances_hash_tag() -> None:
    assert all("{t_tests:1}" in key for key in holds.keys_of(SCOPE))


def test_everything_of_a_performance_ends(loaded: Hall, valkey: Redis) -> None:
    """The holds' server never evicts: what nobody ends would fill it."""
    loaded.hold(1, 2)
    loaded.settle((3, 7))
    loaded.begin("e2", again=True)
    with pytest.raises(domain.Loading):
        loaded.hold(5)
    loaded.settle((4, 8))
    found = [key.decode() for key in valkey.keys("ef:*")]
    assert len(found) == len(holds.KEYS)
    assert [key for key in found if valkey.ttl(key) < 0] == []


def test_what_the_outbox_freed_first_still_goes_to_the_buyers_hold(loaded: Hall) -> None:
    hold = loaded.hold(3, 4)
    loaded.settle((3, 7), (4, 8))
    loaded.free((3, 7), (4, 8))
    claimed = [ClaimedPlace(3, 7), ClaimedPlace(4, 8)]
    call = holds.free(SCOPE, claimed, hold_id=hold.hold_id, session="anna")
    given = holds.read_hold(hold.hold_id, loaded.run(call))
    assert given is not None
    assert given.places == (3, 4)
    # The same message once more changes nothing.
    assert loaded.run(call)[0] == b"DONE"
    assert loaded.states()[3:5] == [PlaceState.HELD] * 2


def test_places_that_a_refused_request_found_free_are_announced(
    loaded: Hall, valkey: Redis
) -> None:
    loaded.hold(3)
    loaded.later(seconds=601)
    with pytest.raises(domain.PlaceUnknown):
        loaded.hold(3, PLACES, by="bert")
    entries = valkey.xrange(holds.feed_key(SCOPE))
    assert holds.read_changes(entries[-1][1][b"c"]) == [(3, 0)]
