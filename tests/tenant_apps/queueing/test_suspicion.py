"""What a score is about, and what a reached limit does to it."""

from __future__ import annotations

import pytest

from kernel import askers, valkey
from kernel.askers import Asker
from tenant_apps.queueing import services, suspicion
from tenant_apps.queueing.suspicion import Kind
from tests.support.suspects import let_seconds_pass, score_of, suspect

pytestmark = pytest.mark.usefixtures("valkey")

ANNA = askers.asker(
    "t_aurora", session="anna-session", network="203.0.113.9", said=["Firefox", "de", "", "", ""]
)


def refuse(asker: Asker, limit: str, times: int = 1) -> None:
    """Refuse somebody once a second."""
    for _ in range(times):
        let_seconds_pass()
        services.note_refusal(asker, limit)


def test_a_key_names_the_tenant_and_the_kind_and_hides_who_it_is_about() -> None:
    key = suspicion.key_of("t_aurora", Kind.PREFIX, ANNA.network)
    assert key.startswith("suspect:{t_aurora}:prefix:")
    assert ANNA.network not in key
    assert (
        suspicion.key_of("t_borealis", Kind.PREFIX, ANNA.network).rpartition(":")[2]
        != (key.rpartition(":")[2])
    )


def test_the_keys_of_an_asker_are_those_that_are_written() -> None:
    assert suspicion.keys_of(ANNA) == (
        suspicion.key_of("t_aurora", Kind.SESSION, ANNA.session),
        suspicion.key_of("t_aurora", Kind.DEVICE, ANNA.device),
        suspicion.key_of("t_aurora", Kind.PREFIX, ANNA.network),
    )


@pytest.mark.parametrize(
    ("limit", "whose"),
    [("session", Kind.SESSION), ("device", Kind.DEVICE), ("prefix", Kind.PREFIX)],
)
def test_a_reached_limit_speaks_against_the_one_whose_limit_it_is(limit: str, whose: Kind) -> None:
    refuse(ANNA, limit)
    who = {Kind.SESSION: ANNA.session, Kind.DEVICE: ANNA.device, Kind.PREFIX: ANNA.network}
    assert {kind: score_of("t_aurora", kind, who[kind]) for kind in Kind} == {
        kind: int(kind is whose) for kind in Kind
    }


def test_a_busy_organizer_speaks_against_nobody() -> None:
    refuse(ANNA, "tenant", times=20)
    assert valkey.limits_client().keys("suspect:*") == []


def test_a_moment_of_fast_fingers_is_one_point() -> None:
    for _ in range(50):
        services.note_refusal(ANNA, "session")
    assert score_of("t_aurora", Kind.SESSION, ANNA.session) == 1


def test_reached_limits_lead_to_a_question_and_never_to_a_block() -> None:
    refuse(ANNA, "session", times=suspicion.BLOCK_FROM * 2)
    score = score_of("t_aurora", Kind.SESSION, ANNA.session)
    assert suspicion.ASK_FROM <= score < suspicion.BLOCK_FROM


def test_a_reached_limit_neither_lowers_nor_shortens_a_worse_score() -> None:
    suspect("t_aurora", Kind.SESSION, ANNA.session, score=40)
    key = suspicion.key_of("t_aurora", Kind.SESSION, ANNA.session)
    client = valkey.limits_client()
    client.pexpire(key, suspicion.REFUSALS_LIFE_MS * 10)
    refuse(ANNA, "session")
    assert score_of("t_aurora", Kind.SESSION, ANNA.session) == 40
    assert client.pttl(key) > suspicion.REFUSALS_LIFE_MS * 9


def test_a_score_ends_by_itself() -> None:
    refuse(ANNA, "session")
    key = suspicion.key_of("t_aurora", Kind.SESSION, ANNA.session)
    assert 0 < valkey.limits_client().pttl(key) <= suspicion.REFUSALS_LIFE_MS
