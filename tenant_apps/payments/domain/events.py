"""What Stripe's objects and events mean to us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.money import Money, UnknownCurrency
from tenant_apps.payments.domain.values import (
    AccountChanged,
    AccountRecord,
    ChargeRefunded,
    Ignored,
    Interpretation,
    PaymentFacts,
    PaymentFailed,
    RefundChanged,
    RefundState,
    SessionCompleted,
    SessionExpired,
    StripeRefund,
)

REFUND_STATES = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}


def interpret(body: Mapping[str, Any]) -> Interpretation:
    """Return what an event of Stripe's means to us. An event that means nothing is Ignored."""
    kind = body.get("type")
    reader = _READERS.get(str(kind))
    if reader is None:
        return Ignored(f"{kind} means nothing here")
    try:
        return reader(body["data"]["object"])
    except (KeyError, TypeError, ValueError, AttributeError, UnknownCurrency) as error:
        return Ignored(f"{kind} is not as expected: {type(error).__name__}")


def _session_completed(session: Mapping[str, Any]) -> Interpretation:
    if session["payment_status"] != "paid":
        return Ignored("the session is complete and not paid")
    return SessionCompleted(
        session_id=session["id"],
        attempt_id=session.get("client_reference_id") or "",
        payment=payment_of_session(session),
    )


def payment_of_session(session: Mapping[str, Any]) -> PaymentFacts:
    """Return the payment of a paid session; its PaymentIntent may be an id or expanded."""
    intent = session["payment_intent"]
    expanded = isinstance(intent, Mapping)
    charge = intent.get("latest_charge") if expanded else ""
    return PaymentFacts(
        session_id=session["id"],
        payment_intent=intent["id"] if expanded else str(intent),
        charge=charge["id"] if isinstance(charge, Mapping) else charge or "",
        amount=Money(int(session["amount_total"]), session["currency"].upper()),
    )


def card_fingerprint_of(intent: Mapping[str, Any]) -> str:
    """Return the fingerprint of the card behind an intent whose charge is expanded, or nothing."""
    charge = intent.get("latest_charge")
    details = charge.get("payment_method_details") if isinstance(charge, Mapping) else None
    card = (details or {}).get("card") or {}
    return str(card.get("fingerprint") or "")


def _session_expired(session: Mapping[str, Any]) -> Interpretation:
    return SessionExpired(
        attempt_id=session.get("client_reference_id") or "", session_id=session["id"]
    )


def _payment_failed(intent: Mapping[str, Any]) -> Interpretation:
    error = intent["last_payment_error"] or {}
    return PaymentFailed(
        attempt_id=str(intent["metadata"]["attempt"]),
        code=str(error.get("decline_code") or error.get("code") or "unknown")[:64],
    )


def refund_of(refund: Mapping[str, Any]) -> StripeRefund:
    """Return Stripe's refund; the fee that it gave back is known when its balance is expanded."""
    transaction = refund.get("balance_transaction")
    returned = None
    if isinstance(transaction, Mapping):
        details = transaction["fee_details"]
        returned = -sum(row["amount"] for row in details if row["type"] == "application_fee")
    return StripeRefund(
        stripe_refund=refund["id"],
        payment_intent=str(refund["payment_intent"] or ""),
        amount=Money(int(refund["amount"]), refund["currency"].upper()),
        state=REFUND_STATES[refund["status"]],
        returned_fee_minor=returned,
        refund_id=(refund.get("metadata") or {}).get("refund", ""),
        error=refund.get("failure_reason") or "",
    )


def _refund_changed(refund: Mapping[str, Any]) -> Interpretation:
    return RefundChanged(refund_of(refund))


def _charge_refunded(charge: Mapping[str, Any]) -> Interpretation:
    return ChargeRefunded(
        charge=charge["id"],
        payment_intent=str(charge["payment_intent"] or ""),
        refunded=Money(int(charge["amount_refunded"]), charge["currency"].upper()),
    )


def account_of(account: Mapping[str, Any]) -> AccountRecord:
    """Return what we keep of a connected account."""
    profile = account.get("business_profile") or {}
    return AccountRecord(
        stripe_account=account["id"],
        name=str(profile.get("name") or "")[:200],
        country=str(account.get("country") or ""),
        currency=str(account.get("default_currency") or "").upper(),
        charges_enabled=bool(account.get("charges_enabled")),
    )


def _account_changed(account: Mapping[str, Any]) -> Interpretation:
    return AccountChanged(stripe_account=str(account["id"]))


_READERS = {
    "checkout.session.completed": _session_completed,
    "checkout.session.async_payment_succeeded": _session_completed,
    "checkout.session.expired": _session_expired,
    "payment_intent.payment_failed": _payment_failed,
    "refund.created": _refund_changed,
    "refund.updated": _refund_changed,
    "refund.failed": _refund_changed,
    "charge.refunded": _charge_refunded,
    "account.updated": _account_changed,
}
