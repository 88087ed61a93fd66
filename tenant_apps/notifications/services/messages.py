"""Queueing messages, and keeping count of which went out.

A message is a row before it is a mail. It is sent at least once: a crash between the sending and
the note is made good by sending again, under the same Message-ID, so that the receiver keeps one.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import F

from kernel import clock
from kernel.db import delete_in_batches, insert_new
from kernel.tasks import enqueue, enqueue_after_commit
from tenant_apps.checkout import queries as checkout
from tenant_apps.notifications import domain, queries
from tenant_apps.notifications.domain import Kind, MessageState
from tenant_apps.notifications.models import Message
from tenant_apps.orders import queries as orders
from tenant_apps.orders.models import Order

log = structlog.get_logger(__name__)

SEND_TASK = "notifications.send"
# Asked again within this time for the same mailbox, "find my order" is one mail.
LINKS_EVERY_S = 120


def send_mail_once(
    *,
    kind: str,
    key: str,
    to: str,
    subject: str,
    template: str = "",
    context: dict[str, Any] | None = None,
    locale: str = "en",
) -> bool:
    """Queue a mail in the caller's transaction; False if this kind and key had one before.

    `template` names `notifications/<template>.txt` and `.html` (the kind's own unless said);
    `context` is JSON and is forgotten when the mail has gone.
    """
    return _queue(
        kind=kind,
        key=key,
        to=to,
        locale=locale,
        subject=subject,
        context={"template": template or kind, **(context or {})},
    )


def tell_of_order(*, kind: Kind, fact_id: int, order_id: str) -> bool:
    """Queue what the buyer is to know of an order, once for each fact."""
    order = orders.get_order_alone(order_id)
    # Money that came too late has its own mail; that it has arrived back is no news.
    if kind is Kind.ORDER_REFUNDED and queries.has_message(Kind.ORDER_LATE_REFUNDED, order_id):
        return False
    return _queue(
        kind=kind, key=f"fact:{fact_id}", to=order.email, locale=order.locale, order_ref=order_id
    )


def send_tickets_again(*, order_id: str) -> bool:
    """Send the receipt with its tickets to the order's own mailbox, as often as that is asked for.

    A request that comes twice within some minutes is one mail.
    """
    order = orders.get_order_alone(order_id)
    now = clock.now()
    return _queue(
        kind=Kind.ORDER_PAID,
        key=f"again:{order_id}:{int(now.timestamp()) // LINKS_EVERY_S}",
        to=order.email,
        locale=order.locale,
        order_ref=order_id,
    )


def send_order_links(*, email: str, locale: str = "en") -> bool:
    """Send the links of someone's orders to their mailbox; nothing where there are none.

    Whoever asks learns nothing: the links go to the mailbox that ordered.
    """
    found = orders.orders_of_email(email)
    if not found:
        return False
    now = clock.now()
    mailbox = hashlib.sha256(found[0].email.lower().encode()).hexdigest()[:32]
    return _queue(
        kind=Kind.ORDER_LINKS,
        key=f"{mailbox}:{int(now.timestamp()) // LINKS_EVERY_S}",
        to=found[0].email,
        locale=locale,
        context={"template": Kind.ORDER_LINKS, "orders": [_link(order) for order in found]},
    )


def lease(*, message_id: int) -> Message | None:
    """Take a message for one attempt; None when it is done, not due, or in other hands."""
    now = clock.now()
    taken = Message.objects.filter(queries.free_to_send(now), pk=message_id).update(
        state=MessageState.SENDING, lease_until=now + domain.LEASE, attempts=F("attempts") + 1
    )
    return Message.objects.get(pk=message_id) if taken else None


def record_sent(*, message_id: int) -> None:
    """Note that the mail server has taken the message, and forget what it said."""
    Message.objects.filter(pk=message_id).update(
        state=MessageState.SENT, sent_at=clock.now(), lease_until=None, error="", context={}
    )


def record_failed(*, message: Message, error: str, is_final: bool) -> None:
    """Note the failure: try again later, or give up where that cannot help any more."""
    now = clock.now()
    if is_final or domain.is_too_late(message.created_at, now):
        log.error("message_failed", message=message.public_id, kind=message.kind, error=error)
        state, due_at = MessageState.FAILED, now
    else:
        state, due_at = MessageState.QUEUED, now + domain.wait_after(message.attempts)
    Message.objects.filter(pk=message.pk, state=MessageState.SENDING).update(
        state=state, due_at=due_at, lease_until=None, error=error[:300]
    )


def try_again(*, public_id: str) -> None:
    """Send a message that was given up once more. Refuses with NoSuchMessage."""
    now = clock.now()
    failed = Message.objects.filter(public_id=public_id, state=MessageState.FAILED)
    if not failed.update(state=MessageState.QUEUED, due_at=now, created_at=now, attempts=0):
        raise queries.NoSuchMessage(message=public_id[:64])
    enqueue(SEND_TASK, message_id=Message.objects.get(public_id=public_id).pk)


def sweep() -> int:
    """Send what is due and in nobody's hands; how many that were."""
    waiting = queries.waiting(clock.now())
    for message_id in waiting:
        enqueue(SEND_TASK, message_id=message_id)
    return len(waiting)


def _queue(
    *,
    kind: str,
    key: str,
    to: str,
    locale: str,
    subject: str = "",
    order_ref: str = "",
    context: dict[str, Any] | None = None,
) -> bool:
    now: datetime = clock.now()
    message = Message(
        kind=str(kind),
        key=key,
        to=to,
        locale=locale,
        subject=subject[:200],
        order_ref=order_ref,
        context=context or {},
        created_at=now,
        due_at=now,
    )
    is_new = insert_new(message)
    if is_new:
        enqueue_after_commit(SEND_TASK, message_id=message.pk)
    return is_new


def _link(order: Order) -> dict[str, str]:
    line = order.lines.select_related("performance__event").order_by("pk").first()
    return {
        "number": order.number,
        "title": line.performance.event.title if line else "",
        "url": checkout.order_address(order),
    }


def forget_messages() -> int:
    """Delete old messages that went out or were given up; how many. One that waits stays."""
    before = clock.now() - timedelta(days=settings.KEEP_MESSAGES_DAYS)
    over = [MessageState.SENT, MessageState.FAILED]
    return delete_in_batches(Message.objects.filter(state__in=over, created_at__lt=before))
