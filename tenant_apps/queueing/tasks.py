from __future__ import annotations

from kernel.tasks import public_task, send, tenant_task
from tenant_apps.queueing import scoring

EVERY_S = 5.0


@public_task(name="queueing.score_waiting", max_retries=0)
def score_waiting() -> None:
    """Have the notes of those tenants read that have some; the others cost nothing."""
    for schema_name in scoring.take_waiting():
        send("queueing.read_notes", {"schema_name": schema_name}, expires_s=EVERY_S)


@tenant_task(name="queueing.read_notes", max_retries=0, is_alone=True)
def read_notes() -> None:
    """Score whom a tenant's notes tell of."""
    scoring.read_notes()
