"""The room over HTTP: join, wait, be let in, hold; and every refusal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
from django.conf import settings
from django.test import override_settings

from kernel import signing
from kernel.db import tenant_context
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events import services as events
from tenant_apps.inventory import sessions
from tenant_apps.queueing import services
from tenant_apps.queueing.domain import Mode, RoomDraft
from tests.support.live_house import House
from tests.support.sale import put_on_sale
from tests.support.servers import buyer
from tests.support.stripe import wait_until
from tests.tenant_apps.queueing.conftest import session_header, switch_on


def join(client: httpx.Client, house: House, **headers: str) -> httpx.Response:
    return client.post(house.url("room"), headers=headers)


def hold(client: httpx.Client, house: House, *places: int) -> httpx.Response:
    return client.post(house.url("holds"), json={"places": list(places)})


def told(client: httpx.Client, house: House, place: str) -> Iterator[tuple[str, Any]]:
    """Follow the stream of a place: (event, data)."""
    with client.stream("GET", house.url("room/feed"), params={"place": place}) as stream:
        assert stream.status_code == 200, stream.read()
        kind = ""
        for line in stream.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                yield kind, json.loads(value)


def test_without_a_room_nobody_waits(house: House) -> None:
    with house.buyer() as anna:
        assert hold(anna, house, 1).status_code == 201
        refused = join(anna, house)
        assert (refused.status_code, refused.json()["code"]) == (404, "no_waiting_room")


def test_join_wait_be_let_in_and_hold(house: House) -> None:
    switch_on(house.performance, most_inside=1)
    with house.buyer() as anna, house.buyer() as bert:
        refused = hold(anna, house, 1)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_admitted")

        assert join(anna, house).json()["state"] == "admitted"
        waiting = join(bert, house).json()
        assert (waiting["state"], waiting["position"], waiting["ahead"]) == ("waiting", 1, 0)
        assert hold(bert, house, 2).status_code == 403

        assert hold(anna, house, 1).status_code == 201
        assert anna.delete(house.url("room")).status_code == 204
        kinds = [kind for kind, _ in told(bert, house, waiting["place"])]
        assert kinds[-1] == "admitted"
        assert hold(bert, house, 2).status_code == 201


@override_settings(
    ARRIVALS_PER_TENANT_BURST=1,
    ARRIVALS_PER_TENANT_PER_S=1,
    HOLDS_PER_TENANT_BURST=1,
    HOLDS_PER_TENANT_PER_S=1,
)
def test_a_crowd_at_the_door_takes_nothing_from_those_inside(house: House) -> None:
    switch_on(house.performance)
    with house.buyer() as anna, house.buyer() as bert, house.buyer() as cora:
        assert join(anna, house).json()["state"] == "admitted"
        refused = join(bert, house)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert refused.headers["RateLimit"].startswith('"arrivals";r=0;')
        assert hold(anna, house, 1).status_code == 201
        # Places are limited as ever.
        late = hold(cora, house, 2)
        assert (late.status_code, late.headers["RateLimit"][:12]) == (429, '"tenant";r=0')


def test_the_stream_tells_who_moves_up(house: House) -> None:
    switch_on(house.performance, most_inside=1)
    with house.buyer() as anna, house.buyer() as bert, house.buyer() as cora:
        join(anna, house)
        join(bert, house)
        stream = told(cora, house, join(cora, house).json()["place"])
        kind, first = next(stream)
        assert (kind, first["ahead"], first["waiting"]) == ("place", 1, 2)
        bert.delete(house.url("room"))
        assert next(data["ahead"] for _, data in stream if data["ahead"] != 1) == 0
        stream.close()  # type: ignore[attr-defined]


def test_two_tabs_and_a_reload_keep_one_place(house: House) -> None:
    switch_on(house.performance, most_inside=1)
    with house.buyer() as anna, house.buyer() as bert:
        join(anna, house)
        first = join(bert, house).json()
        again = join(bert, house).json()
        with house.partner(**session_header_of(bert)) as other_tab:
            tab = join(other_tab, house).json()
        assert first["position"] == again["position"] == tab["position"] == 1
        assert again["waiting"] == tab["waiting"] == 1


def session_header_of(client: httpx.Client) -> dict[str, str]:
    return {sessions.HEADER: client.cookies[settings.BUYER_COOKIE_NAME]}


def test_a_partner_page_needs_no_cookie(house: House) -> None:
    switch_on(house.performance, most_inside=1)
    with house.buyer() as anna, house.partner() as page:
        join(anna, house)
        joined = join(page, house)
        page.headers[sessions.HEADER] = joined.headers[sessions.HEADER]
        assert join(page, house).json()["position"] == 1
        anna.delete(house.url("room"))
        assert [kind for kind, _ in told(page, house, joined.json()["place"])][-1] == "admitted"
        assert hold(page, house, 2).status_code == 201


def test_before_the_sale_they_wait_for_the_draw(house: House) -> None:
    with tenant_context(house.tenant.schema_name):
        house.performance = put_on_sale(opens_in=timedelta(hours=1))
        switch_on(house.performance)
    with house.buyer() as anna:
        body = join(anna, house).json()
        assert (body["state"], body["position"], body["estimate_s"]) == ("before", None, None)
        assert hold(anna, house, 1).status_code == 403


def test_a_room_by_load_stops_nobody_until_the_house_is_busy(house: House) -> None:
    switch_on(house.performance, Mode.LOAD, most_inside=2)
    with house.buyer() as anna, house.buyer() as bert, house.buyer() as cora:
        states = [join(each, house).json()["state"] for each in (anna, bert, cora)]
    assert states == ["admitted", "admitted", "waiting"]


def test_switched_off_everybody_may_go_in(house: House) -> None:
    switch_on(house.performance, most_inside=1)
    with house.buyer() as anna, house.buyer() as bert:
        join(anna, house)
        stream = told(bert, house, join(bert, house).json()["place"])
        next(stream)
        services.set_room(
            performance_id=house.performance.pk, draft=RoomDraft(Mode.OFF), actor=SYSTEM
        )
        assert [kind for kind, _ in stream][-1] == "over"
        assert hold(bert, house, 2).status_code == 201


def test_who_comes_back_to_a_room_that_is_off_is_told_so(house: House) -> None:
    """The page was fetched while there was a room, and opens its stream a moment later."""
    switch_on(house.performance, most_inside=1)
    with house.buyer() as anna, house.buyer() as bert:
        join(anna, house)
        place = join(bert, house).json()["place"]
        services.set_room(
            performance_id=house.performance.pk, draft=RoomDraft(Mode.OFF), actor=SYSTEM
        )
        wait_until(lambda: hold(bert, house, 2).status_code == 201)
        assert [kind for kind, _ in told(bert, house, place)] == ["over"]
        assert join(bert, house).status_code == 404


def place_of(house: House, schema_name: str, **changed: Any) -> str:
    payload = {"p": house.performance.pk, "r": 1, "s": "somebody-else", "n": 1, **changed}
    return signing.sign(services.PURPOSE, payload, schema_name=schema_name)


def test_forged_foreign_and_outdated_places_are_refused(house: House) -> None:
    switch_on(house.performance, most_inside=1)
    own, foreign = house.tenant.schema_name, house.other.schema_name
    good = place_of(house, own)
    bad = {
        "forged": good[:-2] + ("aa" if good[-2:] != "aa" else "bb"),
        "foreign": place_of(house, foreign),
        "another purpose": signing.sign("buyer-session", {"s": "x"}, schema_name=own),
        "another performance": place_of(house, own, p=house.performance.pk + 1),
        "another round": place_of(house, own, r=2),
        "rubbish": "rubbish",
        "huge": "x" * 5_000,
        "not even text": "\x7f.\x7f",
    }
    with house.buyer() as anna, house.buyer() as bert:
        join(anna, house)
        for what, token in bad.items():
            for answer in (
                bert.get(house.url("room/feed"), params={"place": token}),
                bert.post(house.url("room"), params={"place": token}),
            ):
                assert (answer.status_code, answer.json()["code"]) == (403, "bad_place"), what
        nothing = bert.get(house.url("room/feed"))
        assert (nothing.status_code, nothing.json()["code"]) == (403, "bad_place")


def test_somebody_elses_place_moves_nobody_forward(house: House) -> None:
    switch_on(house.performance, most_inside=1)
    with house.buyer() as anna, house.buyer() as bert, house.buyer() as cora:
        join(anna, house)
        join(bert, house)
        stolen = place_of(house, house.tenant.schema_name)
        joined = cora.post(house.url("room"), headers={"EventFlow-Place": stolen}).json()
        assert joined["position"] == 2


def test_another_organizers_room_is_not_there(house: House) -> None:
    switch_on(house.performance)
    with buyer(house.address, house.other) as stranger:
        place = place_of(house, house.other.schema_name)
        for answer in (
            stranger.post(house.url("room")),
            stranger.delete(house.url("room")),
            stranger.get(house.url("room/feed"), params={"place": place}),
        ):
            assert answer.status_code == 404


def test_a_session_of_another_organizer_has_no_place_here(house: House) -> None:
    switch_on(house.performance, most_inside=1)
    with house.partner(**session_header(house.tenant, "anna-session")) as anna:
        assert join(anna, house).json()["state"] == "admitted"
    with house.partner(**session_header(house.other, "anna-session")) as stranger:
        assert join(stranger, house).json()["state"] == "waiting"


def test_another_sites_page_cannot_join_with_the_buyers_cookie(house: House) -> None:
    switch_on(house.performance)
    with house.buyer() as anna:
        join(anna, house)
        refused = join(anna, house, **{"Sec-Fetch-Site": "cross-site"})
        assert (refused.status_code, refused.json()["code"]) == (403, "foreign_origin")


def test_many_join_and_nobody_is_let_in_beyond_the_free_places(house: House) -> None:
    switch_on(house.performance, most_inside=1_000)
    states = []
    for each in range(50):
        with house.partner(**session_header(house.tenant, f"session-{each}")) as someone:
            states.append(join(someone, house).json()["state"])
    # Who is so near to the front makes the room look again, each time.
    for _ in range(5):
        with house.partner(**session_header(house.tenant, "session-49")) as last:
            assert join(last, house).json()["state"] == "waiting"
    # The hall has 34 places, and nobody holds one yet.
    assert states.count("admitted") <= 34


def test_a_cancelled_performance_has_no_room(house: House) -> None:
    switch_on(house.performance)
    events.cancel_event(event_id=house.performance.event_id, reason="ill", actor=SYSTEM)
    with house.buyer() as anna:
        assert join(anna, house).status_code == 404


@override_settings(STREAMS_PER_NETWORK=1)
def test_one_network_does_not_take_every_stream(house: House) -> None:
    switch_on(house.performance, most_inside=1)
    with house.buyer() as anna, house.buyer() as bert:
        join(anna, house)
        place = join(bert, house).json()["place"]
        first = told(bert, house, place)
        next(first)
        refused = anna.get(house.url("room/feed"), params={"place": place})
        assert (refused.status_code, refused.json()["code"]) == (503, "too_many_streams")
        first.close()  # type: ignore[attr-defined]
