from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kernel import ids
from tenant_apps.inventory.domain import ClaimKind

ONE_LIVE_CLAIM = "one_live_claim_per_place"


def new_block_id() -> str:
    return ids.new("blk")


class Block(models.Model):
    """Places that the organizer keeps from the sale, and why."""

    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True, default=new_block_id)
    performance = models.ForeignKey(
        "events.Performance", on_delete=models.PROTECT, related_name="blocks"
    )
    reason = models.CharField(max_length=120)
    made_by = models.CharField(max_length=160)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reason


class ClaimQuerySet(models.QuerySet["Claim"]):
    def live(self) -> ClaimQuerySet:
        return self.filter(released_at__isnull=True)


class Claim(models.Model):
    """A place given to an order, or kept by the organizer. Released rows stay as history.

    A live row is the sale; no live row means free. Two buyers can pass any check in Python at
    once; they cannot both pass the unique index.
    """

    performance = models.ForeignKey(
        "events.Performance", on_delete=models.PROTECT, related_name="claims"
    )
    ordinal = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=[(kind, kind) for kind in ClaimKind])
    # Not a foreign key: orders and inventory are neighbours and do not know each other.
    order_ref = models.CharField(max_length=ids.MAX_LENGTH, blank=True)
    block = models.ForeignKey(
        Block, on_delete=models.PROTECT, null=True, blank=True, related_name="claims"
    )
    made_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("performance", "ordinal"),
                condition=Q(released_at__isnull=True),
                name=ONE_LIVE_CLAIM,
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True) | Q(released_at__gte=F("made_at")),
                name="claim_released_after_made",
            ),
            models.CheckConstraint(
                condition=(Q(kind=ClaimKind.ALLOCATION, block__isnull=True) & ~Q(order_ref=""))
                | Q(kind=ClaimKind.BLOCK, block__isnull=False, order_ref=""),
                name="claim_is_of_an_order_or_a_block",
            ),
        )
        indexes = (
            # The newest claim of each place, live or not, is what loading reads.
            models.Index(fields=("performance", "ordinal", "-id"), name="claim_newest_first"),
            models.Index(fields=("order_ref",), condition=~Q(order_ref=""), name="claim_by_order"),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.ordinal} at {self.performance_id}"

    @property
    def is_live(self) -> bool:
        return self.released_at is None
