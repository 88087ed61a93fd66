"""Telling Valkey what PostgreSQL has decided: directly, and again from the outbox.

Nothing here can be wrong for long: each message carries its claim's id, and Valkey ignores what is
older than what it has heard. A server that is stale reads the truth when it is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from public_apps.outbox import services as outbox
from tenant_apps.inventory import gateway, holds, queries
from tenant_apps.inventory.domain import (
    CLAIMS_PER_CALL,
    SETTLER,
    STATE_OF_CLAIM,
    Claimed,
    ClaimedPlace,
    ClaimKind,
)


def settle(
    performance_id: int,
    claimed: Sequence[ClaimedPlace],
    *,
    kind: ClaimKind,
    used_holds: Sequence[str] = (),
) -> int:
    """Show the places as sold or blocked and drop the holds that they came from; how many changed.

    May run twice and late. Refuses with HoldsDown when Valkey is away.
    """
    scope = queries.scope_of(performance_id)
    changed = 0
    for part in _parts(claimed):
        call = holds.settle(scope, part, state=STATE_OF_CLAIM[kind], used_holds=used_holds)
        try:
            changed += holds.read_done(gateway.run(call))
        except holds.Stale:
            return changed
    return changed


def record_settled(claimed: Claimed) -> None:
    """Tell the outbox that nobody else has to bring these claims into Valkey."""
    outbox.record_told(fact_id=claimed.fact_id, task_name=SETTLER)


def free(
    performance_id: int,
    claimed: Sequence[ClaimedPlace],
    *,
    to_hold: str = "",
    session: str = "",
) -> bool:
    """Show the places as free, or give them to one hold in the same breath; whether it got them.

    May run twice and late. Refuses with HoldsDown when Valkey is away.
    """
    scope = queries.scope_of(performance_id)
    given = False
    for part in _parts(claimed):
        call = holds.free(scope, part, hold_id=to_hold, session=session)
        reply = gateway.run(call)
        if holds.read_word(reply) == "STALE":
            return False
        given = holds.read_word(reply) == "HELD"
    return given


def _parts(claimed: Sequence[ClaimedPlace]) -> Iterator[Sequence[ClaimedPlace]]:
    for start in range(0, len(claimed), CLAIMS_PER_CALL):
        yield claimed[start : start + CLAIMS_PER_CALL]
