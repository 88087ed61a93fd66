"""Sweeps that walk through the tenants."""

from __future__ import annotations

from kernel.tasks import public_task, send
from public_apps.tenants import queries


@public_task(name="tenants.in_each", max_retries=0)
def in_each(*, task_name: str, expires_s: float = 60) -> None:
    """Send one tenant task to every tenant: beat knows no tenants, this does."""
    for schema_name in queries.standing_schemas():
        send(task_name, {"schema_name": schema_name}, expires_s=expires_s)
