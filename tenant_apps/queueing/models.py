from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenant_apps.queueing.domain import (
    INSIDE_LEAST,
    INSIDE_MOST,
    LEASE_LEAST_S,
    LEASE_MOST_S,
    PER_MINUTE_LEAST,
    PER_MINUTE_MOST,
    Mode,
)

ONE_ROOM = "one_waiting_room_per_performance"
MODES = [mode.value for mode in Mode]


class Room(models.Model):
    """The waiting room of a performance as its organizer wants it; who waits is in Valkey.

    A round begins when it is switched on. `seed` and `opened_at` (the opening of the sale that
    they belong to) are written once a round: with them anybody can draw the same order again.
    """

    performance = models.ForeignKey(
        "events.Performance", on_delete=models.PROTECT, related_name="waiting_rooms"
    )
    mode = models.CharField(max_length=8, choices=[(mode, mode) for mode in MODES])
    waits_from = models.DateTimeField(null=True, blank=True)
    per_minute = models.PositiveIntegerField()
    most_inside = models.PositiveIntegerField()
    lease_seconds = models.PositiveIntegerField()
    round = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField(null=True, blank=True)
    seed = models.CharField(max_length=32, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("performance",), name=ONE_ROOM),
            models.CheckConstraint(condition=Q(mode__in=MODES), name="waiting_room_mode_known"),
            models.CheckConstraint(
                condition=Q(mode=Mode.TIME.value, waits_from__isnull=False)
                | (~Q(mode=Mode.TIME.value) & Q(waits_from__isnull=True)),
                name="waiting_room_time_where_by_time",
            ),
            models.CheckConstraint(
                condition=Q(per_minute__range=(PER_MINUTE_LEAST, PER_MINUTE_MOST))
                & Q(most_inside__range=(INSIDE_LEAST, INSIDE_MOST))
                & Q(lease_seconds__range=(LEASE_LEAST_S, LEASE_MOST_S)),
                name="waiting_room_bounded",
            ),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True, seed="")
                | (Q(opened_at__isnull=False) & ~Q(seed="")),
                name="waiting_room_seeded_when_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.mode} at {self.performance_id}"
