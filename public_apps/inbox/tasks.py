from __future__ import annotations

import structlog
from celery import current_app

from kernel.tasks import public_task
from public_apps.inbox import services

log = structlog.get_logger(__name__)


@public_task(name="inbox.apply", max_retries=0)
def apply(*, envelope_id: int) -> None:
    """Have one event applied. A failure is noted, and the sweep tries again."""
    letter = services.lease(envelope_id=envelope_id)
    if letter is None:
        return
    try:
        current_app.tasks[letter.task_name].run(
            schema_name=letter.schema_name, event_id=letter.event_id
        )
    except Exception as error:
        log.exception("event_failed", event_id=letter.event_id, tenant=letter.schema_name)
        services.record_failed(
            envelope_id=letter.envelope_id, error=f"{type(error).__name__}: {error}"
        )
        return
    services.record_applied(envelope_id=letter.envelope_id)


@public_task(name="inbox.sweep", max_retries=0)
def sweep() -> None:
    """Apply what a crash or a broker that was down has left behind."""
    services.sweep()


@public_task(name="inbox.forget", max_retries=0)
def forget() -> None:
    """Delete old events that had their effect."""
    services.forget_applied()
