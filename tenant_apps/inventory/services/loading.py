"""Making Valkey's projection from PostgreSQL's truth.

In two steps. The first sets a new epoch and the state LOADING: holds are told to come back, settle
and free are written down. Then live claims are read. The second step writes them, applies what was
written down, by fence, and opens. A claim that commits before the read is in it; one that commits
after it finds LOADING or OPEN, and its settle is written down or applied.
"""

from __future__ import annotations

import secrets
import time

import orjson
import structlog

from tenant_apps.events.models import Performance
from tenant_apps.inventory import gateway, holds, queries
from tenant_apps.inventory.domain import Loading, Scope

log = structlog.get_logger(__name__)

# A loader that died is waited for no longer than this.
PATIENCE_MS = 3_000
# A caller that has no event loop waits for somebody else's load this long, then says 503.
WAIT_S = 1.0
PAUSE_S = 0.02
ATTEMPTS = 5


def load(performance_id: int, *, again: bool = False) -> None:
    """Load a performance, unless it is loaded; `again` loads it even so.

    Refuses with Loading when somebody else loads it and does not finish, HoldsDown when Valkey is
    away. Opens no transaction; the caller is in the tenant's schema.
    """
    scope = queries.scope_of(performance_id)
    give_up_at = time.monotonic() + WAIT_S
    for _ in range(ATTEMPTS):
        epoch = secrets.token_hex(6)
        began = holds.read_word(
            gateway.run(holds.load_begin(scope, epoch=epoch, patience_ms=PATIENCE_MS, again=again))
        )
        if began == "OPEN":
            return
        if began == "BUSY":
            if not _wait_until_open(scope, give_up_at):
                raise Loading(retry_after_s=0.1)
            if not again:
                return
            continue
        started = time.monotonic()
        truth = queries.truth_of(performance_id)
        fences = orjson.dumps([part for pair in truth.fences.items() for part in pair])
        call = holds.load_finish(
            scope,
            epoch=epoch,
            places=truth.places,
            fences=fences,
            seating=truth.seating,
            sale=truth.sale,
        )
        finished = holds.read_word(gateway.run(call))
        if finished == "OPEN":
            log.info(
                "performance_loaded",
                performance_id=performance_id,
                places=len(truth.places),
                claims=len(truth.fences),
                duration_ms=round((time.monotonic() - started) * 1000, 1),
            )
            return
        # SUPERSEDED: the server restarted or another loader took over in between.
    raise Loading(retry_after_s=0.1)


def refresh_sale(performance_id: int) -> None:
    """Bring window, limits and rules of a loaded performance up to date, or load it."""
    performance = Performance.objects.select_related("event").get(pk=performance_id)
    scope = queries.scope_of(performance_id)
    try:
        holds.read_done(gateway.run(holds.set_sale(scope, queries.sale_of(performance))))
    except (holds.Stale, Loading):
        load(performance_id)


def _wait_until_open(scope: Scope, give_up_at: float) -> bool:
    while time.monotonic() < give_up_at:
        time.sleep(PAUSE_S)
        try:
            holds.read_snapshot(gateway.run(holds.snapshot(scope)))
        except Loading:
            continue
        except holds.Stale:
            return False
        return True
    return False
