"""How suspicious somebody is to one organizer: a score in Valkey that ends by itself.

A score belongs to a session, a device print or an address prefix, and never leaves its tenant. It
lies beside the rate limits' buckets (CACHE_URL, `valkey.limits_client()`), under the same hash tag,
so that one script reads both; and like them it is losable: without it everybody is an honest buyer.
Whoever writes a score gives it a life; docs/bots.md has the rules.
"""

from __future__ import annotations

from functools import lru_cache

from kernel import errors, signing, valkey
from kernel.askers import Asker
from kernel.valkey import Call
from tenant_apps.queueing.domain.rules import ASK, HOLD_BACK, Kind

# From this score on a proof is asked for; from that one on nothing is held.
ASK_FROM, BLOCK_FROM = ASK, HOLD_BACK

# A second in which a limit refused somebody is a point, however often it did: fast fingers and a
# script that runs wild for a moment are no bot. Points of this kind lead to a question and never
# to more.
A_REFUSAL = 1
REFUSALS_APART_MS = 1_000
REFUSALS_MOST = 20
REFUSALS_LIFE_MS = 15 * 60_000


RAISE = valkey.load_script(__package__, "raise")


class HoldsRefused(errors.NotAllowed):
    code = "holds_refused"
    message = "No places can be held from here. Write to the organizer if that is a mistake."


@lru_cache(8_192)
def key_of(schema_name: str, kind: Kind | str, who: str) -> str:
    """Return the key of a score; who it is about is hashed with a key of this tenant alone.

    `who` is a session, a device print or what `addresses.prefix_of` returns.
    """
    digest = signing.pseudonym("suspicion", kind, who, schema_name=schema_name)
    return f"suspect:{{{schema_name}}}:{kind}:{digest}"


def keys_of(asker: Asker) -> tuple[str, str, str]:
    """Return the keys of all scores that speak about who asks."""
    return (
        key_of(asker.schema_name, "session", asker.session),
        key_of(asker.schema_name, "device", asker.device),
        key_of(asker.schema_name, "prefix", asker.network),
    )


def refusal_call(asker: Asker, limit: str) -> Call | None:
    """Raise the score of the one whose limit was reached; None for a limit that is nobody's.

    Of the session if it was the session's, of the device or the network if it was theirs. That an
    organizer is busy is nobody's fault.
    """
    whose = {"session": asker.session, "device": asker.device, "prefix": asker.network}
    if limit not in whose:
        return None
    key = key_of(asker.schema_name, limit, whose[limit])
    return Call(
        RAISE,
        (key, f"{key}:pause"),
        (A_REFUSAL, REFUSALS_MOST, REFUSALS_LIFE_MS, REFUSALS_APART_MS),
    )


def ensure_not_blocked(score: int) -> None:
    """Refuse with HoldsRefused."""
    if score >= BLOCK_FROM:
        raise HoldsRefused
