"""Somebody who is suspicious, and a browser that solves what it is asked."""

from __future__ import annotations

from typing import Any

import altcha

from kernel import valkey
from tenant_apps.queueing import suspicion
from tenant_apps.queueing.suspicion import Kind

LIFE_MS = 600_000


def suspect(schema_name: str, kind: Kind, who: str, score: int = suspicion.ASK_FROM) -> None:
    """Give somebody a score, as whoever counts would."""
    key = suspicion.key_of(schema_name, kind, who)
    valkey.limits_client().set(key, score, px=LIFE_MS)


def score_of(schema_name: str, kind: Kind, who: str) -> int:
    return int(valkey.limits_client().get(suspicion.key_of(schema_name, kind, who)) or 0)


def let_seconds_pass() -> None:
    """Let the next refusal count again."""
    forget("suspect:*:pause")


def forget(pattern: str) -> None:
    """Let what Valkey knows by these keys come to its end."""
    for key in list(valkey.limits_client().scan_iter(pattern)):
        valkey.limits_client().delete(key)


def solve(challenge: dict[str, Any]) -> str:
    """Do what a browser does; the text for the header."""
    asked = altcha.Challenge.from_dict(challenge)
    solution = altcha.solve_challenge(asked)
    assert solution is not None
    return altcha.Payload(asked, solution).to_base64()
