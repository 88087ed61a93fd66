from __future__ import annotations

from typing import Any

import structlog

from kernel.tasks import tenant_task
from tenant_apps.notifications import domain, gateway, letters, services
from tenant_apps.notifications.domain import Kind, MailDown, MailRefused, NotReady

log = structlog.get_logger(__name__)


@tenant_task(name="notifications.order_paid")
def order_paid(*, fact_id: int, subject: str, payload: dict[str, Any]) -> None:
    """Send the receipt with its tickets."""
    services.tell_of_order(kind=Kind.ORDER_PAID, fact_id=fact_id, order_id=subject)


@tenant_task(name="notifications.order_refunded")
def order_refunded(*, fact_id: int, subject: str, payload: dict[str, Any]) -> None:
    """Say that the money is on its way back."""
    services.tell_of_order(kind=Kind.ORDER_REFUNDED, fact_id=fact_id, order_id=subject)


@tenant_task(name="notifications.order_late_refunded")
def order_late_refunded(*, fact_id: int, subject: str, payload: dict[str, Any]) -> None:
    """Say that the payment came too late and goes back."""
    services.tell_of_order(kind=Kind.ORDER_LATE_REFUNDED, fact_id=fact_id, order_id=subject)


@tenant_task(name="notifications.send_tickets_again", max_retries=3)
def send_tickets_again(*, order_id: str) -> None:
    """Send an order's receipt and tickets once more."""
    services.send_tickets_again(order_id=order_id)


@tenant_task(name="notifications.send_order_links", max_retries=3)
def send_order_links(*, email: str, locale: str = "en") -> None:
    """Send someone the links of their orders."""
    services.send_order_links(email=email, locale=locale)


@tenant_task(name="notifications.send", max_retries=0, within_s=domain.SEND_WITHIN_S)
def send(*, message_id: int) -> None:
    """Send one message. Its failure is noted, and the sweep tries again."""
    message = services.lease(message_id=message_id)
    if message is None:
        return
    # No transaction is open here: a mail server may take seconds to answer.
    try:
        gateway.send(letters.write(message))
    except MailRefused as refusal:
        error = f"{refusal.code} {refusal.details}"
        services.record_failed(message=message, error=error, is_final=True)
    except (MailDown, NotReady) as refusal:
        error = f"{refusal.code} {refusal.details}"
        services.record_failed(message=message, error=error, is_final=False)
    except Exception as error:
        log.exception("message_cannot_be_written", message=message.public_id, kind=message.kind)
        services.record_failed(
            message=message, error=f"{type(error).__name__}: {error}", is_final=False
        )
    else:
        services.record_sent(message_id=message.pk)


@tenant_task(name="notifications.sweep_tenant", max_retries=0)
def sweep_tenant() -> None:
    """Send what a crash, a mail server or a broker that was down has left behind."""
    services.sweep()


@tenant_task(name="notifications.forget", max_retries=0, is_alone=True)
def forget() -> None:
    """Delete old messages that went out or were given up, and alerts that have had their end."""
    services.forget_messages()
    services.forget_alerts()


@tenant_task(name="notifications.tell_waiting", max_retries=0, is_alone=True)
def tell_waiting() -> None:
    """Tell who waits for places that there are some."""
    services.tell_waiting()
