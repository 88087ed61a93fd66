from __future__ import annotations

from django.db import models
from django.db.models import Q


class Fact(models.Model):
    """Something that has become true, written in the transaction that made it so."""

    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=64)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Delivery(models.Model):
    """One subscriber that has to hear of a fact, at least once."""

    fact = models.ForeignKey(Fact, on_delete=models.CASCADE, related_name="deliveries")
    task_name = models.CharField(max_length=100)
    delivered_at = models.DateTimeField(null=True)
    # Whoever has the lease delivers; a lost worker's lease runs out.
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = (
            models.UniqueConstraint(
                fields=("fact", "task_name"), name="one_delivery_per_subscriber"
            ),
        )
        indexes = (
            models.Index(
                fields=("lease_until",),
                condition=Q(delivered_at__isnull=True),
                name="outbox_undelivered",
            ),
        )

    def __str__(self) -> str:
        return f"{self.fact} -> {self.task_name}"
