from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from kernel import ids
from tenant_apps.events.models import Performance
from tenant_apps.notifications.domain import MOST_WANTED, MessageState

ONE_MESSAGE = "one_message_per_kind_and_key"
ONE_ALERT = "one_alert_per_performance_and_mailbox"


def new_public_id() -> str:
    return ids.new("msg")


def new_alert_id() -> str:
    return ids.new("alr")


class Message(models.Model):
    """One mail to one person, about one thing, once."""

    # In the mail's Message-ID: sent again after a crash, receivers know it for the same.
    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True, default=new_public_id)
    kind = models.CharField(max_length=40)
    # What it is about: a fact's id, or what the caller says. With the kind it is unique.
    key = models.CharField(max_length=100)
    to = models.EmailField(max_length=254)
    locale = models.CharField(max_length=12, default="en")
    # Empty for messages about an order: theirs are written when they are sent.
    subject = models.CharField(max_length=200, blank=True)
    order_ref = models.CharField(max_length=ids.MAX_LENGTH, blank=True)
    # What the template needs. Emptied when the mail is sent: it may hold links that open doors.
    context = models.JSONField(default=dict)
    state = models.CharField(
        max_length=8, choices=[(s.value, s.value) for s in MessageState], default="queued"
    )
    created_at = models.DateTimeField()
    # Not before: moved on after each failure.
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("kind", "key"), name=ONE_MESSAGE),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in MessageState]), name="message_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="message_sent_knows_when",
            ),
        )
        indexes = (
            models.Index(
                fields=("due_at",),
                condition=Q(state__in=["queued", "sending"]),
                name="messages_waiting",
            ),
            models.Index(fields=("order_ref",), name="messages_of_order"),
        )

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}: {self.state}"


class PlaceAlert(models.Model):
    """Somebody who wants to be told, once, when a performance has places again."""

    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True, default=new_alert_id)
    performance = models.ForeignKey(Performance, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(max_length=254)
    locale = models.CharField(max_length=12, default="en")
    # Fewer than these are no news for them.
    places = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            # Who was told may ask again.
            models.UniqueConstraint(
                "performance", Lower("email"), condition=Q(told_at__isnull=True), name=ONE_ALERT
            ),
            models.CheckConstraint(
                condition=Q(places__gte=1, places__lte=MOST_WANTED), name="alert_places_in_range"
            ),
        )
        indexes = (
            models.Index(
                fields=("performance", "told_at"),
                condition=Q(told_at__isnull=False),
                name="alerts_told",
            ),
            # How many one mailbox waits for.
            models.Index(Lower("email"), name="alerts_of_mailbox"),
        )

    def __str__(self) -> str:
        return f"{self.public_id}: {self.places} at {self.performance_id}"
