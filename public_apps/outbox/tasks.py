from __future__ import annotations

import structlog
from celery import current_app

from kernel.db import current_schema
from kernel.tasks import tenant_task
from public_apps.outbox import services

log = structlog.get_logger(__name__)


@tenant_task(name="outbox.deliver", max_retries=0)
def deliver(*, delivery_id: int) -> None:
    """Call one subscriber of one fact. Its failure is noted, and the sweep tries again."""
    parcel = services.lease(delivery_id=delivery_id)
    if parcel is None:
        return
    try:
        current_app.tasks[parcel.task_name].run(
            schema_name=current_schema(),
            fact_id=parcel.fact_id,
            subject=parcel.subject,
            payload=parcel.payload,
        )
    except Exception as error:
        log.exception("delivery_failed", subscriber=parcel.task_name, fact_id=parcel.fact_id)
        services.record_failed(
            delivery_id=parcel.delivery_id, error=f"{type(error).__name__}: {error}"
        )
        return
    services.record_delivered(delivery_id=parcel.delivery_id)


@tenant_task(name="outbox.sweep_tenant", max_retries=0, is_alone=True)
def sweep_tenant() -> None:
    """Deliver what a crash or a broker that was down has left behind in this tenant."""
    services.sweep()


@tenant_task(name="outbox.forget", max_retries=0, is_alone=True)
def forget() -> None:
    """Delete old facts that everybody has heard of."""
    services.forget_delivered()
