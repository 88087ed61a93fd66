"""Which messages there are, and which of them wait."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from kernel import errors
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.notifications.domain import MessageState
from tenant_apps.notifications.models import Message

SWEEP_AT_MOST = 500


class NoSuchMessage(errors.Missing):
    code = "no_such_message"
    message = "There is no such message."


def messages_visible_to(actor: Actor) -> QuerySet[Message]:
    """Return the messages that the actor may see, newest first."""
    messages = Message.objects.order_by("-pk")
    return messages if actor.may(Permission.ORDERS_VIEW) else messages.none()


def messages_of_order(order_ref: str) -> list[Message]:
    """Return what the buyer was told of an order, oldest first."""
    return list(Message.objects.filter(order_ref=order_ref).order_by("pk"))


def has_message(kind: str, order_ref: str) -> bool:
    """Whether the buyer was told this of the order, or is being told."""
    return Message.objects.filter(kind=kind, order_ref=order_ref).exists()


def free_to_send(now: datetime) -> Q:
    """Return the condition for a message that is due and in nobody's hands."""
    return Q(state=MessageState.QUEUED, due_at__lte=now) | Q(
        state=MessageState.SENDING, lease_until__lt=now
    )


def waiting(now: datetime) -> list[int]:
    """Return the database ids of messages to send, oldest first."""
    free = Message.objects.filter(free_to_send(now)).order_by("due_at", "pk")
    return list(free.values_list("pk", flat=True)[:SWEEP_AT_MOST])
