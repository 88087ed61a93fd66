from __future__ import annotations

from typing import Any

import structlog

from kernel.errors import DomainError
from kernel.tasks import tenant_task
from tenant_apps.inventory import queries, services
from tenant_apps.inventory.domain import SETTLER, ClaimedPlace, ClaimKind

log = structlog.get_logger(__name__)


@tenant_task(name=SETTLER)
def settle_claims(*, payload: dict[str, Any], fact_id: int = 0, subject: str = "") -> None:
    """Show claimed places as taken; a no-op when checkout has told Valkey already."""
    services.settle(
        payload["performance_id"],
        [ClaimedPlace(ordinal, claim_id) for ordinal, claim_id in payload["places"]],
        kind=ClaimKind(payload["kind"]),
    )


@tenant_task(name="inventory.free_claims")
def free_claims(*, payload: dict[str, Any], fact_id: int = 0, subject: str = "") -> None:
    """Show released places as free."""
    services.free(
        payload["performance_id"],
        [ClaimedPlace(ordinal, claim_id) for ordinal, claim_id in payload["places"]],
    )


@tenant_task(name="inventory.reload_performance")
def reload_performance(*, payload: dict[str, Any], fact_id: int = 0, subject: str = "") -> None:
    """Bring what the scripts know of a performance up to date after an edit."""
    queries.forget_cached()
    services.load(payload["performance_id"], again=True)


@tenant_task(name="inventory.reconcile_tenant", max_retries=0, is_alone=True)
def reconcile_tenant() -> None:
    """Compare both sides of every performance on sale."""
    for performance_id in queries.performances_on_sale():
        try:
            services.reconcile(performance_id)
        except DomainError as refusal:
            log.warning("not_reconciled", performance_id=performance_id, code=refusal.code)
