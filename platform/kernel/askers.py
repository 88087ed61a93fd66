"""Who asks, as far as limits and scores can tell people apart.

A device print says "the same browser as a moment ago", and nothing else. It is made of what each
request says by itself, sealed with a key of one tenant and one day: it cannot be read backwards,
compared between organizers, or followed into the next day. Nothing is asked of the browser for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kernel import clock, signing

# What browsers say of themselves in every request; a longer word than this is cut.
SAID = ("user-agent", "accept-language", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform")
MOST_SAID = 400
DAY_S = 86_400


class Asker(NamedTuple):
    """Who asks one tenant for places."""

    schema_name: str
    session: str
    # A device print.
    device: str
    # What `addresses.prefix_of` returns.
    network: str


def asker(schema_name: str, *, session: str, network: str, said: Sequence[str]) -> Asker:
    """Return who asks; `said` are the values of the headers SAID, empty where there is none."""
    today = int(clock.now().timestamp()) // DAY_S
    device = signing.pseudonym(
        f"device-print:{today}",
        network,
        *[word[:MOST_SAID] for word in said],
        schema_name=schema_name,
    )
    return Asker(schema_name, session, device, network)
