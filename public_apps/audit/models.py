from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """Who did what and when. Rows are only added; a trigger refuses anything else."""

    at = models.DateTimeField()
    action = models.CharField(max_length=64)
    actor_kind = models.CharField(max_length=16)
    actor_ref = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=160, blank=True)
    subject = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name_plural = "entries"
        indexes = (
            models.Index(fields=("subject", "-id"), name="audit_by_subject"),
            models.Index(fields=("-at",), name="audit_by_time"),
        )

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.actor_name} {self.action} {self.subject}"
