"""Placing orders and moving them along; each change under the row's lock, with its history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.utils import IntegrityError

from kernel import clock, ids
from kernel.db import violated_constraint
from public_apps.audit.services import Acting
from tenant_apps.orders.domain import (
    OVER,
    CheckoutRunning,
    Contact,
    NewLine,
    NoSuchOrder,
    OrderState,
    Step,
    Totals,
    advance,
    new_number,
)
from tenant_apps.orders.models import ONE_ORDER_PER_CHECKOUT, Order, OrderLine, OrderStep

PAYING_TIME = timedelta(minutes=15)


def place_order(
    *,
    contact: Contact,
    lines: Sequence[NewLine],
    totals: Totals,
    session: str,
    holds: Sequence[tuple[int, str, list[int]]],
    checkout_key: str,
    content_key: str,
    actor: Acting,
) -> Order:
    """Write a pending order with its lines, in the caller's transaction.

    Refuses with CheckoutRunning when an order was made from the same holds and is not over; the
    transaction is lost then.
    """
    now = clock.now()
    try:
        order = Order.objects.create(
            number=new_number(),
            state=OrderState.PENDING,
            currency=totals.currency,
            subtotal_minor=totals.subtotal_minor,
            fees_minor=totals.fees_minor,
            taxes_minor=totals.taxes_minor,
            total_minor=totals.total_minor,
            email=contact.email,
            name=contact.name,
            locale=contact.locale,
            buyer_session=session,
            holds=[list(entry) for entry in holds],
            checkout_key=checkout_key,
            content_key=content_key,
            created_at=now,
            due_at=now + PAYING_TIME,
        )
    except IntegrityError as error:
        if violated_constraint(error) != ONE_ORDER_PER_CHECKOUT:
            raise
        raise CheckoutRunning from error
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            public_id=ids.new("orl"),
            performance_id=line.performance_id,
            ordinal=line.ordinal,
            place_name=line.place_name,
            section=line.section,
            row=line.row,
            seat=line.seat,
            zone_name=line.zone_name,
            tier_key=line.tier_key,
            tier_name=line.tier_name,
            face_minor=line.face_minor,
            fee_minor=line.fee_minor,
            tax_minor=line.tax_minor,
            total_minor=line.total_minor,
        )
        for line in lines
    )
    _write_history(order, now, actor, note="placed", details={"places": len(lines)})
    return order


def locked(public_id: str) -> Order:
    """Return the order under its row lock, in the caller's transaction, or NoSuchOrder."""
    order = Order.objects.select_for_update(no_key=True).filter(public_id=public_id).first()
    if order is None:
        raise NoSuchOrder
    return order


def take_step(order: Order, step: Step, *, actor: Acting, **details: object) -> Order:
    """Move a locked order one step along and write it down. Refuses with StepRefused."""
    now = clock.now()
    before = OrderState(order.state)
    after = advance(before, step)
    changes: dict[str, object] = {"state": after}
    if after is OrderState.PAID:
        changes["paid_at"] = now
    if before in OVER and after not in OVER and _cart_has_another(order):
        # Late money for an order whose buyer has begun again with the same holds: the cart is the
        # new order's, and two of one cart cannot both run.
        changes["checkout_key"] = order.public_id
    changed = Order.objects.filter(Q(pk=order.pk), state=before).update(**changes)
    # The row is locked, so somebody forgot to lock it when this fails.
    assert changed == 1, f"order {order.public_id} changed under its lock"
    for name, value in changes.items():
        setattr(order, name, value)
    _write_history(order, now, actor, step=step, before=before, details=details)
    return order


def _cart_has_another(order: Order) -> bool:
    same_cart = Order.objects.filter(checkout_key=order.checkout_key).exclude(pk=order.pk)
    return same_cart.exclude(state__in=OVER).exists()


def note(order: Order, text: str, *, actor: Acting, **details: object) -> None:
    """Write a line into the history that changes nothing."""
    _write_history(order, clock.now(), actor, note=text, details=details)


def _write_history(
    order: Order,
    now: datetime,
    actor: Acting,
    *,
    step: Step | None = None,
    before: OrderState | None = None,
    note: str = "",
    details: dict[str, object],
) -> None:
    OrderStep.objects.create(
        order=order,
        at=now,
        step=step or "",
        from_state=before or "",
        to_state=order.state,
        note=note[:200],
        actor_kind=actor.kind,
        actor_name=actor.name[:160],
        details=details,
    )
