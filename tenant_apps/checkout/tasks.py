from __future__ import annotations

from typing import Any

from kernel.tasks import tenant_task
from tenant_apps.checkout import services


@tenant_task(name="checkout.apply_payment_event")
def apply_payment_event(*, event_id: str) -> None:
    """Let one provider event have its effect."""
    services.apply_payment_event(event_id=event_id)


@tenant_task(name="checkout.expire_order")
def expire_order(*, order_id: str) -> None:
    """End an order whose time is over."""
    services.expire_order(order_id=order_id)


@tenant_task(name="checkout.end_orders_of_cancelled")
def end_orders_of_cancelled(*, subject: str, payload: dict[str, Any], fact_id: int = 0) -> None:
    """Let nobody pay for a performance that does not take place."""
    services.end_orders_of_cancelled(performance_id=payload["performance_id"])


@tenant_task(name="checkout.finish_refund")
def finish_refund(*, subject: str, payload: dict[str, Any], fact_id: int = 0) -> None:
    """Note that an order's money has gone back."""
    services.finish_refund(order_id=payload["order_ref"])


@tenant_task(name="checkout.note_failed_refund")
def note_failed_refund(*, subject: str, payload: dict[str, Any], fact_id: int = 0) -> None:
    """Write down that an order's money could not be given back."""
    services.note_failed_refund(order_id=payload["order_ref"], refund_id=payload["refund_id"])


@tenant_task(name="checkout.review_order")
def review_order(*, subject: str, payload: dict[str, Any], fact_id: int = 0) -> None:
    """Have a paid order looked at if a rule points at it."""
    services.review_order(order_id=payload["order_id"])


@tenant_task(name="checkout.sweep_orders", max_retries=0, is_alone=True)
def sweep_orders() -> None:
    """End what is overdue, whatever became of the task that should have."""
    services.end_overdue()


@tenant_task(name="checkout.ask_about_given_up", max_retries=0, is_alone=True)
def ask_about_given_up() -> None:
    """Find money that came in while Stripe was silent, and whose event was lost."""
    services.ask_about_given_up()
