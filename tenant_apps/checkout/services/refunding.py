"""Giving money back: in full, by the organizer; or by ourselves, where nothing was given for it."""

from __future__ import annotations

from django.db import transaction

from kernel.money import Money
from public_apps.audit import services as audit
from public_apps.outbox import services as outbox
from tenant_apps.access.domain import SYSTEM, Actor, Permission
from tenant_apps.checkout.domain import CannotRefund
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import HoldsDown
from tenant_apps.orders import queries as orders
from tenant_apps.orders import services as order_services
from tenant_apps.orders.domain import OrderState, Step
from tenant_apps.orders.models import Order
from tenant_apps.payments import queries as payments
from tenant_apps.payments import services as payment_services
from tenant_apps.tickets import services as tickets


def refund_order(*, order_id: str, reason: str, actor: Actor) -> Order:
    """Take a paid order back whole: tickets void, places free, money on its way back.

    Asking twice is one refund: the second time the order is returned as it stands. Refuses with
    NotPermitted, NoSuchOrder, or CannotRefund when it was never paid.
    """
    actor.ensure(Permission.ORDERS_REFUND)
    with transaction.atomic(durable=True):
        order = order_services.locked(order_id)
        if order.state in (OrderState.REFUNDING, OrderState.REFUNDED):
            return orders.get_order(order_id)
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
        if order.total_minor:
            payment_services.request_refund(
                order_ref=order_id,
                amount=Money(order.total_minor, order.currency),
                reason="requested",
                key=f"order:{order_id}",
            )
        else:
            _finish(order)
    for performance_id, places in released.items():
        try:
            inventory.free(performance_id, places)
        except HoldsDown:
            continue  # the outbox tells Valkey again
    return orders.get_order(order_id)


def finish_refund(*, order_id: str) -> None:
    """Note that the money is on its way back, once every refund of the order has gone through."""
    with transaction.atomic(durable=True):
        order = order_services.locked(order_id)
        if order.state == OrderState.REFUNDING and not payments.open_refunds(order_id):
            _finish(order)


def _finish(order: Order) -> None:
    order_services.take_step(order, Step.FINISH_REFUND, actor=SYSTEM)
    outbox.publish(
        kind="order.refunded", subject=order.public_id, payload={"order_id": order.public_id}
    )
