"""How an unpaid order ends: its time runs out, or the buyer leaves it.

pending -> expiring -> Stripe is asked to expire the session. "Already complete" means paid. While
Stripe does not answer, the places are kept until the session's own end; then they are released.
"""

from __future__ import annotations

import structlog
from django.db import transaction

from kernel import clock
from kernel.db import current_schema
from kernel.errors import Unavailable
from kernel.tasks import OutOfTime
from public_apps.outbox import services as outbox
from tenant_apps.access.domain import BUYER, SYSTEM, Actor
from tenant_apps.checkout.domain import MoneyUnderWay
from tenant_apps.checkout.services import paying
from tenant_apps.events import queries as events
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import ClaimedPlace, HoldsDown
from tenant_apps.orders import queries as orders
from tenant_apps.orders import services as order_services
from tenant_apps.orders.domain import NoSuchOrder, OrderState, Step
from tenant_apps.orders.models import Order
from tenant_apps.payments import queries as payments
from tenant_apps.payments import services as payment_services
from tenant_apps.payments.domain import Outcome as SessionOutcome
from tenant_apps.queueing import notes

log = structlog.get_logger(__name__)


def end_overdue() -> int:
    """End every order whose time is over; how many were looked at. One failure stops no other."""
    overdue = orders.overdue(clock.now())
    for order_id in overdue:
        try:
            expire_order(order_id=order_id)
        except OutOfTime:
            raise
        except Unavailable:
            # The next one would wait as long for the same silence.
            log.warning("order_ends_put_off", order=order_id)
            break
        except Exception:
            log.exception("order_end_failed", order=order_id)
    return len(overdue)


def end_orders_of_cancelled(*, performance_id: int) -> int:
    """End the unpaid orders of a performance that does not take place; how many there were."""
    waiting = orders.pending_at(performance_id) if events.is_cancelled(performance_id) else []
    for order_id in waiting:
        _end(order_id, step=Step.CANCEL, actor=SYSTEM)
    return len(waiting)


def ensure_nothing_under_way() -> None:
    """Refuse with MoneyUnderWay while somebody pays here or waits for money."""
    count = orders.count_with_money_under_way()
    if count:
        raise MoneyUnderWay(orders=count)


def expire_order(*, order_id: str) -> OrderState:
    """End an order whose time is over, unless it turns out to be paid; its state afterwards."""
    return _end(order_id, step=Step.EXPIRE, actor=SYSTEM)


def leave_order(*, order_id: str, session: str) -> OrderState:
    """End the buyer's own pending order at once and give its places back to the same holds."""
    order = orders.get_order(order_id)
    if order.buyer_session != session:
        raise NoSuchOrder
    return _end(order_id, step=Step.CANCEL, actor=BUYER)


def _end(order_id: str, *, step: Step, actor: Actor) -> OrderState:
    now = clock.now()
    with transaction.atomic(durable=True):
        order = order_services.locked(order_id)
        if order.state == OrderState.PENDING and (step is Step.CANCEL or order.due_at <= now):
            order_services.take_step(order, Step.BEGIN_EXPIRY, actor=actor, why=str(step))
    if order.state != OrderState.EXPIRING:
        return OrderState(order.state)
    attempt = payments.attempt_of_order(order_id)
    if attempt is not None:
        outcome = payment_services.expire_attempt(attempt.attempt_id)
        if outcome is SessionOutcome.PAID:
            paying.refresh_order(order_id=order_id)
            return OrderState(orders.get_order(order_id).state)
        if outcome is SessionOutcome.UNREACHABLE:
            return OrderState.EXPIRING
    return _release(order_id, step=step, actor=actor)


def _release(order_id: str, *, step: Step, actor: Actor) -> OrderState:
    with transaction.atomic(durable=True):
        order = order_services.locked(order_id)
        if order.state != OrderState.EXPIRING:
            return OrderState(order.state)
        order_services.take_step(order, step, actor=actor)
        released = inventory.release_claims(order_ref=order_id)
        if step is Step.EXPIRE:
            outbox.publish(kind="order.expired", subject=order_id, payload={"order_id": order_id})
    give_back(order, released, to_buyer=step is Step.CANCEL)
    if step is Step.EXPIRE:
        # Its places were kept for nothing, like those of a hold that ran out.
        notes.write(current_schema(), [notes.unpaid(order.buyer_session)])
    return OrderState(order.state)


def give_back(order: Order, released: dict[int, list[ClaimedPlace]], *, to_buyer: bool) -> None:
    """Show released places as free, or as the same buyer's holds again."""
    for performance_id, places in released.items():
        left = {place.ordinal: place for place in places}
        try:
            for _, hold_id, ordinals in _holds_at(order, performance_id) if to_buyer else []:
                mine = [left.pop(ordinal) for ordinal in ordinals if ordinal in left]
                inventory.free(performance_id, mine, to_hold=hold_id, session=order.buyer_session)
                _note_returned(order, performance_id, hold_id)
            inventory.free(performance_id, list(left.values()))
        except HoldsDown:
            log.warning("free_left_to_the_outbox", performance_id=performance_id)


def _note_returned(order: Order, performance_id: int, hold_id: str) -> None:
    session = order.buyer_session
    hold = inventory.find_hold(performance_id=performance_id, session=session, hold_id=hold_id)
    if hold is not None:
        returned = notes.returned(
            session,
            performance_id=performance_id,
            hold_id=hold_id,
            until=hold.expires_at,
            places=hold.places,
        )
        notes.write(current_schema(), [returned])


def _holds_at(order: Order, performance_id: int) -> list[tuple[int, str, list[int]]]:
    return [entry for entry in order.holds if entry[0] == performance_id]
