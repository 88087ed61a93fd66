"""The live process over HTTP: availability, holds, the event stream, and every refusal."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from redis import Redis

from kernel.db import tenant_context
from tenant_apps.events.models import Performance
from tenant_apps.inventory import sessions
from tenant_apps.inventory.live import feed as feed_module
from tests.support.live_house import House
from tests.support.sale import FLOOR
from tests.support.servers import buyer


def hold(client: httpx.Client, house: House, *places: int, **body: Any) -> httpx.Response:
    return client.post(house.url("holds"), json={"places": list(places), **body})


def test_a_buyer_holds_changes_extends_and_releases(house: House) -> None:
    with house.buyer() as anna:
        made = hold(anna, house, 3, 4)
        assert made.status_code == 201
        body = made.json()
        assert body["places"] == [3, 4]
        assert 595 <= body["seconds_left"] <= 600
        one = house.url(f"holds/{body['hold']}")
        assert anna.patch(one, json={"add": [5], "drop": [3]}).json()["places"] == [4, 5]
        left = body["extensions_left"]
        assert anna.post(f"{one}/extend").json()["extensions_left"] == left - 1
        assert anna.get(one).json()["places"] == [4, 5]
        assert [h["hold"] for h in anna.get(house.url("holds")).json()["holds"]] == [body["hold"]]
        assert anna.delete(one).status_code == 204
        assert anna.delete(one).status_code == 204
        assert anna.get(one).status_code == 404


def test_the_same_hold_twice_is_one_hold(house: House) -> None:
    with house.buyer() as anna:
        named = {"hold": "hld_" + "a" * 24}
        anna.get(house.url("availability"))
        first, second = hold(anna, house, 3, **named), hold(anna, house, 3, **named)
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json()["expires_at"] == second.json()["expires_at"]


def test_taken_places_are_named(house: House) -> None:
    with house.buyer() as anna, house.buyer() as bert:
        hold(anna, house, 3, 4)
        refused = hold(bert, house, 4, 5)
        assert refused.status_code == 409
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["code"] == "seats_taken"
        assert refused.json()["places"] == [4]


def test_availability_is_a_byte_a_place(house: House) -> None:
    with house.buyer() as anna:
        hold(anna, house, 3)
        packed = anna.get(house.url("availability"))
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content[3] == 1
        assert packed.content.count(b"\0") == len(packed.content) - 1
        plain = anna.get(house.url("availability"), params={"format": "json"}).json()
        assert base64.b64decode(plain["places"]) == packed.content


def test_places_of_an_area_by_count(house: House) -> None:
    with house.buyer() as anna:
        made = anna.post(house.url("holds"), json={"area": "floor", "count": 2})
        assert made.json()["places"] == list(FLOOR[:2])
        refused = anna.post(house.url("holds"), json={"area": "roof", "count": 2})
        assert (refused.status_code, refused.json()["code"]) == (422, "area_unknown")


BAD_BODIES: list[tuple[Any, str]] = [
    ({}, "bad_hold_request"),
    ({"places": []}, "bad_hold_request"),
    ({"places": "3"}, "bad_hold_request"),
    ({"places": [3.5]}, "bad_hold_request"),
    ({"places": [True]}, "bad_hold_request"),
    ({"places": [-1]}, "bad_hold_request"),
    ({"places": [10**30]}, "bad_hold_request"),
    ({"places": list(range(101))}, "bad_hold_request"),
    ({"places": [9_999]}, "place_unknown"),
    ({"places": [1], "hold": "x"}, "bad_hold_request"),
    ({"places": [1], "hold": 7}, "bad_hold_request"),
    ({"places": [1], "hold": 0}, "bad_hold_request"),
    ({"places": [1], "hold": []}, "bad_hold_request"),
    ({"places": [1], "area": "floor"}, "bad_body"),
    ({"places": [1], "price": 0}, "bad_body"),
    ({"area": "floor", "count": 0}, "bad_hold_request"),
    ({"area": "floor", "count": "2"}, "bad_hold_request"),
    ({"area": ["floor"], "count": 2}, "area_unknown"),
    ([1, 2], "bad_body"),
    ("places", "bad_body"),
]


@pytest.mark.parametrize(("body", "code"), BAD_BODIES)
def test_rubbish_gets_a_clear_answer(house: House, body: Any, code: str) -> None:
    with house.buyer() as anna:
        refused = anna.post(
            house.url("holds"),
            content=json.dumps(body),
            headers={"content-type": "application/json"},
        )
        assert refused.status_code == 422
        assert refused.json()["code"] == code
        assert anna.get(house.url("availability")).content.count(b"\1") == 0


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 5_000, b"x" * 20_000])
def test_what_is_no_json_gets_a_clear_answer(house: House, content: bytes) -> None:
    with house.buyer() as anna:
        refused = anna.post(house.url("holds"), content=content)
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_body")


def test_unknown_things_are_404_in_one_shape(house: House) -> None:
    with house.buyer() as anna:
        for path in (
            "/live/performances/prf_000000000000000000000000/availability",
            "/live/performances/1/availability",
            house.url("holds/hld_none"),
            "/live/nothing",
            house.url("availability/"),
        ):
            refused = anna.get(path)
            assert refused.status_code == 404, path
            assert refused.headers["content-type"] == "application/problem+json"
        assert anna.put(house.url("holds")).status_code == 405
    nobody = httpx.get(
        f"{house.address}{house.url('availability')}", headers={"Host": "nobody.localhost"}
    )
    assert (nobody.status_code, nobody.json()["code"]) == (404, "no_such_organizer")


def test_another_organizer_does_not_have_this_performance(house: House) -> None:
    with buyer(house.address, house.other) as stranger:
        assert stranger.get(house.url("availability")).status_code == 404
        assert hold(stranger, house, 1).status_code == 404


def test_a_session_of_another_organizer_is_rubbish(house: House) -> None:
    foreign, own = (
        sessions.token_of("anna-session", schema_name=one.schema_name)
        for one in (house.other, house.tenant)
    )
    with house.buyer() as anna:
        made = anna.post(
            house.url("holds"),
            json={"places": [1]},
            headers={sessions.HEADER: own},
        ).json()
        refused = anna.delete(
            house.url(f"holds/{made['hold']}"), headers={sessions.HEADER: foreign}
        )
        assert (refused.status_code, refused.json()["code"]) == (401, "no_session")


@override_settings(SECURE=True, BUYER_COOKIE_NAME="__Host-ef_buyer")
def test_both_doors_read_one_cookie_that_no_sibling_host_can_plant(house: House) -> None:
    # The prefix is kept only with these attributes: RFC 6265bis, section 4.1.3.2.
    with house.buyer() as anna:
        [given] = anna.get(house.url("availability")).headers.get_list("set-cookie")
        pair, *attributes = given.split("; ")
        name, _, token = pair.partition("=")
        assert name == "__Host-ef_buyer"
        assert {"Secure", "Path=/"} <= set(attributes)
        assert "domain" not in given.lower()

        planted = {"Cookie": f"ef_buyer={token}"}
        refused = anna.delete(house.url("holds/hld_" + "a" * 24), headers=planted)
        assert refused.json()["code"] == "no_session"
    with tenant_context(house.tenant.schema_name):
        request = RequestFactory().get("/", headers=planted)
        assert sessions.find(request) is None
        request = RequestFactory().get("/", headers={"Cookie": pair})
        assert sessions.find(request) == sessions.session_of(token)
        request = RequestFactory().get("/")
        sessions.ensure(request)
        made = sessions.keep(request, HttpResponse()).cookies["__Host-ef_buyer"]
    assert (made["secure"], made["path"], made["domain"]) == (True, "/", "")


def test_a_strangers_hold_is_not_there(house: House) -> None:
    with house.buyer() as anna, house.buyer() as bert:
        made = hold(anna, house, 1).json()
        bert.get(house.url("availability"))
        one = house.url(f"holds/{made['hold']}")
        assert bert.get(one).status_code == 404
        assert bert.post(f"{one}/extend").status_code == 404
        assert bert.patch(one, json={"drop": [1]}).status_code == 404
        assert bert.delete(one).status_code == 404
        assert anna.get(one).status_code == 200


def test_another_sites_page_cannot_hold_with_the_buyers_cookie(house: House) -> None:
    with house.buyer() as anna:
        anna.get(house.url("availability"))
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            refused = anna.post(house.url("holds"), json={"places": [1]}, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (403, "foreign_origin")


@override_settings(HOLDS_PER_SESSION_BURST=3, HOLDS_PER_SESSION_PER_S=1)
def test_one_buyer_who_asks_too_often_is_told_when_to_come_back(house: House) -> None:
    with house.buyer() as anna, house.buyer() as bert:
        anna.get(house.url("availability"))
        statuses = [hold(anna, house, place).status_code for place in range(4)]
        assert statuses == [201, 201, 201, 429]
        refused = hold(anna, house, 5)
        assert int(refused.headers["retry-after"]) >= 1
        assert hold(bert, house, 6).status_code == 201


@override_settings(HOLDS_PER_PREFIX_BURST=3, HOLDS_PER_PREFIX_PER_S=1)
def test_a_network_that_asks_too_often_is_slowed_down(house: House) -> None:
    statuses = []
    for place in range(4):
        with house.buyer() as someone:
            statuses.append(hold(someone, house, place).status_code)
    assert statuses == [201, 201, 201, 429]


@override_settings(STREAMS_PER_NETWORK=2)
def test_one_network_does_not_take_every_stream(house: House) -> None:
    watchers = [Watcher(house) for _ in range(2)]
    for watcher in watchers:
        watcher.wait_for(lambda events: events)
    with house.buyer() as anna:
        refused = anna.get(house.url("feed"))
        assert (refused.status_code, refused.json()["code"]) == (503, "too_many_streams")


class Watcher:
    """Reads an event stream in a thread and remembers what it said."""

    def __init__(self, house: House, after: str = "") -> None:
        self.events: list[tuple[str, str, Any]] = []
        self.news = threading.Condition()
        self._house = house
        self._after = after
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        headers = {"Last-Event-ID": self._after} if self._after else {}
        # The server goes away before its watchers do.
        with (
            contextlib.suppress(httpx.RemoteProtocolError),
            self._house.buyer() as client,
            client.stream("GET", self._house.url("feed"), headers=headers) as response,
        ):
            said: dict[str, str] = {}
            for line in response.iter_lines():
                if self._stop.is_set():
                    return
                if line:
                    name, _, value = line.partition(": ")
                    said[name] = value
                elif "event" in said:
                    with self.news:
                        self.events.append(
                            (said["event"], said.get("id", ""), json.loads(said["data"]))
                        )
                        self.news.notify_all()
                    said = {}

    def wait_for(self, test: Any, timeout_s: float = 5) -> None:
        with self.news:
            assert self.news.wait_for(lambda: test(self.events), timeout_s), self.events

    def stop(self) -> None:
        self._stop.set()

    def places(self) -> dict[int, int]:
        return {
            ordinal: state
            for kind, _, data in self.events
            if kind == "places"
            for ordinal, state in data["changes"]
        }


def test_the_stream_tells_what_changes(house: House) -> None:
    watcher = Watcher(house)
    watcher.wait_for(lambda events: events)
    with house.buyer() as anna:
        made = hold(anna, house, 3, 4).json()
        watcher.wait_for(lambda _: watcher.places() == {3: 1, 4: 1})
        anna.delete(house.url(f"holds/{made['hold']}"))
        watcher.wait_for(lambda _: watcher.places() == {3: 0, 4: 0})
    watcher.stop()


def test_a_stream_resumes_without_a_gap(house: House) -> None:
    with house.buyer() as anna:
        position = anna.get(house.url("availability")).headers["EventFlow-Position"]
        made = hold(anna, house, 3).json()
        anna.delete(house.url(f"holds/{made['hold']}"))
        hold(anna, house, 7)
    # Both: somebody else watches already, or nobody does.
    first = Watcher(house, after=position)
    first.wait_for(lambda _: first.places() == {3: 0, 7: 1})
    second = Watcher(house, after=position)
    second.wait_for(lambda _: second.places() == {3: 0, 7: 1})
    first.stop()
    second.stop()


def test_a_quiet_line_says_that_it_is_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "HEARTBEAT_S", 0.1)
    with (
        house.buyer() as anna,
        anna.stream("GET", house.url("feed"), timeout=5) as stream,
        contextlib.closing(stream.iter_lines()) as lines,
    ):
        assert [line for line, _ in zip(lines, range(12), strict=False) if line[:1] == ":"]


@pytest.mark.parametrize(
    "position", ["nonsense", "ffffffffffff-1-0", "-", "0-0-0", "x" * 200, "9" * 79]
)
def test_who_resumes_from_nowhere_is_told_to_fetch_a_snapshot(house: House, position: str) -> None:
    watcher = Watcher(house, after=position)
    watcher.wait_for(lambda events: any(kind == "reset" for kind, _, _ in events))
    watcher.stop()


def test_after_a_loss_of_valkey_watchers_are_told_and_availability_is_right(
    house: House, valkey: Redis
) -> None:
    watcher = Watcher(house)
    watcher.wait_for(lambda events: events)
    valkey.flushdb()
    watcher.wait_for(lambda events: any(kind == "reset" for kind, _, _ in events))
    with house.buyer() as anna:
        assert anna.get(house.url("availability")).status_code == 200
    watcher.stop()


def test_sixty_four_buyers_want_the_same_eight_seats(house: House) -> None:
    wanted = list(range(8))
    gate = threading.Barrier(64)

    def want(number: int) -> tuple[int, list[int]]:
        with house.buyer() as someone:
            gate.wait()
            answer = hold(someone, house, wanted[number % 8])
            return answer.status_code, answer.json().get("places", [])

    with override_settings(HOLDS_PER_PREFIX_BURST=1000), ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(want, range(64)))
    winners = sorted(places[0] for status, places in answers if status == 201)
    assert winners == wanted
    assert sorted({status for status, _ in answers}) == [201, 409]


def test_a_suspended_organizer_sells_nothing(house: House) -> None:
    from kernel.db import public_context
    from public_apps.tenants import queries, services
    from tests.support.actors import Tester

    with public_context():
        services.suspend(slug=house.tenant.slug, reason="test", actor=Tester())
    try:
        with house.buyer() as anna:
            refused = hold(anna, house, 1)
            assert (refused.status_code, refused.json()["code"]) == (503, "organizer_suspended")
            assert "retry-after" in refused.headers
    finally:
        with public_context():
            services.resume(slug=house.tenant.slug, actor=Tester())
        queries.forget_cached()
    with tenant_context(house.tenant.schema_name):
        assert Performance.objects.count() == 1
