from __future__ import annotations

from django.db import models
from django.db.models import Q

ONE_ENVELOPE = "one_envelope_per_event"


class Route(models.Model):
    """Which tenant a provider's account belongs to: the only way an event finds its schema."""

    provider = models.CharField(max_length=16)
    account = models.CharField(max_length=64)
    schema_name = models.CharField(max_length=63)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("provider", "account"), name="one_tenant_per_account"),
        )

    def __str__(self) -> str:
        return f"{self.provider} {self.account} -> {self.schema_name}"


class Envelope(models.Model):
    """A provider's event, once. The letter itself lies in the tenant's schema."""

    provider = models.CharField(max_length=16)
    event_id = models.CharField(max_length=128)
    event_type = models.CharField(max_length=100)
    account = models.CharField(max_length=64, blank=True)
    # Empty when nobody has this account: kept for the operators, applied by nobody.
    schema_name = models.CharField(max_length=63, blank=True)
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("provider", "event_id"), name=ONE_ENVELOPE),)
        indexes = (
            models.Index(
                fields=("lease_until",),
                condition=Q(applied_at__isnull=True) & ~Q(schema_name=""),
                name="inbox_unapplied",
            ),
        )

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id} {self.event_type}"
