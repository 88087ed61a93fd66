from __future__ import annotations

from datetime import timedelta

from kernel import clock
from kernel.tasks import tenant_task
from tenant_apps.payments import services

# Stripe and we may date one movement a little differently; what is younger waits for tomorrow.
SETTLED_AFTER = timedelta(hours=1)
COMPARED_DAYS = timedelta(days=3)


@tenant_task(name="payments.execute_refund")
def execute_refund(*, refund_id: str) -> None:
    """Send a refund once, however often the broker delivers this message."""
    services.execute_refund(refund_id)


@tenant_task(name="payments.sweep", max_retries=0, is_alone=True)
def sweep() -> None:
    """Send the refunds that a crash or a broker that was down has left behind."""
    services.resend_refunds()


@tenant_task(name="payments.reconcile", max_retries=3)
def reconcile() -> None:
    """Compare the last days' books with Stripe's; each difference is in the log."""
    until = clock.now() - SETTLED_AFTER
    services.reconcile(since=until - COMPARED_DAYS, until=until)
