"""How suspicious somebody is to one organizer: a score in Valkey that ends by itself.

A score belongs to a session, a device print or an address prefix, and never leaves its tenant. It
lies beside the rate limits' buckets (CACHE_URL, `valkey.limits_client()`), under the same hash tag,
so that one script reads both; and like them it is losable: without it everybody is an honest buyer.
Whoever writes a score gives it a life; docs/bots.md has the rules.
"""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum
from functools import lru_cache

from kernel import signing

# From this score on a proof is asked for; from that one on nothing is held.
ASK_FROM = 10
BLOCK_FROM = 30

PURPOSE = "suspicion"


class Kind(StrEnum):
    """What a score can belong to."""

    SESSION = "session"
    DEVICE = "device"
    PREFIX = "prefix"


def key_of(schema_name: str, kind: Kind | str, who: str) -> str:
    """Return the key of a score; who it is about is hashed with a key of this tenant alone.

    `who` is a session, a device print or what `addresses.prefix_of` returns.
    """
    digest = hmac.digest(_secret_of(schema_name), f"{kind}\0{who}".encode(), hashlib.sha256)
    return f"suspect:{{{schema_name}}}:{kind}:{digest.hex()[:32]}"


@lru_cache(2_048)
def _secret_of(schema_name: str) -> bytes:
    return signing.derive_key(PURPOSE, schema_name)
