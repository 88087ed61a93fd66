"""What becomes of money that arrives: once, twice, late, wrong, or for an order that is over.

Never money taken and nothing given.
"""

from __future__ import annotations

import structlog
from django.db import transaction

from kernel import clock
from kernel.errors import DomainError, Unavailable
from kernel.tasks import OutOfTime
from public_apps.outbox import services as outbox
from tenant_apps.access.domain import BUYER, SYSTEM
from tenant_apps.checkout.domain import Outcome
from tenant_apps.checkout.services import issuing, settling
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import Claimed, Hold
from tenant_apps.orders import queries as orders
from tenant_apps.orders import services as order_services
from tenant_apps.orders.domain import OVER, OrderState, Step
from tenant_apps.orders.models import Order
from tenant_apps.payments import queries as payments
from tenant_apps.payments import services as payment_services
from tenant_apps.payments.domain import (
    AccountChanged,
    AttemptRecord,
    AttemptState,
    Ignored,
    PaymentFacts,
    PaymentFailed,
    RefundChanged,
    SessionCompleted,
    SessionExpired,
    SessionState,
    interpret,
)

log = structlog.get_logger(__name__)

PAYMENT_FAILED = "payment failed"


def apply_payment_event(*, event_id: str) -> None:
    """Let a provider's event have its effect. May run twice, late and out of order."""
    match interpret(payments.provider_event(event_id)):
        case SessionCompleted() as completed:
            _apply_completed(completed)
        case SessionExpired() as expired:
            attempt = payments.attempt_of_session(expired.session_id, expired.attempt_id)
            if attempt is not None:
                payment_services.record_session_expired(
                    attempt_id=attempt.attempt_id, session_id=expired.session_id
                )
        case PaymentFailed() as failed:
            _note_failed_payment(failed, event_id)
        case RefundChanged() as change:
            payment_services.apply_refund_change(change)
        case AccountChanged() as change:
            payment_services.refresh_account(change.stripe_account)
        case Ignored() as ignored:
            log.info("event_ignored", event_id=event_id, why=ignored.reason)


def _apply_completed(completed: SessionCompleted) -> None:
    attempt = payments.attempt_of_session(completed.session_id, completed.attempt_id)
    if attempt is None:
        log.warning("session_of_no_order", session=completed.session_id)
        return
    apply_payment(
        order_id=attempt.order_ref, attempt_id=attempt.attempt_id, payment=completed.payment
    )


def _note_failed_payment(failed: PaymentFailed, event_id: str) -> None:
    """Write a refused card into the order's history, once; the order waits for another one."""
    attempt = payments.find_attempt(failed.attempt_id)
    if attempt is None:
        log.warning("failed_payment_of_no_order", event_id=event_id)
        return
    with transaction.atomic(durable=True):
        order = order_services.locked(attempt.order_ref)
        if not order.history.filter(details__event=event_id).exists():
            order_services.note(
                order, PAYMENT_FAILED, actor=BUYER, code=failed.code, event=event_id
            )


def refresh_order(*, order_id: str) -> OrderState:
    """Ask Stripe how an order's payment stands and apply the answer; the order's state then.

    For the return page and the sweep, when the webhook is late. Refuses with StripeUnreachable.
    """
    for attempt in payments.attempts_of(order_id):
        if attempt.state is AttemptState.PAID or not attempt.session_id:
            continue
        status = payment_services.ask_stripe(attempt.attempt_id)
        if status.payment is not None:
            apply_payment(order_id=order_id, attempt_id=attempt.attempt_id, payment=status.payment)
    return OrderState(orders.get_order(order_id).state)


def ask_about_given_up() -> int:
    """Ask Stripe about attempts that were given up in a silence; how many there were.

    Money may have come in before, and the event that tells it may be lost. One failure stops no
    other.
    """
    waiting = payments.attempts_to_ask_about(clock.now())
    for attempt in waiting:
        # First: what cannot be applied comes again more and more rarely.
        payment_services.put_off_asking(attempt.attempt_id)
        try:
            _ask_about(attempt)
        except OutOfTime:
            raise
        except Unavailable:
            # The next one would wait as long for the same silence.
            log.warning("asking_put_off", attempt=attempt.attempt_id)
            break
        except Exception:
            log.exception("asking_failed", attempt=attempt.attempt_id)
    return len(waiting)


def _ask_about(attempt: AttemptRecord) -> None:
    status = payment_services.ask_stripe(attempt.attempt_id)
    if status.payment is not None:
        apply_payment(
            order_id=attempt.order_ref, attempt_id=attempt.attempt_id, payment=status.payment
        )
    if status.state is not SessionState.OPEN:
        payment_services.stop_asking(attempt.attempt_id)


def apply_payment(*, order_id: str, attempt_id: str, payment: PaymentFacts) -> Outcome:
    """Book money that was paid for an order and give the buyer what it is for, or give it back."""
    with transaction.atomic(durable=True):
        order = order_services.locked(order_id)
        recorded = payment_services.record_payment(attempt_id=attempt_id, payment=payment)
        if not recorded.matches:
            if recorded.is_new:
                _refuse(order, attempt_id, payment, why="mismatch")
            return Outcome.REFUNDING
        if order.state in (OrderState.PENDING, OrderState.EXPIRING):
            lines = orders.lines_of(order)
            if orders.is_for_something_cancelled(lines):
                _refuse(order, attempt_id, payment, why="cancelled")
                return Outcome.REFUNDING
            order_services.take_step(order, Step.PAY, actor=SYSTEM, payment=payment.payment_intent)
            issuing.give_tickets(order, lines)
            return Outcome.PAID
        if order.state not in OVER:
            if recorded.is_new:
                # A second payment for an order that has one (or gave it back): it goes back too.
                _refund_extra(order, attempt_id, payment)
                return Outcome.REFUNDING
            return Outcome.REPEATED
    return _apply_late(order, attempt_id, payment)


def _apply_late(order: Order, attempt_id: str, payment: PaymentFacts) -> Outcome:
    """Pay an order that was over if its places can be won again, else give the money back.

    Refuses with HoldsDown when Valkey is away: the money is booked, and the event comes again.
    """
    wanted: dict[int, list[int]] = {}
    for performance_id, ordinal in order.lines.order_by("performance_id", "ordinal").values_list(
        "performance_id", "ordinal"
    ):
        wanted.setdefault(performance_id, []).append(ordinal)
    held: dict[int, Hold] = {}
    try:
        for performance_id, ordinals in wanted.items():
            held[performance_id] = inventory.hold_places_again(
                performance_id=performance_id,
                session=_late_session(order),
                ordinals=ordinals,
                hold_id=_late_hold(order, performance_id),
            )
        claimed = _claim_late(order, wanted, payment)
    except Unavailable:
        raise
    except DomainError as refusal:
        for performance_id, hold in held.items():
            inventory.release_hold(
                performance_id=performance_id,
                session=_late_session(order),
                hold_id=hold.hold_id,
            )
        return _refund_late(order, attempt_id, payment, why=refusal.code)
    for performance_id, places in claimed.items():
        settling.settle(performance_id, places, used_holds=[held[performance_id].hold_id])
    return Outcome.PAID


def _claim_late(
    order: Order, wanted: dict[int, list[int]], payment: PaymentFacts
) -> dict[int, Claimed]:
    with transaction.atomic(durable=True):
        order = order_services.locked(order.public_id)
        if order.state not in OVER:
            return {}
        claimed = {
            performance_id: inventory.claim_places(
                performance_id=performance_id, ordinals=ordinals, order_ref=order.public_id
            )
            for performance_id, ordinals in sorted(wanted.items())
        }
        order_services.take_step(order, Step.PAY_LATE, actor=SYSTEM, payment=payment.payment_intent)
        issuing.give_tickets(order, orders.lines_of(order))
    return claimed


def _refund_late(order: Order, attempt_id: str, payment: PaymentFacts, *, why: str) -> Outcome:
    with transaction.atomic(durable=True):
        order = order_services.locked(order.public_id)
        if order.state not in OVER:
            return Outcome.REPEATED
        order_services.take_step(order, Step.REFUND_LATE, actor=SYSTEM, why=why)
        _give_back(order, attempt_id, payment, why="late")
        outbox.publish(
            kind="order.late_refunded",
            subject=order.public_id,
            payload={"order_id": order.public_id, "why": why},
        )
    return Outcome.REFUNDING


def _refuse(order: Order, attempt_id: str, payment: PaymentFacts, *, why: str) -> None:
    if order.state in (OrderState.PENDING, OrderState.EXPIRING, *OVER):
        order_services.take_step(
            order,
            Step.REFUND_MISMATCH,
            actor=SYSTEM,
            why=why,
            paid=str(payment.amount),
            asked=f"{order.total_minor} {order.currency}",
        )
        inventory.release_claims(order_ref=order.public_id)
    _give_back(order, attempt_id, payment, why=why)


def _refund_extra(order: Order, attempt_id: str, payment: PaymentFacts) -> None:
    order_services.note(order, "paid twice", actor=SYSTEM, payment=payment.payment_intent)
    _give_back(order, attempt_id, payment, why="extra")


def _give_back(order: Order, attempt_id: str, payment: PaymentFacts, *, why: str) -> None:
    payment_services.request_refund(
        order_ref=order.public_id,
        amount=payment.amount,
        reason=why,
        key=f"{why}:{payment.payment_intent}",
        attempt_id=attempt_id,
    )


def _late_session(order: Order) -> str:
    return f"late-{order.public_id[-24:]}"


def _late_hold(order: Order, performance_id: int) -> str:
    # Made from the order, so that a second run finds the first one's hold.
    return f"hld_late{order.public_id[-20:]}{performance_id % 10_000:04d}"
