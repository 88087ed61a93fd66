from __future__ import annotations

from kernel.tasks import tenant_task
from tenant_apps.access import services


@tenant_task(name="access.forget")
def forget() -> None:
    """Delete expired tokens and the answers to keys that are older than a day."""
    services.forget_expired_tokens()
    services.forget_old_answers()
