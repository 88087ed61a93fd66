"""Bots at the live process, and the honest buyers who look a little like them; docs/bots.md."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.test import override_settings

from kernel import askers
from kernel.askers import Asker
from kernel.db import tenant_context
from kernel.script_pipe import ScriptPipe
from public_apps.tenants.domain import TenantRecord
from tenant_apps.inventory import sessions
from tenant_apps.queueing import proofs, services, suspicion
from tenant_apps.queueing.live import Doubts
from tenant_apps.queueing.suspicion import Kind
from tests.support.live_house import House
from tests.support.sale import put_on_sale
from tests.support.servers import buyer
from tests.support.suspects import forget, let_seconds_pass, score_of, solve, suspect
from tests.tenant_apps.queueing.conftest import session_header, switch_on

HOME = "127.0.0.1"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ASKED = (403, "proof_needed")


def person(house: House, session: str = "", *, browser: str = BROWSER) -> httpx.Client:
    """A buyer's browser: the header stands for the cookie of a session that has a name."""
    client = house.buyer()
    client.headers["User-Agent"] = browser
    if session:
        client.headers.update(session_header(house.tenant, session))
    return client


def hold(client: httpx.Client, house: House, *places: int, **headers: str) -> httpx.Response:
    return client.post(house.url("holds"), json={"places": list(places)}, headers=headers)


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def prove(answer: httpx.Response) -> dict[str, str]:
    """Solve what was asked; the header to repeat the request with."""
    asked = answer.json()
    return {asked["header"]: solve(asked["challenge"])}


def schema(house: House) -> str:
    return house.tenant.schema_name


# What every answer says ----------------------------------------------------------------------


@override_settings(HOLDS_PER_SESSION_BURST=2, HOLDS_PER_SESSION_PER_S=1)
def test_answers_say_what_is_left_and_refusals_when_to_come_back(house: House) -> None:
    with person(house) as anna:
        anna.get(house.url("availability"))
        made, refused, late = hold(anna, house, 1), hold(anna, house, 99), hold(anna, house, 2)
    assert [made.status_code, refused.status_code, late.status_code] == [201, 422, 429]
    policy = made.headers["RateLimit-Policy"]
    assert policy.startswith('"session";q=2;w=2, "device";q=300;w=10, "prefix";q=600;w=10, "tenant')
    assert made.headers["RateLimit"] == '"session";r=1;t=1'
    assert refused.headers["RateLimit"].startswith('"session";r=0;')
    assert late.headers["RateLimit"].startswith('"session";r=0;')
    assert int(late.headers["Retry-After"]) >= 1


@override_settings(HOLDS_PER_DEVICE_BURST=3, HOLDS_PER_DEVICE_PER_S=1)
def test_a_browser_that_changes_its_session_is_slowed_down(house: House) -> None:
    statuses = []
    for place in range(4):
        with person(house) as someone:
            statuses.append(hold(someone, house, place).status_code)
    assert statuses == [201, 201, 201, 429]
    with person(house, browser="another browser of the same household") as other:
        assert hold(other, house, 5).status_code == 201


@override_settings(HOLDS_PER_TENANT_BURST=3, HOLDS_PER_TENANT_PER_S=1)
def test_a_storm_at_one_organizer_leaves_the_others_alone(house: House) -> None:
    with tenant_context(house.other.schema_name):
        elsewhere = put_on_sale()
    statuses = []
    for place in range(4):
        with person(house, f"session-{place}") as someone:
            answer = hold(someone, house, place)
            statuses.append(answer.status_code)
    assert statuses == [201, 201, 201, 429]
    assert answer.headers["RateLimit"].startswith('"tenant";r=0;')
    # Nobody has done anything wrong.
    assert score_of(schema(house), Kind.SESSION, "session-3") == 0
    with buyer(house.address, house.other) as calm:
        made = calm.post(f"/live/performances/{elsewhere.public_id}/holds", json={"places": [1]})
        assert made.status_code == 201


# The suspicious are asked --------------------------------------------------------------------


def test_a_suspicious_buyer_solves_a_challenge_and_holds_for_a_while(house: House) -> None:
    suspect(schema(house), Kind.SESSION, "anna-session")
    with person(house, "anna-session") as anna:
        asked = hold(anna, house, 1)
        assert said(asked) == ASKED
        assert int(asked.headers["Retry-After"]) == proofs.WAIT_MS // 1000
        made = hold(anna, house, 1, **prove(asked))
        assert made.status_code == 201
        # It is not asked again, at a hold that runs or at another one.
        one = house.url(f"holds/{made.json()['hold']}")
        assert anna.patch(one, json={"add": [2]}).status_code == 200
        assert hold(anna, house, 4).status_code == 201


def test_who_holds_places_already_is_not_asked_about_them(house: House) -> None:
    with person(house, "anna-session") as anna:
        one = house.url(f"holds/{hold(anna, house, 1).json()['hold']}")
        suspect(schema(house), Kind.SESSION, "anna-session")
        assert anna.patch(one, json={"add": [2]}).status_code == 200
        assert anna.post(f"{one}/extend").status_code == 200
        assert anna.delete(one).status_code == 204
        assert said(hold(anna, house, 1)) == ASKED


def test_the_best_seats_ask_too(house: House) -> None:
    suspect(schema(house), Kind.PREFIX, HOME)
    with person(house, "anna-session") as anna:
        asked = anna.post(house.url("best"), json={"count": 2})
        assert said(asked) == ASKED
        found = anna.post(house.url("best"), json={"count": 2}, headers=prove(asked))
        assert (found.status_code, len(found.json()["places"])) == (201, 2)


def test_the_waiting_room_asks_too_and_then_the_hold_does_not(house: House) -> None:
    switch_on(house.performance)
    suspect(schema(house), Kind.PREFIX, HOME)
    with person(house, "anna-session") as anna:
        asked = anna.post(house.url("room"))
        assert said(asked) == ASKED
        assert anna.post(house.url("room"), headers=prove(asked)).json()["state"] == "admitted"
        assert hold(anna, house, 1).status_code == 201


def test_a_proof_can_be_shown_ahead(house: House) -> None:
    suspect(schema(house), Kind.SESSION, "anna-session")
    with person(house, "anna-session") as anna, person(house, "bert-session") as bert:
        asked = anna.post(house.url("proof"))
        assert said(asked) == ASKED
        assert asked.json()["prove_url"] == house.url("proof")
        assert anna.post(house.url("proof"), headers=prove(asked)).status_code == 204
        assert hold(anna, house, 1).status_code == 201
        # Of anybody else it asks nothing.
        assert bert.post(house.url("proof")).status_code == 204


@pytest.mark.parametrize("kind", list(Kind))
def test_a_score_of_the_session_the_device_or_the_network_is_enough(
    house: House, kind: Kind
) -> None:
    anna = askers.asker(
        schema(house), session="anna-session", network=HOME, said=[BROWSER, "", "", "", ""]
    )
    who = {Kind.SESSION: anna.session, Kind.DEVICE: anna.device, Kind.PREFIX: anna.network}
    suspect(schema(house), kind, who[kind], score=suspicion.ASK_FROM - 1)
    with person(house, "anna-session") as client:
        assert hold(client, house, 1).status_code == 201
        suspect(schema(house), kind, who[kind])
        assert said(hold(client, house, 4)) == ASKED
        suspect(schema(house), kind, who[kind], score=suspicion.BLOCK_FROM)
        assert said(hold(client, house, 4)) == (403, "holds_refused")


def test_a_bad_proof_is_answered_with_a_new_challenge(house: House) -> None:
    suspect(schema(house), Kind.SESSION, "anna-session")
    with person(house, "anna-session") as anna:
        first = hold(anna, house, 1)
        for rubbish in ("x", "e30=", "A" * 3_000):
            assert said(hold(anna, house, 1, **{proofs.HEADER: rubbish})) == ASKED
        proof = prove(first)
        assert hold(anna, house, 1, **proof).status_code == 201
        forget("proof:*:pass:*")
        again = hold(anna, house, 4, **proof)
        assert said(again) == ASKED
        assert again.json()["challenge"] != first.json()["challenge"]


def test_a_program_without_a_browser_may_wait(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "WAIT_MS", 1)
    suspect(schema(house), Kind.SESSION, "anna-session")
    with person(house, "anna-session") as anna:
        assert said(hold(anna, house, 1)) == ASKED
        assert hold(anna, house, 1).status_code == 201


@override_settings(HOLDS_PER_SESSION_BURST=1, HOLDS_PER_SESSION_PER_S=1)
def test_a_bot_that_runs_into_its_limit_for_seconds_is_asked(house: House) -> None:
    with person(house, "bot-session") as bot:
        hold(bot, house, 1)
        for _ in range(suspicion.ASK_FROM):
            let_seconds_pass()
            assert hold(bot, house, 1).status_code == 429
    forget("limit:*")
    with person(house, "bot-session") as bot:
        assert said(hold(bot, house, 1)) == ASKED


def test_when_the_limits_are_away_nobody_is_doubted() -> None:
    async def ask() -> None:
        doubts = Doubts(ScriptPipe("redis://127.0.0.1:1/0"))
        nobody = Asker("t_aurora", "s", "d", "n")
        await doubts.note_refusal(nobody, "session")
        await doubts.ensure_trusted(nobody, "prf_x", score=suspicion.ASK_FROM, proof="")

    asyncio.run(ask())


# Honest buyers -------------------------------------------------------------------------------


def ensure_let_through(answers: list[httpx.Response]) -> None:
    """Fail unless limits and doubts kept out of the way; seats may have been taken."""
    statuses = Counter(answer.status_code for answer in answers)
    assert not statuses.keys() & {403, 429}, statuses
    assert statuses[201] or statuses[200]


def test_a_family_behind_one_address_is_let_through(house: House) -> None:
    """Five people with the same telephone each try ten times within a moment."""
    answers = []
    for member in range(5):
        with person(house, f"family-{member}") as client:
            answers += [hold(client, house, (member * 3 + turn) % 24) for turn in range(10)]
    ensure_let_through(answers)


def test_an_office_with_one_kind_of_machine_is_let_through(house: House) -> None:
    """Two hundred people behind one address, with the same browser, ask in the same moment."""

    def one(number: int) -> httpx.Response:
        with person(house, f"office-{number}") as client:
            return hold(client, house, number % 24)

    with ThreadPoolExecutor(16) as pool:
        ensure_let_through(list(pool.map(one, range(200))))


def test_who_changes_their_mind_often_is_let_through(house: House) -> None:
    """A seat a second would be quick; this is fifteen back and forth as fast as it goes."""
    with person(house, "anna-session") as anna:
        made = hold(anna, house, 0)
        one = house.url(f"holds/{made.json()['hold']}")
        answers = [made]
        for _ in range(15):
            answers.append(anna.patch(one, json={"add": [1]}))
            answers.append(anna.patch(one, json={"drop": [1]}))
    ensure_let_through(answers)


def test_who_shares_a_telephone_with_a_bot_is_let_through(house: House) -> None:
    """A new session on a device that is suspected: a second of work, and the places are held."""
    with person(house) as first, person(house) as second:
        token = hold(first, house, 1).headers[sessions.HEADER]
        session = sessions.session_of(token, schema_name=schema(house))
        assert session
        suspect(schema(house), Kind.SESSION, session, score=suspicion.BLOCK_FROM)
        assert said(hold(first, house, 2)) == (403, "holds_refused")
        # What the first has done is the first's.
        made = hold(second, house, 4)
        assert made.status_code == 201
        second.headers[sessions.HEADER] = made.headers[sessions.HEADER]
        device = askers.asker(
            schema(house), session="", network=HOME, said=[BROWSER, "", "", "", ""]
        ).device
        suspect(schema(house), Kind.DEVICE, device)
        asked = hold(second, house, 7)
        assert said(asked) == ASKED
        assert hold(second, house, 7, **prove(asked)).status_code == 201


def test_the_tests_above_ask_within_the_limits_that_are_shipped() -> None:
    """If this fails they prove nothing."""
    shipped: dict[str, Any] = {
        "HOLDS_PER_SESSION_BURST": 40,
        "HOLDS_PER_DEVICE_BURST": 300,
        "HOLDS_PER_PREFIX_BURST": 600,
    }
    assert {name: getattr(settings, name) for name in shipped} == shipped


def test_many_suspects_of_one_network_are_one_question_to_the_database(
    live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    trusted = services.is_trusted_network

    def counting(network: str) -> bool:
        asked.append(network)
        return trusted(network)

    monkeypatch.setattr(services, "is_trusted_network", counting)
    one = askers.asker(live_tenant.schema_name, session="anna", network="192.0.2.7", said=[])

    async def run() -> None:
        pipe = ScriptPipe(settings.CACHE_URL)
        doubts = Doubts(pipe)
        assert set(await asyncio.gather(*(doubts.is_vouched_for(one) for _ in range(20)))) == {
            False
        }
        pipe.close()

    asyncio.run(run())
    assert len(asked) == 1
