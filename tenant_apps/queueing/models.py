from __future__ import annotations

from django.db import models
from django.db.models import Q

from kernel import ids
from tenant_apps.queueing.domain import (
    INSIDE_LEAST,
    INSIDE_MOST,
    LEASE_LEAST_S,
    LEASE_MOST_S,
    PER_MINUTE_LEAST,
    PER_MINUTE_MOST,
    Mode,
)
from tenant_apps.queueing.domain.lists import REASON_MAX, VALUE_MAX, Verdict, What
from tenant_apps.queueing.domain.reviews import ReviewState

ONE_ROOM = "one_waiting_room_per_performance"
ONE_LISTING = "one_listing_per_value"
ONE_REVIEW = "one_review_per_order"
# Plain strings: a migration that names them imports nothing of ours.
MODES = [mode.value for mode in Mode]
VERDICTS = [verdict.value for verdict in Verdict]
WHATS = [what.value for what in What]
REVIEW_STATES = [state.value for state in ReviewState]


def new_listing_id() -> str:
    return ids.new("lst")


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


class Listing(models.Model):
    """Somebody whom the organizer does not sell to, or never wants to be asked about."""

    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True, default=new_listing_id)
    verdict = models.CharField(max_length=8, choices=[(each, each) for each in VERDICTS])
    what = models.CharField(max_length=8, choices=[(each, each) for each in WHATS])
    # As it is compared: a card is hashed with a key of this tenant.
    value = models.CharField(max_length=VALUE_MAX)
    # What a page shows instead of a hash.
    label = models.CharField(max_length=VALUE_MAX, blank=True)
    reason = models.CharField(max_length=REASON_MAX)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=160)
    # None: until it is removed.
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("what", "value"), name=ONE_LISTING),
            models.CheckConstraint(
                condition=Q(verdict__in=VERDICTS, what__in=WHATS), name="listing_kind_known"
            ),
        )
        indexes = (models.Index(fields=("verdict", "-id"), name="listing_newest_first"),)

    def __str__(self) -> str:
        return f"{self.verdict}: {self.what} {self.label or self.value}"


class Review(models.Model):
    """An order that a rule points at, until somebody has decided about it."""

    # Not a foreign key: orders are neighbours.
    order_ref = models.CharField(max_length=ids.MAX_LENGTH)
    state = models.CharField(max_length=8, choices=[(each, each) for each in REVIEW_STATES])
    # Names of the rules that pointed at it.
    rules = models.JSONField(default=list)
    # For blocking, hashed with a key of this tenant; empty where nothing is known.
    card = models.CharField(max_length=64, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("order_ref",), name=ONE_REVIEW),
            models.CheckConstraint(
                condition=Q(state=ReviewState.OPEN.value, closed_at__isnull=True)
                | Q(
                    state__in=sorted({*REVIEW_STATES} - {ReviewState.OPEN.value}),
                    closed_at__isnull=False,
                ),
                name="review_closed_when_decided",
            ),
        )
        indexes = (
            models.Index(
                fields=("opened_at", "id"),
                condition=Q(state=ReviewState.OPEN.value),
                name="review_oldest_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.order_ref}: {self.state}"
