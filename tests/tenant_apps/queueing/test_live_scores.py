"""From a hold in the live process to a score, and what a suspect's hold is like."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from kernel import clock, valkey
from tenant_apps.access.domain import SYSTEM
from tenant_apps.inventory.live.gate import OPEN
from tenant_apps.queueing import notes, scoring, services
from tenant_apps.queueing.domain.lists import Entry, Verdict, What
from tenant_apps.queueing.domain.rules import SHORT_HOLD_MS, Kind, Signs
from tenant_apps.queueing.live import Witness
from tenant_apps.queueing.live import witness as witnesses
from tests.support.live_house import House
from tests.support.stripe import wait_until
from tests.support.suspects import solve, suspect
from tests.tenant_apps.queueing.conftest import session_header

HOLD_S = 600


def buyer_at(house: House, session: str) -> httpx.Client:
    client = house.buyer()
    client.headers.update(session_header(house.tenant, session))
    return client


def hold(client: httpx.Client, house: House, **wanted: Any) -> httpx.Response:
    return client.post(house.url("holds"), json=wanted)


def hold_as_suspect(client: httpx.Client, house: House, **wanted: Any) -> dict[str, Any]:
    """Solve what is asked, and hold then."""
    asked = hold(client, house, **wanted).json()
    answer = client.post(
        house.url("holds"), json=wanted, headers={asked["header"]: solve(asked["challenge"])}
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def notes_waiting(house: House) -> int:
    found: Any = valkey.limits_client().llen(notes.key_of(house.tenant.schema_name, "notes"))
    return int(found)


def read_after(house: House, **later: float) -> None:
    """Read what the live process has told, at a later time."""
    wait_until(lambda: notes_waiting(house) > 0)
    with clock.fixed(clock.now() + timedelta(**later)):
        scoring.read_notes()


def signs(session: str) -> Signs:
    [(_, counted)] = scoring.signs_of([scoring.who_is(Kind.SESSION, session)])
    return counted


def test_a_hold_that_ran_out_is_a_sign(house: House) -> None:
    with buyer_at(house, "anna-session") as anna:
        assert hold(anna, house, places=[1, 2]).status_code == 201
        read_after(house, minutes=12)
    assert signs("anna-session") == Signs(lapsed=1)


def test_one_that_was_given_back_soon_is_none(house: House) -> None:
    with buyer_at(house, "anna-session") as anna:
        made = hold(anna, house, places=[1, 2]).json()["hold"]
        assert anna.delete(house.url(f"holds/{made}")).status_code == 204
        read_after(house, minutes=12)
    assert signs("anna-session") == Signs()


def test_giving_back_what_nobody_holds_writes_nothing(house: House) -> None:
    """To ask for a release is not limited: a flood of it must not fill the notes of the others."""
    with buyer_at(house, "anna-session") as anna:
        made = hold(anna, house, places=[1, 2]).json()["hold"]
        wait_until(lambda: notes_waiting(house) == 1)
        for _ in range(3):
            assert anna.delete(house.url("holds/hld_" + "0" * 24)).status_code == 204
        for _ in range(2):
            assert anna.delete(house.url(f"holds/{made}")).status_code == 204
        # They go out in their order, so what was before this one is there with it.
        assert hold(anna, house, places=[3]).status_code == 201
        wait_until(lambda: notes_waiting(house) >= 3)
    assert notes_waiting(house) == 3


def test_more_time_is_seen(house: House) -> None:
    with buyer_at(house, "anna-session") as anna:
        made = hold(anna, house, places=[1]).json()["hold"]
        extended = anna.post(house.url(f"holds/{made}/extend")).json()
        changed = anna.patch(house.url(f"holds/{made}"), json={"add": [2]}).json()
        assert changed["places"] == [1, 2]
        read_after(house, seconds=1)
    packed = valkey.limits_client().get(
        notes.key_of(house.tenant.schema_name, f"hold:{house.performance.pk}:{made}")
    )
    assert b"[1,2]" in packed  # type: ignore[operator]
    assert extended["expires_at"] == changed["expires_at"]


def test_a_suspect_holds_for_a_short_time_and_gets_no_more(house: House) -> None:
    suspect(house.tenant.schema_name, Kind.SESSION, "anna-session")
    for wanted in ({"places": [1, 2]}, {"places": [5]}):
        with buyer_at(house, "anna-session") as anna:
            if wanted == {"places": [1, 2]}:
                made = hold_as_suspect(anna, house, **wanted)
            else:
                made = hold(anna, house, **wanted).json()
            assert 0 < made["seconds_left"] <= SHORT_HOLD_MS // 1000
            assert made["extensions_left"] == 0
            more = anna.post(house.url(f"holds/{made['hold']}/extend"))
            assert (more.status_code, more.json()["code"]) == (409, "no_more_time")


def test_the_best_seats_are_held_for_a_short_time_too(house: House) -> None:
    suspect(house.tenant.schema_name, Kind.SESSION, "anna-session")
    with buyer_at(house, "anna-session") as anna:
        hold_as_suspect(anna, house, places=[1])
        made = anna.post(house.url("best"), json={"count": 2}).json()
        assert made["seconds_left"] <= SHORT_HOLD_MS // 1000


def test_everybody_else_has_the_whole_time(house: House) -> None:
    suspect(house.tenant.schema_name, Kind.SESSION, "bert-session")
    with buyer_at(house, "anna-session") as anna:
        made = hold(anna, house, places=[1, 2]).json()
        assert made["seconds_left"] > SHORT_HOLD_MS // 1000
        assert made["extensions_left"] > 0


def test_a_live_process_without_a_gate_has_no_suspects() -> None:
    assert OPEN.hold_ms(30) == 0


def test_a_flood_of_notes_is_cut(monkeypatch: Any) -> None:
    monkeypatch.setattr(witnesses, "MOST_NOTES", 3)
    witness = Witness()
    for number in range(10):
        witness.note_release("t_aurora", 1, f"hold{number}")
    witness.note_release("t_boreas", 1, "hold")
    assert {name: len(written) for name, written in witness._notes.items()} == {
        "t_aurora": 3, "t_boreas": 0,
    }  # fmt: skip
    # Of both it is said as soon as they are sent on.
    assert {"t_aurora", "t_boreas"} <= notes._losses
    notes._losses.clear()


def test_what_was_not_sent_on_is_sent_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends, or something is broken, between the notes of two organizers."""
    sent = list[str]()

    def write(schema_name: str, _: object) -> None:
        sent.append(schema_name)
        if len(sent) == 1:
            raise ZeroDivisionError

    monkeypatch.setattr(notes, "write", write)
    witness = Witness()
    witness.note_release("t_aurora", 1, "hold")
    witness.note_release("t_boreas", 1, "hold")
    with pytest.raises(ZeroDivisionError):
        asyncio.run(witness.send())
    asyncio.run(witness.send())
    assert sorted(sent) == ["t_aurora", "t_boreas"]


def test_nobody_in_a_trusted_network_is_asked_or_hurried(house: House) -> None:
    """The box office, whose machines sell all day."""
    suspect(house.tenant.schema_name, Kind.PREFIX, "127.0.0.1")
    services.list_buyer(
        Entry(Verdict.TRUSTED, What.NETWORK, "127.0.0.0/24", "our box office"), actor=SYSTEM
    )
    with buyer_at(house, "desk") as desk:
        made = hold(desk, house, places=[1])
        assert made.status_code == 201
        assert made.json()["seconds_left"] > SHORT_HOLD_MS // 1000


def test_an_untrusted_network_is_asked(house: House) -> None:
    """If this test fails, the one above proves nothing."""
    suspect(house.tenant.schema_name, Kind.PREFIX, "127.0.0.1")
    with buyer_at(house, "desk") as desk:
        assert hold(desk, house, places=[1]).json()["code"] == "proof_needed"
