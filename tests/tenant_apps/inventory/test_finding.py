"""Finding the best seats and holding them: through the services, and over HTTP."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from threading import Barrier
from typing import Any

import httpx
import pytest

from public_apps.tenants.domain import TenantRecord
from tenant_apps.events.models import Performance
from tenant_apps.inventory import domain, services
from tenant_apps.inventory.domain import PlaceState
from tenant_apps.inventory.domain.best import Closeness, NoneTogether, Wish
from tenant_apps.inventory.services import finding
from tests.support.live_house import House
from tests.support.races import all_at_once
from tests.support.sale import ROW_A, hall_plan, put_on_sale
from tests.support.servers import buyer

BUYERS = 8
ANNA = "anna-anna"


def find(performance: Performance, count: int, session: str = ANNA, **wish: Any) -> Any:
    return services.hold_best(
        performance_id=performance.pk, session=session, wish=Wish(count, **wish)
    )


def test_the_best_seats_are_held(live_tenant: TenantRecord) -> None:
    performance = put_on_sale()
    hold, closeness = find(performance, 2)
    assert closeness == Closeness.NEAT
    assert hold.places == tuple(ROW_A[-2:])
    states = services.snapshot(performance.pk).places
    assert [states[place] for place in hold.places] == [PlaceState.HELD] * 2


def test_the_same_request_twice_finds_the_same_seats(live_tenant: TenantRecord) -> None:
    performance = put_on_sale()
    wish, named = Wish(2), "hld_" + "a" * 24
    first, second = (
        services.hold_best(performance_id=performance.pk, session=ANNA, wish=wish, hold_id=named)
        for _ in range(2)
    )
    assert first[0].places == second[0].places
    assert second[1] is None


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"zone": "nowhere"}, "zone"),
        ({"section": "nowhere"}, "section"),
        ({"price_most": -1}, "price_most"),
        ({"attribute": "wheelchair"}, "attribute"),
    ],
)
def test_a_wish_for_what_is_not_there_is_refused(
    live_tenant: TenantRecord, wish: dict[str, Any], field: str
) -> None:
    with pytest.raises(domain.BadRequest) as refusal:
        find(put_on_sale(), 2, **wish)
    assert refusal.value.details["field"] == field


def test_zone_and_price_narrow_the_search(live_tenant: TenantRecord) -> None:
    performance = put_on_sale(adult=4_000)
    assert find(performance, 1, zone="seat", price_most=4_000)[0].places == (ROW_A[-1],)
    with pytest.raises(NoneTogether):
        find(performance, 1, price_most=3_999)


def test_what_somebody_needs_of_a_seat_narrows_the_search(live_tenant: TenantRecord) -> None:
    document = hall_plan(rows=2, seats=6)
    for seat in document["sections"][0]["rows"][1]["seats"][1:4]:
        seat["attributes"] = ["step_free"]
    performance = put_on_sale(document)

    found, closeness = find(performance, 2, attribute="step_free")
    assert (len(set(found.places) & {7, 8, 9}), closeness) == (2, Closeness.NEAT)
    assert find(performance, 1, session="b" * 9, attribute="step_free")[0].places in {(7,), (9,)}
    with pytest.raises(NoneTogether):
        find(performance, 1, session="c" * 9, attribute="step_free")
    with pytest.raises(NoneTogether):
        find(performance, 1, session="d" * 9, attribute="hearing_loop")


def test_a_crowd_that_wants_the_best_gets_seats_each(live_tenant: TenantRecord) -> None:
    """All of them find the same two first; who is slower looks again."""
    performance = put_on_sale(hall_plan(rows=4, seats=10))

    def act(number: int, gate: Barrier) -> None:
        gate.wait()
        find(performance, 2, session=f"session-{number}")

    assert all_at_once(live_tenant.schema_name, BUYERS, act) == {"done": BUYERS}
    assert Counter(services.snapshot(performance.pk).places)[PlaceState.HELD] == 2 * BUYERS


def test_a_crowd_that_does_not_look_again_goes_without(live_tenant: TenantRecord) -> None:
    """The control: if nobody were slower here, the test above would prove nothing."""
    performance = put_on_sale(hall_plan(rows=4, seats=10))

    def act(number: int, gate: Barrier) -> None:
        found = services.best_free(performance_id=performance.pk, wish=Wish(2))
        gate.wait()  # everyone has looked before anyone takes
        services.hold_places(
            performance_id=performance.pk, session=f"session-{number}", ordinals=found.places
        )

    ended = all_at_once(live_tenant.schema_name, BUYERS, act)
    assert ended == {"done": 1, "seats_taken": BUYERS - 1}


def test_one_request_sent_twice_at_once_is_one_hold(
    live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    performance, named = put_on_sale(hall_plan(rows=4, seats=10)), "hld_" + "b" * 24
    held: set[tuple[int, ...]] = set()
    look = finding.best_free
    choices = iter((0, 1))

    def act(number: int, gate: Barrier) -> None:
        def look_and_wait(**wanted: Any) -> Any:
            found = look(**wanted)
            gate.wait()  # both have looked, and found nothing of the other's
            shift = 2 * next(choices)
            return replace(found, places=tuple(place - shift for place in found.places))

        monkeypatch.setattr(finding, "best_free", look_and_wait)
        hold, _ = services.hold_best(
            performance_id=performance.pk, session=ANNA, wish=Wish(2), hold_id=named
        )
        held.add(hold.places)

    assert all_at_once(live_tenant.schema_name, 2, act) == {"done": 2}
    assert len(held) == 1
    assert Counter(services.snapshot(performance.pk).places)[PlaceState.HELD] == 2


# --- over HTTP --------------------------------------------------------------------------------


def test_the_live_address_holds_and_says_how_the_seats_lie(house: House) -> None:
    with buyer(house.address, house.tenant) as anna:
        made = anna.post(house.url("best"), json={"count": 3, "section": "stalls", "zone": "seat"})
        assert made.status_code == 201, made.text
        body = made.json()
        assert (body["closeness"], body["places"]) == ("neat", list(ROW_A[-3:]))
        held = anna.get(house.url("holds")).json()["holds"]
        assert [one["hold"] for one in held] == [body["hold"]]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"count": 0}, {"count": 11}, {"count": "2"}, {"count": True}, {"count": 2, "zone": 3},
        {"count": 2, "zone": "x"}, {"count": 2, "section": "x"}, {"count": 2, "accessible": 1},
        {"count": 2, "price_most": -1}, {"count": 2, "places": [1]}, {"count": 2, "hold": "x"},
        {"count": 2, "categories": ["seat"]}, [2], {"count": 10**30},
        {"count": 2, "attribute": "x"}, {"count": 2, "attribute": 1},
    ],
)  # fmt: skip
def test_rubbish_is_refused_and_nothing_is_held(house: House, body: Any) -> None:
    with buyer(house.address, house.tenant) as anna:
        refused = anna.post(house.url("best"), json=body)
        assert refused.status_code == 422, refused.text
        assert refused.json()["code"] in {"bad_hold_request", "bad_body"}
        assert not any(services.snapshot(house.performance.pk).places)


def test_another_organizers_performance_is_not_there(house: House) -> None:
    with buyer(house.address, house.other) as stranger:
        refused: httpx.Response = stranger.post(house.url("best"), json={"count": 2})
        assert (refused.status_code, refused.json()["code"]) == (404, "no_such_performance")
    assert not any(services.snapshot(house.performance.pk).places)
