"""A proof: good for one tenant, performance and session, once; and what waiting is worth."""

from __future__ import annotations

import base64
import json
import time
from datetime import timedelta
from typing import Any

import altcha
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import clock, valkey
from kernel.askers import Asker
from tenant_apps.queueing import proofs, services, suspicion
from tests.support.suspects import forget, solve

pytestmark = pytest.mark.usefixtures("valkey")

HERE, THERE = "prf_here", "prf_there"
ANNA = Asker("t_aurora", "anna-session", "device-a", "203.0.113.9")
BERT = ANNA._replace(session="bert-session")


def judge(asker: Asker, performance: str = HERE, proof: str = "") -> int:
    """Ask the script as both doors do; milliseconds to wait, 0 lets one go on."""
    call = proofs.judge(asker, performance, proof)
    return int(valkey.run_script(valkey.limits_client(), call.script, call.keys, call.arguments))


def proof_of(asker: Asker, performance: str = HERE) -> str:
    return solve(proofs.new_challenge(asker, performance))


def test_a_proof_lets_one_go_on_for_a_while_and_then_it_is_asked_again() -> None:
    assert judge(ANNA) == proofs.WAIT_MS
    assert judge(ANNA, proof=proof_of(ANNA)) == 0
    assert judge(ANNA) == 0
    forget("proof:*:pass:*")
    assert judge(ANNA) > 0


def test_a_proof_counts_once() -> None:
    proof = proof_of(ANNA)
    assert judge(ANNA, proof=proof) == 0
    forget("proof:*:pass:*")
    assert judge(ANNA, proof=proof) > 0


@pytest.mark.parametrize(
    ("asker", "performance"),
    [
        pytest.param(BERT, HERE, id="another session"),
        pytest.param(ANNA, THERE, id="another performance"),
        pytest.param(ANNA._replace(schema_name="t_borealis"), HERE, id="another organizer"),
    ],
)
def test_a_proof_is_good_for_whom_and_where_it_was_asked(asker: Asker, performance: str) -> None:
    proof = proof_of(ANNA)
    assert judge(asker, performance, proof) > 0
    assert judge(ANNA, proof=proof) == 0


def test_a_pass_is_good_where_it_was_bought() -> None:
    judge(ANNA, proof=proof_of(ANNA))
    assert judge(ANNA, THERE) > 0
    assert judge(BERT) > 0
    assert judge(ANNA._replace(schema_name="t_borealis")) > 0


def test_a_proof_that_comes_too_late_is_none() -> None:
    with clock.fixed(clock.now() - proofs.LIFE - timedelta(seconds=5)):
        old = proofs.new_challenge(ANNA, HERE)
    assert judge(ANNA, proof=solve(old)) > 0


def test_a_challenge_that_was_made_easier_is_none() -> None:
    challenge = proofs.new_challenge(ANNA, HERE)
    challenge["parameters"] |= {"keyPrefix": "00", "cost": 1}
    assert judge(ANNA, proof=solve(challenge)) > 0


def test_a_wrong_solution_is_none() -> None:
    challenge = altcha.Challenge.from_dict(proofs.new_challenge(ANNA, HERE))
    wrong = altcha.Payload(challenge, altcha.Solution(1, "00" * 32)).to_base64()
    assert judge(ANNA, proof=wrong) > 0


def packed(body: Any) -> str:
    return base64.b64encode(json.dumps(body).encode()).decode()


PIECES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["challenge", "parameters", "solution", "signature", "algorithm", "nonce", "salt",
             "cost", "data", "counter", "derivedKey", "expiresAt"]
        ),
        inner,
        max_size=6,
    ),
    max_leaves=12,
)  # fmt: skip


@given(PIECES | st.fixed_dictionaries({"challenge": PIECES, "solution": PIECES}))
def test_rubbish_is_no_proof(body: Any) -> None:
    assert proofs.find_id(ANNA, HERE, packed(body)) == ""


@pytest.mark.parametrize("text", ["", "x", "ü", "{}", "e30=", "=" * 50, "A" * 9_000, "\0"])
def test_what_cannot_be_read_is_no_proof(text: str) -> None:
    assert proofs.find_id(ANNA, HERE, text) == ""


def test_a_challenge_is_bounded_and_quick_to_make_and_to_check() -> None:
    for _ in range(20):
        asked = proofs.new_challenge(ANNA, HERE)["parameters"]
        assert asked["cost"] == proofs.ROUNDS
        assert "anna" not in json.dumps(asked)
    challenge = altcha.Challenge.from_dict(proofs.new_challenge(ANNA, HERE))
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    assert 1 <= solution.counter <= proofs.MOST_KEYS
    started = time.perf_counter()
    assert proofs.find_id(ANNA, HERE, altcha.Payload(challenge, solution).to_base64())
    # Checking derives no key.
    assert time.perf_counter() - started < 0.05


def test_who_cannot_compute_is_let_in_by_waiting() -> None:
    now = clock.now()
    with clock.fixed(now):
        assert judge(ANNA) == proofs.WAIT_MS
    with clock.fixed(now + timedelta(seconds=5)):
        assert judge(ANNA) == proofs.WAIT_MS - 5_000
    with clock.fixed(now + timedelta(milliseconds=proofs.WAIT_MS)):
        assert judge(ANNA) == 0
        assert judge(ANNA) == 0


def test_waiting_lets_in_a_few_of_a_network_and_the_others_later() -> None:
    crowd = [ANNA._replace(session=f"session-{number}") for number in range(10)]
    neighbour = ANNA._replace(session="neighbour", network="203.0.113.77")
    now = clock.now()
    with clock.fixed(now):
        assert all(judge(each) for each in [*crowd, neighbour])
    with clock.fixed(now + timedelta(milliseconds=proofs.WAIT_MS)):
        waits = [judge(each) for each in crowd]
        assert waits[: proofs.WAITS_OF_A_NETWORK] == [0] * proofs.WAITS_OF_A_NETWORK
        assert all(0 < wait <= proofs.WAITS_IN_MS for wait in waits[proofs.WAITS_OF_A_NETWORK :])
        assert judge(neighbour) == 0
        forget("proof:*:waited:*")
        assert judge(crowd[-1]) == 0


def test_below_the_threshold_nobody_is_asked() -> None:
    services.ensure_trusted(ANNA, performance=HERE, score=suspicion.ASK_FROM - 1)
    with pytest.raises(proofs.ProofNeeded) as asked:
        services.ensure_trusted(ANNA, performance=HERE, score=suspicion.ASK_FROM)
    assert asked.value.details["retry_after_s"] == proofs.WAIT_MS // 1000
    with pytest.raises(suspicion.HoldsRefused):
        services.ensure_trusted(ANNA, performance=HERE, score=suspicion.BLOCK_FROM)
