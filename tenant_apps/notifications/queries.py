"""Which messages there are, which of them wait, and who waits for places."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Lower

from kernel import errors, signing
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.events import queries as events
from tenant_apps.events.models import Performance
from tenant_apps.notifications.domain import HEAD_START, MessageState
from tenant_apps.notifications.models import Message, PlaceAlert

SWEEP_AT_MOST = 500
ALERT_PURPOSE = "place-alert"


class NoSuchMessage(errors.Missing):
    code = "no_such_message"
    message = "There is no such message."


class NoSuchAlert(errors.Missing):
    code = "no_such_alert"
    message = "Nobody is waiting behind this link any more."


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


def performances_waited_for(now: datetime) -> list[Performance]:
    """Return the performances on sale that somebody wants to be told of, the next one first."""
    waiting = PlaceAlert.objects.filter(performance=OuterRef("pk"), told_at__isnull=True)
    found = events.upcoming_performances(None, now).filter(Exists(waiting))
    return [each for each in found.order_by("starts_at", "pk") if each.sale_state(now).is_open]


def untold(performance_id: int) -> QuerySet[PlaceAlert]:
    """Return who waits for places of a performance, in the order of asking."""
    waiting = PlaceAlert.objects.filter(performance_id=performance_id, told_at__isnull=True)
    return waiting.order_by("pk")


def places_told_lately(performance_id: int, now: datetime) -> int:
    """Return how many places those want who were told a moment ago."""
    told = PlaceAlert.objects.filter(
        performance_id=performance_id, told_at__gt=now - HEAD_START
    ).aggregate(places=Sum("places"))
    return told["places"] or 0


def alerts_of_mailbox(email: str) -> QuerySet[PlaceAlert]:
    """Return what this mailbox waits for."""
    # By LOWER on both sides, as the index is.
    alerts = PlaceAlert.objects.alias(mailbox=Lower("email"))
    return alerts.filter(mailbox=Lower(Value(email)), told_at__isnull=True)


def alert_link(alert: PlaceAlert) -> str:
    """Return the path of the page where the alert can be ended; the same each time."""
    token = signing.sign(ALERT_PURPOSE, {"a": alert.public_id}, at=alert.created_at)
    return f"/alerts/{token}/"


def alert_by_link(token: str) -> PlaceAlert:
    """Return the alert that waits behind a link. Refuses with BadSignature or NoSuchAlert."""
    payload = signing.unsign(ALERT_PURPOSE, token, max_age=None)
    alerts = PlaceAlert.objects.select_related("performance__event")
    found = alerts.filter(public_id=str(payload.get("a", "")), told_at__isnull=True).first()
    if found is None:
        raise NoSuchAlert
    return found
