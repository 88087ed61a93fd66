"""Proof of work, by version 2 of ALTCHA's protocol (https://altcha.org/docs/): some hundred keys to
derive until one begins as the challenge says. Asked of the suspicious alone; docs/bots.md has the
rules.

A challenge is signed for one tenant, performance and session, and counts once. Who cannot compute
may wait instead, as few of a network at a time as people would.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import altcha

from kernel import clock, errors, signing, valkey
from kernel.askers import Asker
from kernel.valkey import Call

HEADER = "EventFlow-Proof"
MOST_PROOF = 2_048

# Each key takes so many rounds, and at most so many keys are tried: 600,000 rounds are the worst
# case and half of it is the usual one. Few large steps instead of many small ones: a browser spends
# its time in its own code for cryptography, which is as good as a bot's.
ALGORITHM = "PBKDF2/SHA-256"
ROUNDS = 1_000
MOST_KEYS = 600

LIFE = timedelta(minutes=5)
PASS_MS = 10 * 60_000
WAIT_MS = 20_000
WAIT_REMEMBERED_MS = 5 * 60_000
WAITS_OF_A_NETWORK = 6
WAITS_IN_MS = 60_000

PROVE = valkey.load_script(__package__, "prove")


class ProofNeeded(errors.NotAllowed):
    code = "proof_needed"
    message = "Let your browser solve the challenge first, or wait a little and try again."


def judge(asker: Asker, performance: str, proof: str) -> Call:
    """Ask whether a suspicious buyer may go on; a good proof is used up by that."""
    used = find_id(asker, performance, proof)
    who = _sealed(asker, asker.session, performance)
    network = _sealed(asker, asker.network)
    names = (f"pass:{who}", f"asked:{who}", f"waited:{network}", f"used:{used}")
    return Call(
        script=PROVE,
        keys=tuple(f"proof:{{{asker.schema_name}}}:{name}" for name in names),
        arguments=(
            *(clock.fixed_ms(), int(bool(used)), PASS_MS, int(LIFE.total_seconds() * 1000)),
            *(WAIT_MS, WAIT_REMEMBERED_MS, WAITS_OF_A_NETWORK, WAITS_IN_MS),
        ),
    )


def ensure_passed(wait_ms: int, asker: Asker, performance: str) -> None:
    """Refuse with ProofNeeded who has to prove or to wait: with a challenge, and with the time."""
    if wait_ms > 0:
        raise ProofNeeded(
            challenge=new_challenge(asker, performance),
            header=HEADER,
            prove_url=f"/live/performances/{performance}/proof",
            retry_after_s=-(-wait_ms // 1000),
        )


def new_challenge(asker: Asker, performance: str) -> dict[str, Any]:
    """Return a challenge for this tenant, performance and session, as the protocol has it."""
    challenge = altcha.create_challenge(
        ALGORITHM,
        ROUNDS,
        counter=secrets.randbelow(MOST_KEYS) + 1,
        expires_at=clock.now() + LIFE,
        data=_bound_to(asker, performance),
        hmac_secret=signing.derive_key("proof", asker.schema_name),
        hmac_key_secret=signing.derive_key("proof-key", asker.schema_name),
    )
    return challenge.to_dict()


def find_id(asker: Asker, performance: str, proof: str) -> str:
    """Return the id of a good proof for this tenant, performance and session; empty for none."""
    if not proof or len(proof) > MOST_PROOF or not proof.isascii():
        return ""
    found = altcha.verify_solution(
        proof,
        signing.derive_key("proof", asker.schema_name),
        hmac_key_secret=signing.derive_key("proof-key", asker.schema_name),
    )
    if not found.verified:
        return ""
    challenge = altcha.Payload.from_base64(proof).challenge
    if challenge.parameters.data != _bound_to(asker, performance):
        return ""
    return str(challenge.signature)[:32]


def _bound_to(asker: Asker, performance: str) -> dict[str, str]:
    return {"performance": performance, "session": _sealed(asker, asker.session)}


def _sealed(asker: Asker, *words: str) -> str:
    return signing.pseudonym("proof", *words, schema_name=asker.schema_name)
