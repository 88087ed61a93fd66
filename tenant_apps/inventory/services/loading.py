"""Making Valkey's projection from PostgreSQL's truth.

In two steps. The first sets a new epoch and the state LOADING: holds are told to come back, settle
and free are written down. Then live claims are read. The second step writes them, applies what was
written down, by fence, and opens. A claim that commits before the read is in it; one that commits
after it finds LOADING or OPEN, and its settle is written down or applied.
"""

from __future__ import annotations

import contextlib
import secrets
import time

import orjson
import structlog

from kernel.valkey import Call
from tenant_apps.events.models import Performance
from tenant_apps.inventory import gateway, holds, queries
from tenant_apps.inventory.domain import HoldsDown, Loading, Scope

log = structlog.get_logger(__name__)

# A loader that died is waited for no longer than this.
PATIENCE_MS = 3_000
# A caller that has no event loop waits for somebody else's load this long, then says 503.
WAIT_S = 1.0
PAUSE_S = 0.02


def load(performance_id: int, *, again: bool = False) -> None:
    """Load a performance, unless it is loaded; `again` loads it even so.

    Refuses with Loading when somebody else loads it and does not finish, HoldsDown when Valkey is
    away. Opens no transaction; the caller is in the tenant's schema.
    """
    scope = queries.scope_of(performance_id)
    give_up_at = time.monotonic() + WAIT_S
    while True:
        epoch = new_epoch()
        began = holds.read_word(gateway.run(begin_load(scope, epoch=epoch, again=again)))
        if began == "OPEN" or (began == "BEGUN" and finish_load(performance_id, epoch=epoch)):
            return
        if time.monotonic() >= give_up_at:
            raise Loading(retry_after_s=0.1)
        time.sleep(PAUSE_S)


def new_epoch() -> str:
    """Return a name for one attempt to load."""
    return secrets.token_hex(6)


def begin_load(scope: Scope, *, epoch: str, again: bool = False) -> Call:
    """Return the first step, which is also how to wait for another's load.

    It answers OPEN when there is nothing to do, BUSY while another loads, and BEGUN when the caller
    has to finish: nobody loads it, or who did has died.
    """
    return holds.load_begin(scope, epoch=epoch, patience_ms=PATIENCE_MS, again=again)


def finish_load(performance_id: int, *, epoch: str) -> bool:
    """Read what PostgreSQL knows and open; False when it is another's load by now.

    Then the server has restarted or another loader has taken over. Refuses with HoldsDown.
    """
    started = time.monotonic()
    scope = queries.scope_of(performance_id)
    try:
        truth = queries.truth_of(performance_id)
    except Exception:
        # PostgreSQL is away, mostly. Only a death leaves others waiting.
        with contextlib.suppress(HoldsDown):
            gateway.run(holds.load_give_up(scope, epoch=epoch))
        raise
    fences = orjson.dumps([part for pair in truth.fences.items() for part in pair])
    call = holds.load_finish(
        scope,
        epoch=epoch,
        places=truth.places,
        fences=fences,
        seating=truth.seating,
        sale=truth.sale,
    )
    if holds.read_word(gateway.run(call)) != "OPEN":
        return False
    log.info(
        "performance_loaded",
        performance_id=performance_id,
        places=len(truth.places),
        claims=len(truth.fences),
        duration_ms=round((time.monotonic() - started) * 1000, 1),
    )
    return True


def refresh_sale(performance_id: int) -> None:
    """Bring window, limits and rules of a loaded performance up to date, or load it."""
    performance = Performance.objects.select_related("event").get(pk=performance_id)
    scope = queries.scope_of(performance_id)
    try:
        holds.read_done(gateway.run(holds.set_sale(scope, queries.sale_of(performance))))
    except (holds.Stale, Loading):
        load(performance_id)
