"""Attempts: prepared in a transaction, opened by a call, closed by what Stripe says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from kernel import clock, ids
from kernel.db import ensure_no_transaction, insert_new
from kernel.money import Money
from tenant_apps.payments import domain, gateway, queries
from tenant_apps.payments.domain import (
    EXPIRY_MARGIN,
    AccountRecord,
    AttemptDiffers,
    AttemptRecord,
    AttemptState,
    LineForPayment,
    NoSuchAttempt,
    Outcome,
    PaymentFacts,
    PaymentsNotConnected,
    RecordedPayment,
    SessionState,
    SessionStatus,
    StripeRefused,
    StripeUnreachable,
)
from tenant_apps.payments.models import Attempt, Payment
from tenant_apps.payments.services.ledger import write_entry

log = structlog.get_logger(__name__)

OPEN_STATES = (AttemptState.PREPARED, AttemptState.OPEN)


def prepare_attempt(
    *,
    order_ref: str,
    amount: Money,
    lines: Sequence[LineForPayment],
    email: str,
    expires_at: datetime,
    success_url: str,
    cancel_url: str,
    application_fee_minor: int,
    locale: str,
    account: AccountRecord | None = None,
) -> AttemptRecord:
    """Write down everything that Stripe will be told, in the caller's transaction.

    An order has one open attempt: asked again, it is the same one, however often and from
    wherever. `expires_at` is moved to what Stripe allows; `account` is the organizer's, if it was
    read a moment ago. Refuses with PaymentsNotConnected, LinesDoNotAddUp, and AttemptDiffers when
    the open attempt is over another amount.
    """
    account = account or queries.account()
    if account is None or not account.charges_enabled:
        raise PaymentsNotConnected
    domain.ensure_adds_up(lines, amount)
    now = clock.now()
    public_id = ids.new("pay")
    end = domain.session_end(expires_at, now)
    attempt = Attempt(
        public_id=public_id,
        order_ref=order_ref,
        state=AttemptState.PREPARED,
        amount_minor=amount.amount_minor,
        currency=amount.currency,
        application_fee_minor=application_fee_minor,
        stripe_account=account.stripe_account,
        parameters=domain.session_parameters(
            attempt_id=public_id,
            order_ref=order_ref,
            amount=amount,
            lines=lines,
            email=email,
            expires_at=end,
            success_url=success_url,
            cancel_url=cancel_url,
            application_fee_minor=application_fee_minor,
            locale=locale,
        ),
        created_at=now,
        expires_at=end,
    )
    if not insert_new(attempt):
        return _the_open_one(order_ref, amount)
    return queries.record_of(attempt)


def _the_open_one(order_ref: str, amount: Money) -> AttemptRecord:
    attempt = Attempt.objects.filter(order_ref=order_ref, state__in=OPEN_STATES).first()
    if attempt is None or Money(attempt.amount_minor, attempt.currency) != amount:
        # Gone again in this very moment, or for another amount: the caller looks anew.
        raise AttemptDiffers(order_ref=order_ref)
    return queries.record_of(attempt)


def open_attempt(attempt_id: str) -> AttemptRecord:
    """Have Stripe make the session; safe to repeat after a crash anywhere.

    Not in a transaction. The record has the page's address while its state is OPEN. In any other
    state there is nothing to pay any more. Refuses with StripeUnreachable (the attempt stays
    prepared) and with StripeRefused (the attempt is over; another one may be prepared).
    """
    ensure_no_transaction()
    attempt = _get(attempt_id)
    if attempt.state != AttemptState.PREPARED:
        return queries.record_of(attempt)
    try:
        opened = gateway.create_session(
            account=attempt.stripe_account,
            parameters=attempt.parameters,
            idempotency_key=attempt.public_id,
        )
    except StripeRefused as refusal:
        reason = f"{refusal.details.get('reason')} {refusal.details.get('param')}".strip()
        _close(attempt, AttemptState.REFUSED, among=(AttemptState.PREPARED,), error=reason)
        raise
    changes = {
        "state": AttemptState.OPEN,
        "session_id": opened.session_id,
        "url": opened.url,
        "opened_at": clock.now(),
    }
    if Attempt.objects.filter(pk=attempt.pk, state=AttemptState.PREPARED).update(**changes):
        for name, value in changes.items():
            setattr(attempt, name, value)
        return queries.record_of(attempt)
    attempt.refresh_from_db()
    if attempt.state == AttemptState.EXPIRED:
        # Given up while Stripe was thinking. Nobody was told the address; still, close the page.
        _end_quietly(attempt.stripe_account, opened.session_id)
    return queries.record_of(attempt)


def _end_quietly(account: str, session_id: str) -> None:
    try:
        gateway.expire_session(account=account, session_id=session_id)
    except (StripeUnreachable, StripeRefused) as error:
        log.warning("session_left_open", session=session_id, reason=error.code)


def expire_attempt(attempt_id: str) -> Outcome:
    """End the attempt so that it cannot be paid any more, or learn that it is paid.

    Not in a transaction. UNREACHABLE means that it may still be paid: keep the places and ask
    again. Some minutes after the session's own end that answer is EXPIRED; money that had come
    in before is told by an event, late.
    """
    ensure_no_transaction()
    attempt = _get(attempt_id)
    # Nobody has been told a page's address, so nobody can pay: Stripe need not be asked.
    _close(attempt, AttemptState.EXPIRED, among=(AttemptState.PREPARED,))
    attempt.refresh_from_db()
    if attempt.state == AttemptState.OPEN:
        return _expire_session(attempt)
    return Outcome.PAID if attempt.state == AttemptState.PAID else Outcome.EXPIRED


def _expire_session(attempt: Attempt) -> Outcome:
    try:
        status = gateway.expire_session(
            account=attempt.stripe_account, session_id=str(attempt.session_id)
        )
    except (StripeUnreachable, StripeRefused, PaymentsNotConnected) as refusal:
        # Refused too: an account that was taken away, a key that was changed. The session may
        # still be paid, until its own end; then nothing may keep the places any longer.
        log.warning("session_not_known", attempt=attempt.public_id, code=refusal.code)
        status = SessionStatus(SessionState.OPEN)
    if status.state is SessionState.PAID:
        return Outcome.PAID
    is_over = clock.now() >= attempt.expires_at + EXPIRY_MARGIN
    if status.state is not SessionState.EXPIRED and not is_over:
        return Outcome.UNREACHABLE
    with transaction.atomic():
        was_open = _close(attempt, AttemptState.EXPIRED, among=OPEN_STATES)
        if was_open and status.state is SessionState.OPEN:
            put_off_asking(attempt.public_id)
    return Outcome.EXPIRED


def put_off_asking(attempt_id: str) -> None:
    """Have Stripe asked later about an attempt that was given up in a silence; for a week."""
    attempt = _get(attempt_id)
    if attempt.closed_at is None:
        return
    ask_at = domain.next_asking(attempt.closed_at, clock.now())
    if ask_at is None:
        log.error("session_never_known", attempt=attempt_id)
    Attempt.objects.filter(pk=attempt.pk).update(ask_at=ask_at)


def stop_asking(attempt_id: str) -> None:
    """Note that what Stripe has to say about an attempt is known, and has had its effect."""
    Attempt.objects.filter(public_id=attempt_id).update(ask_at=None)


def ask_stripe(attempt_id: str) -> SessionStatus:
    """Return how the attempt's session stands at Stripe now. Not in a transaction.

    Refuses with StripeUnreachable and StripeRefused.
    """
    ensure_no_transaction()
    attempt = _get(attempt_id)
    if attempt.session_id is None:
        return SessionStatus(SessionState.UNOPENED)
    return gateway.retrieve_session(account=attempt.stripe_account, session_id=attempt.session_id)


def record_session_expired(*, attempt_id: str, session_id: str) -> AttemptRecord:
    """Note that Stripe says the session has expired. An attempt that is paid stays paid."""
    attempt = _get(attempt_id)
    if attempt.session_id in (None, session_id):
        _close(attempt, AttemptState.EXPIRED, among=OPEN_STATES)
        attempt.refresh_from_db()
    return queries.record_of(attempt)


def record_payment(*, attempt_id: str, payment: PaymentFacts) -> RecordedPayment:
    """Put money that came in into the books, once, in the caller's transaction.

    It is recorded whatever its amount, and whether or not the attempt had been given up: see
    `matches` and `late`. Refuses with NoSuchAttempt.
    """
    attempt = _get(attempt_id, Attempt.objects.select_for_update())
    if attempt.session_id not in (None, payment.session_id):
        raise NoSuchAttempt(attempt_id=attempt_id, session_id=payment.session_id)
    # Both are written in one transaction, under the attempt's lock.
    if attempt.state == AttemptState.PAID:
        return _known(attempt, Payment.objects.get(attempt=attempt), payment)
    now = clock.now()
    expected = Money(attempt.amount_minor, attempt.currency)
    fee_minor = min(attempt.application_fee_minor, payment.amount.amount_minor)
    matches = payment.amount == expected
    late = attempt.state not in OPEN_STATES
    Payment.objects.create(
        attempt=attempt,
        order_ref=attempt.order_ref,
        payment_intent=payment.payment_intent,
        charge=payment.charge or None,
        amount_minor=payment.amount.amount_minor,
        currency=payment.amount.currency,
        application_fee_minor=fee_minor,
        matches=matches,
        late=late,
        recorded_at=now,
    )
    write_entry(
        reference=f"payment:{attempt.public_id}",
        order_ref=attempt.order_ref,
        currency=payment.amount.currency,
        postings=domain.payment_postings(payment.amount.amount_minor, fee_minor, matches=matches),
        at=now,
    )
    attempt.state = AttemptState.PAID
    attempt.session_id = attempt.session_id or payment.session_id
    attempt.closed_at = attempt.closed_at or now
    if late:
        # The money is in the books here and now; whether it had its effect is asked once more.
        attempt.ask_at = attempt.ask_at or now + domain.ASK_FIRST
    attempt.save(update_fields=["state", "session_id", "closed_at", "ask_at"])
    return RecordedPayment(
        attempt_id=attempt.public_id,
        order_ref=attempt.order_ref,
        amount=payment.amount,
        expected=expected,
        matches=matches,
        late=late,
        is_new=True,
    )


def _known(attempt: Attempt, known: Payment, told: PaymentFacts) -> RecordedPayment:
    if told.charge and not known.charge:
        known.charge = told.charge
        known.save(update_fields=["charge"])
    return RecordedPayment(
        attempt_id=attempt.public_id,
        order_ref=attempt.order_ref,
        amount=Money(known.amount_minor, known.currency),
        expected=Money(attempt.amount_minor, attempt.currency),
        matches=known.matches,
        late=known.late,
        is_new=False,
    )


def _get(attempt_id: str, rows: QuerySet[Attempt] | None = None) -> Attempt:
    # `rows or ...` would ask whether there are any: read, and here lock, the whole table.
    among = Attempt.objects.all() if rows is None else rows
    found = among.filter(public_id=attempt_id).first()
    if found is None:
        raise NoSuchAttempt(attempt_id=attempt_id)
    return found


def _close(
    attempt: Attempt, state: AttemptState, *, among: Sequence[AttemptState], error: str = ""
) -> bool:
    """Move the attempt to a last state, if it is still in one of these."""
    changed = Attempt.objects.filter(Q(pk=attempt.pk), state__in=among).update(
        state=state, closed_at=clock.now(), error=error[:300]
    )
    return bool(changed)
