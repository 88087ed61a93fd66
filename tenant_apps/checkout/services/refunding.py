"""Giving money back: in full, by the organizer; or by ourselves, where nothing was given for it."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction

from public_apps.audit import services as audit
from public_apps.outbox import services as outbox
from tenant_apps.access.domain import SYSTEM, Actor, Permission
from tenant_apps.checkout.domain import CannotRefund
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import ClaimedPlace, HoldsDown
from tenant_apps.orders import queries as orders
from tenant_apps.orders import services as order_services
from tenant_apps.orders.domain import OrderState, Step
from tenant_apps.orders.models import Order
from tenant_apps.payments import queries as payments
from tenant_apps.payments import services as payment_services
from tenant_apps.payments.domain import RefundState
from tenant_apps.queueing import services as queueing
from tenant_apps.tickets import services as tickets

REFUND_FAILED = "refund failed"
# Places by performance.
Released = dict[int, list[ClaimedPlace]]


def refund_order(*, order_id: str, reason: str, actor: Actor) -> Order:
    """Take a paid order back whole: tickets void, places free, money on its way back.

    Asking twice is one refund: the second time the order is returned as it stands. Only where
    Stripe could not carry the refund out is it tried again. Refuses with NotPermitted,
    NoSuchOrder, or CannotRefund when it was never paid.
    """
    with transaction.atomic(durable=True):
        released = take_back(order_id=order_id, reason=reason, actor=actor)
        queueing.close_open_review(order_ref=order_id, actor=actor)
    show_free(released)
    return orders.get_order(order_id)


def take_back(*, order_id: str, reason: str, actor: Actor) -> Released:
    """Do what `refund_order` does in the caller's transaction, and refuse like it.

    Returns the places that are free again: show them so after the commit.
    """
    actor.ensure(Permission.ORDERS_REFUND)
    order = order_services.locked(order_id)
    if order.state == OrderState.REFUNDING:
        _try_again(order, actor)
    if order.state in (OrderState.REFUNDING, OrderState.REFUNDED):
        return {}
    if order.state != OrderState.PAID:
        raise CannotRefund(state=order.state)
    order_services.take_step(order, Step.REFUND, actor=actor, reason=reason)
    tickets.void_tickets(order_ref=order_id, reason=reason, actor=actor)
    released = inventory.release_claims(order_ref=order_id)
    audit.record(
        action="order.refunded",
        actor=actor,
        subject=order_id,
        reason=reason,
        total=f"{order.total_minor} {order.currency}",
    )
    # Some of it may have gone back already, at Stripe's own pages.
    _request_rest(order, reason="requested", key="order")
    if not _outstanding(order_id):
        _finish(order)
    return released


def show_free(released: Released) -> None:
    """Tell Valkey of places that are free again; the outbox tells it once more."""
    for performance_id, places in released.items():
        with suppress(HoldsDown):
            inventory.free(performance_id, places)


def finish_refund(*, order_id: str) -> None:
    """Note that the money is on its way back, once all that was paid has gone back."""
    with transaction.atomic(durable=True):
        order = order_services.locked(order_id)
        if order.state == OrderState.REFUNDING and not _outstanding(order_id):
            _finish(order)


def note_failed_refund(*, order_id: str, refund_id: str) -> None:
    """Write into the history that Stripe could not give the money back; somebody must look."""
    with transaction.atomic(durable=True):
        order = order_services.locked(order_id)
        known = order.history.filter(note=REFUND_FAILED, details__refund=refund_id).exists()
        if known:
            return
        refund = payments.find_refund(refund_id)
        order_services.note(
            order,
            REFUND_FAILED,
            actor=SYSTEM,
            refund=refund_id,
            why=refund.error if refund else "",
        )
        if order.state == OrderState.REFUNDED and _outstanding(order_id):
            order_services.take_step(order, Step.REOPEN_REFUND, actor=SYSTEM)


def _outstanding(order_id: str) -> int:
    """Return how much of what was paid has not gone back yet, in minor units."""
    paid = sum(payment.amount.amount_minor for payment in payments.payments_of(order_id))
    returned = sum(
        refund.amount.amount_minor
        for refund in payments.refunds_of(order_id)
        if refund.state is RefundState.SUCCEEDED
    )
    return paid - returned


def _try_again(order: Order, actor: Actor) -> None:
    """Ask for a refund once more where the last one failed and none is under way."""
    refunds = payments.refunds_of(order.public_id)
    if payments.open_refunds(order.public_id) or not _outstanding(order.public_id):
        return
    _request_rest(order, reason="tried again", key=f"again-{len(refunds)}")
    order_services.note(order, "refund tried again", actor=actor)


def _request_rest(order: Order, *, reason: str, key: str) -> None:
    """Ask for all that was paid and is not on its way back yet."""
    for payment in payments.payments_of(order.public_id):
        left = payment.amount - payment.refunded
        if left:
            payment_services.request_refund(
                order_ref=order.public_id,
                amount=left,
                reason=reason,
                key=f"{key}:{payment.payment_intent}",
                attempt_id=payment.attempt_id,
            )


def _finish(order: Order) -> None:
    order_services.take_step(order, Step.FINISH_REFUND, actor=SYSTEM)
    outbox.publish(
        kind="order.refunded", subject=order.public_id, payload={"order_id": order.public_id}
    )
