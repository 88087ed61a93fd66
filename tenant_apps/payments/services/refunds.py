"""Refunds: asked for in a row, sent by a task, finished by Stripe's answer or by an event."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from kernel import clock, errors, ids
from kernel.db import violated_constraint
from kernel.money import Money
from kernel.tasks import enqueue, enqueue_after_commit
from public_apps.outbox import services as outbox
from tenant_apps.payments import domain, gateway, queries
from tenant_apps.payments.domain import (
    NothingToRefund,
    RefundChanged,
    RefundDiffers,
    RefundRecord,
    RefundState,
    StripeRefund,
    StripeRefused,
    StripeUnreachable,
)
from tenant_apps.payments.models import (
    ONE_REFUND_A_KEY,
    REFUNDED_WITHIN_PAID,
    Payment,
    Refund,
)
from tenant_apps.payments.services.ledger import write_entry

log = structlog.get_logger(__name__)

# Longer than a call with its retries can take.
LEASE = timedelta(seconds=180)
RESEND_AFTER = timedelta(seconds=15)
RESEND_AT_MOST = 500
UNSENT = (RefundState.REQUESTED, RefundState.SENDING)
ACCEPTED = (RefundState.PENDING, RefundState.SUCCEEDED)
# What may follow what, however late and in whatever order Stripe's events come.
NEXT_STATES: dict[RefundState, tuple[RefundState, ...]] = {
    RefundState.REQUESTED: (*ACCEPTED, RefundState.FAILED),
    RefundState.SENDING: (*ACCEPTED, RefundState.FAILED),
    RefundState.PENDING: (RefundState.SUCCEEDED, RefundState.FAILED),
    RefundState.SUCCEEDED: (RefundState.FAILED,),
    RefundState.FAILED: (),
}


class RefundInTheWay(errors.Unavailable):
    """Another refund of ours holds the amount; it will be refused and let go of it."""

    code = "refund_in_the_way"
    message = "Another refund of this payment is under way."


def request_refund(
    *, order_ref: str, amount: Money, reason: str, key: str, attempt_id: str = ""
) -> RefundRecord:
    """Ask for money to go back, in the caller's transaction; the task sends it after the commit.

    The same key is the same refund, however often. An order that was paid more than once says
    with `attempt_id` which payment is meant. Refuses with NothingToRefund when no such payment
    has so much left, and with RefundDiffers.
    """
    with transaction.atomic():
        # Two refunds of one order queue here, so that together they never exceed what was paid.
        payments = list(
            Payment.objects.select_for_update(of=("self",))
            .select_related("attempt")
            .filter(order_ref=order_ref)
            .order_by("pk")
        )
        known = Refund.objects.filter(key=key).first()
        if known is not None:
            return _the_same(known, order_ref, amount)
        if attempt_id:
            payments = [one for one in payments if one.attempt.public_id == attempt_id]
        payment = _with_room(payments, amount)
        now = clock.now()
        refund = _create(payment=payment, key=key, amount=amount, reason=reason, at=now)
        enqueue_after_commit("payments.execute_refund", refund_id=refund.public_id)
    return queries.refund_record_of(refund)


def _the_same(known: Refund, order_ref: str, amount: Money) -> RefundRecord:
    if (known.order_ref, Money(known.amount_minor, known.currency)) != (order_ref, amount):
        raise RefundDiffers(key=known.key)
    return queries.refund_record_of(known)


def _with_room(payments: list[Payment], amount: Money) -> Payment:
    # What was paid as asked comes before what was paid wrongly, which says whose it is.
    for payment in sorted(payments, key=lambda one: not one.matches):
        left = payment.amount_minor - payment.refunded_minor
        if payment.currency == amount.currency and 0 < amount.amount_minor <= left:
            return payment
    raise NothingToRefund(
        left=[str(Money(p.amount_minor - p.refunded_minor, p.currency)) for p in payments]
    )


def _create(*, payment: Payment, key: str, amount: Money, reason: str, at: datetime) -> Refund:
    Payment.objects.filter(pk=payment.pk).update(
        refunded_minor=F("refunded_minor") + amount.amount_minor
    )
    try:
        with transaction.atomic():
            return Refund.objects.create(
                public_id=ids.new("ref"),
                key=key,
                payment=payment,
                order_ref=payment.order_ref,
                amount_minor=amount.amount_minor,
                currency=amount.currency,
                reason=reason[:200],
                state=RefundState.REQUESTED,
                requested_at=at,
                changed_at=at,
            )
    except IntegrityError as error:
        if violated_constraint(error) != ONE_REFUND_A_KEY:
            raise
        raise RefundDiffers(key=key) from error


def execute_refund(refund_id: str) -> RefundRecord | None:
    """Send a refund that was asked for; None when it is done or in other hands.

    Not in a transaction. Safe to repeat after a crash anywhere: the refund's id is the
    idempotency key, and from the second try on Stripe is first asked whether it has it already.
    Refuses with StripeUnreachable; a refusal of Stripe's is the refund's end and is recorded.
    """
    now = clock.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    with transaction.atomic(durable=True):
        leased = Refund.objects.filter(free, public_id=refund_id, state__in=UNSENT).update(
            state=RefundState.SENDING, lease_until=now + LEASE, tries=F("tries") + 1
        )
    if not leased:
        return None
    refund = Refund.objects.select_related("payment__attempt").get(public_id=refund_id)
    try:
        answer = _send(refund)
    except StripeUnreachable:
        Refund.objects.filter(pk=refund.pk, state=RefundState.SENDING).update(
            state=RefundState.REQUESTED, lease_until=None
        )
        raise
    except StripeRefused as refusal:
        reason = str(refusal.details.get("reason"))
        return _move(refund.pk, RefundState.FAILED, error=reason)
    return _move(refund.pk, answer.state, answer=answer)


def _send(refund: Refund) -> StripeRefund:
    payment = refund.payment
    account = payment.attempt.stripe_account
    if refund.tries > 1:
        found = gateway.find_refund(
            account=account, payment_intent=payment.payment_intent, refund_id=refund.public_id
        )
        if found is not None:
            return found
    return gateway.create_refund(
        account=account,
        payment_intent=payment.payment_intent,
        amount_minor=refund.amount_minor,
        returns_fee=payment.application_fee_minor > 0,
        refund_id=refund.public_id,
        order_ref=refund.order_ref,
    )


def apply_refund_change(event: RefundChanged) -> RefundRecord | None:
    """Take over what an event says of a refund; None when it is of no payment of ours.

    A refund that was made at Stripe's own pages gets its row and its entry here. Events may come
    twice, late and out of order.
    """
    change = event.refund
    with transaction.atomic():
        payment = (
            Payment.objects.select_for_update().filter(payment_intent=change.payment_intent).first()
        )
        if payment is None:
            return None
        ours = Q(stripe_refund=change.stripe_refund)
        if change.refund_id:
            ours |= Q(public_id=change.refund_id, stripe_refund__isnull=True)
        refund = Refund.objects.filter(ours, payment=payment).first()
        if refund is None:
            if change.state is RefundState.FAILED:
                return None
            refund = _made_elsewhere(payment, change)
        return _move(refund.pk, change.state, answer=change, error=change.error)


def _made_elsewhere(payment: Payment, change: StripeRefund) -> Refund:
    log.warning("refund_made_at_stripe", stripe_refund=change.stripe_refund)
    try:
        with transaction.atomic():
            refund = _create(
                payment=payment,
                key=f"stripe:{change.stripe_refund}",
                amount=change.amount,
                reason="Made at Stripe",
                at=clock.now(),
            )
    except IntegrityError as error:
        if violated_constraint(error) != REFUNDED_WITHIN_PAID:
            raise
        raise RefundInTheWay(stripe_refund=change.stripe_refund) from error
    # The platform's fee stays where it is unless whoever refunds says otherwise.
    Refund.objects.filter(pk=refund.pk).update(returned_fee_minor=change.returned_fee_minor or 0)
    return refund


def _move(
    refund_pk: int, state: RefundState, *, answer: StripeRefund | None = None, error: str = ""
) -> RefundRecord:
    """Bring the refund to the state, with its entry in the books and its fact; or leave it."""
    with transaction.atomic():
        # Payment before refund, as in `request_refund`: two who lock both never wait crosswise.
        payment = Payment.objects.select_for_update().get(refunds__pk=refund_pk)
        refund = Refund.objects.select_for_update().get(pk=refund_pk)
        before = RefundState(refund.state)
        if state not in NEXT_STATES[before]:
            return queries.refund_record_of(refund)
        now = clock.now()
        if answer is not None:
            refund.stripe_refund = answer.stripe_refund
        if state in ACCEPTED and before in UNSENT:
            _book(refund, payment, answer, now)
        if state is RefundState.FAILED:
            _unbook(refund, payment, was_accepted=before in ACCEPTED, at=now)
        refund.state = state
        refund.lease_until = None
        refund.error = error[:300]
        refund.changed_at = now
        refund.save(
            update_fields=[
                "state", "lease_until", "error", "changed_at", "stripe_refund",
                "returned_fee_minor",
            ]
        )  # fmt: skip
        record = queries.refund_record_of(refund)
        if state in (RefundState.SUCCEEDED, RefundState.FAILED):
            _publish(record)
    return record


def _book(refund: Refund, payment: Payment, answer: StripeRefund | None, at: datetime) -> None:
    if refund.returned_fee_minor is None:
        told = answer.returned_fee_minor if answer else None
        refund.returned_fee_minor = told if told is not None else _reckoned_fee(refund, payment)
    write_entry(
        reference=f"refund:{refund.public_id}",
        order_ref=refund.order_ref,
        currency=refund.currency,
        postings=domain.refund_postings(
            refund.amount_minor, refund.returned_fee_minor, matches=payment.matches
        ),
        at=at,
    )


def _reckoned_fee(refund: Refund, payment: Payment) -> int:
    """Return the fee that Stripe gives back, where its answer did not say."""
    accepted = payment.refunds.filter(state__in=ACCEPTED).exclude(pk=refund.pk)
    rows = accepted.values_list("amount_minor", "returned_fee_minor")
    refunded = sum(amount for amount, _ in rows)
    returned = sum(fee or 0 for _, fee in rows)
    return domain.fee_share(
        fee_minor=payment.application_fee_minor,
        returned_minor=returned,
        amount_minor=payment.amount_minor,
        part_minor=refund.amount_minor,
        completes=refunded + refund.amount_minor == payment.amount_minor,
    )


def _unbook(refund: Refund, payment: Payment, *, was_accepted: bool, at: datetime) -> None:
    Payment.objects.filter(pk=payment.pk).update(
        refunded_minor=F("refunded_minor") - refund.amount_minor
    )
    if was_accepted:
        write_entry(
            reference=f"refund-failed:{refund.public_id}",
            order_ref=refund.order_ref,
            currency=refund.currency,
            postings=domain.failed_refund_postings(refund.amount_minor, matches=payment.matches),
            at=at,
        )


def _publish(record: RefundRecord) -> None:
    kind = "refund.succeeded" if record.state is RefundState.SUCCEEDED else "refund.failed"
    outbox.publish(
        kind=kind,
        subject=record.order_ref,
        payload={
            "refund_id": record.refund_id,
            "order_ref": record.order_ref,
            "key": record.key,
            "amount_minor": record.amount.amount_minor,
            "currency": record.amount.currency,
        },
    )


def resend_refunds() -> int:
    """Send again what is unsent and in nobody's hands; how many that were."""
    now = clock.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    waiting = Refund.objects.filter(
        free, state__in=UNSENT, requested_at__lt=now - RESEND_AFTER
    ).order_by("pk")
    found = list(waiting.values_list("public_id", flat=True)[:RESEND_AT_MOST])
    for refund_id in found:
        enqueue("payments.execute_refund", refund_id=refund_id)
    return len(found)
