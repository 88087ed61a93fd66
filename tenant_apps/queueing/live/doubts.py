"""What the live process does about suspicious buyers. Of the others it asks nothing."""

from __future__ import annotations

from typing import Any

from kernel.askers import Asker
from kernel.db import AWAY, tenant_context
from kernel.lookups import LookUps
from kernel.script_pipe import PipeBroken, ScriptPipe
from kernel.valkey import Call
from tenant_apps.queueing import proofs, services, suspicion


class Doubts:
    """Scores, proofs and waits at the server of the limits. When it is away, nobody is doubted."""

    def __init__(self, pipe: ScriptPipe) -> None:
        self._pipe = pipe
        # An organizer's change is seen after so long.
        self._vouched: LookUps[tuple[str, str], bool] = LookUps(
            _is_trusted, life_s=5.0, nothing_life_s=5.0
        )

    async def note_refusal(self, asker: Asker, limit: str) -> None:
        """Remember that somebody asked more often than a limit allows."""
        call = suspicion.refusal_call(asker, limit)
        if call is not None:
            await self._run(call)

    async def is_vouched_for(self, asker: Asker) -> bool:
        """Whether who asks is in a network that the organizer trusts. Asked of suspects alone.

        Without PostgreSQL who was a moment ago is, and nobody else.
        """
        try:
            return bool(await self._vouched.find((asker.schema_name, asker.network)))
        except AWAY:
            return False

    async def ensure_trusted(
        self, asker: Asker, performance: str, *, score: int, proof: str
    ) -> None:
        """Refuse with HoldsRefused or ProofNeeded who is suspicious."""
        if score < suspicion.ASK_FROM:
            return
        suspicion.ensure_not_blocked(score)
        wait_ms = await self._run(proofs.judge(asker, performance, proof))
        proofs.ensure_passed(wait_ms or 0, asker, performance)

    async def _run(self, call: Call) -> Any:
        try:
            return await self._pipe.run_plain(call.script, call.keys, call.arguments)
        except PipeBroken:
            return None


def _is_trusted(schema_name: str, network: str) -> bool:
    with tenant_context(schema_name):
        return services.is_trusted_network(network)
