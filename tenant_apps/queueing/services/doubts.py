"""What a suspicious buyer is asked at a page."""

from __future__ import annotations

import structlog
from redis import RedisError

from kernel import valkey
from kernel.askers import Asker
from kernel.valkey import Call
from tenant_apps.queueing import proofs, suspicion

log = structlog.get_logger(__name__)


def note_refusal(asker: Asker, limit: str) -> None:
    """Remember that somebody asked more often than a limit allows."""
    call = suspicion.refusal_call(asker, limit)
    if call is not None:
        _ask_losable(call)


def ensure_trusted(asker: Asker, *, performance: str, score: int) -> None:
    """Refuse with HoldsRefused or ProofNeeded who is suspicious.

    A form carries no proof: its page shows it to the live process first, or the buyer waits.
    """
    if score < suspicion.ASK_FROM:
        return
    suspicion.ensure_not_blocked(score)
    wait_ms = _ask_losable(proofs.judge(asker, performance, proof=""))
    proofs.ensure_passed(wait_ms or 0, asker, performance)


def _ask_losable(call: Call) -> int | None:
    """Run a script at the limits' server; None when it is away: then nobody is doubted."""
    try:
        answer = valkey.run_script(valkey.limits_client(), call.script, call.keys, call.arguments)
    except RedisError as error:
        log.warning("suspicion_unreachable", error=type(error).__name__)
        return None
    return int(answer)
