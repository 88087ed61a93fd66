from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower

from kernel import ids
from tenant_apps.orders.domain import EMAIL_MAX, NAME_MAX, OVER, OrderState, Step

ONE_ORDER_PER_CHECKOUT = "one_running_order_per_checkout"


def new_order_id() -> str:
    return ids.new("ord")


def mailbox_of(email: str | Value) -> Func:
    """Return the mailbox that several spellings lead to: without case and without `+tag`.

    The literals are part of the SQL: an index is found by the same expression, not by parameters.
    """
    return Func(
        Lower(email),
        template=r"regexp_replace(%(expressions)s, '\+[^@]*@', '@')",
        output_field=models.TextField(),
    )


class Order(models.Model):
    """The agreement with a buyer. Amounts in minor units of its currency."""

    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True, default=new_order_id)
    number = models.CharField(max_length=16, unique=True)
    state = models.CharField(max_length=12, choices=[(state, state) for state in OrderState])
    currency = models.CharField(max_length=3)
    subtotal_minor = models.BigIntegerField()
    fees_minor = models.BigIntegerField()
    taxes_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    email = models.EmailField(max_length=EMAIL_MAX)
    name = models.CharField(max_length=NAME_MAX)
    locale = models.CharField(max_length=12, default="en")
    # Whose holds it came from, so that a buyer who leaves gets the same places back.
    buyer_session = models.CharField(max_length=64)
    # [[performance id, hold id, [ordinals]], …]
    holds = models.JSONField(default=list)
    # Names these holds: the same holds twice are one order.
    checkout_key = models.CharField(max_length=64)
    # Names what was ordered at which price for whom: something else is another order.
    content_key = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    # From the order on, this is the only clock.
    due_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("checkout_key",),
                condition=~Q(state__in=sorted(OVER)),
                name=ONE_ORDER_PER_CHECKOUT,
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(OrderState)), name="order_state_known"
            ),
            models.CheckConstraint(
                condition=Q(subtotal_minor__gte=0)
                & Q(fees_minor__gte=0)
                & Q(taxes_minor__gte=0)
                & Q(total_minor__gte=0),
                name="order_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("created_at")), name="order_due_after_created"
            ),
            models.CheckConstraint(
                condition=Q(paid_at__isnull=False) | ~Q(state=OrderState.PAID),
                name="order_paid_knows_when",
            ),
        )
        indexes = (
            models.Index(
                fields=("due_at",),
                condition=Q(state__in=[OrderState.PENDING, OrderState.EXPIRING]),
                name="order_waiting_by_due",
            ),
            models.Index(fields=("-created_at", "-id"), name="order_newest_first"),
            models.Index(Lower("email"), name="order_by_email"),
            models.Index(mailbox_of("email"), name="order_by_mailbox"),
        )

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One place of an order, at the price and under the names of the moment it was ordered."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True)
    performance = models.ForeignKey(
        "events.Performance", on_delete=models.PROTECT, related_name="order_lines"
    )
    ordinal = models.PositiveIntegerField()
    place_name = models.CharField(max_length=200)
    section = models.CharField(max_length=80, blank=True)
    row = models.CharField(max_length=80, blank=True)
    seat = models.CharField(max_length=80, blank=True)
    zone_name = models.CharField(max_length=120)
    tier_key = models.CharField(max_length=64)
    tier_name = models.CharField(max_length=120)
    face_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("order", "performance", "ordinal"), name="one_line_per_place_of_an_order"
            ),
            models.CheckConstraint(
                condition=Q(face_minor__gte=0)
                & Q(fee_minor__gte=0)
                & Q(tax_minor__gte=0)
                & Q(total_minor__gte=0),
                name="line_amounts_not_negative",
            ),
        )

    def __str__(self) -> str:
        return self.place_name


class OrderStep(models.Model):
    """One line of an order's history. Notes have no step; rows are only added."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField()
    step = models.CharField(max_length=20, choices=[(step, step) for step in Step], blank=True)
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12)
    note = models.CharField(max_length=200, blank=True)
    actor_kind = models.CharField(max_length=16)
    actor_name = models.CharField(max_length=160)
    details = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.step or self.note}"
