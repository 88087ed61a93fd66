from __future__ import annotations

from tenant_apps.payments import gateway
from tenant_apps.payments.domain import PaymentsNotConnected, StripeRefused
from tenant_apps.payments.models import Payment


def find_card(order_ref: str) -> str:
    """Ask Stripe which card has paid for an order; empty when none has, or it does not say.

    Nothing is kept here: whoever keeps the fingerprint hashes it first. Not in a transaction.
    Refuses with StripeUnreachable.
    """
    payment = (
        Payment.objects.select_related("attempt").filter(order_ref=order_ref).order_by("pk").first()
    )
    if payment is None:
        return ""
    try:
        return gateway.card_fingerprint(
            account=payment.attempt.stripe_account, payment_intent=payment.payment_intent
        )
    except (StripeRefused, PaymentsNotConnected):
        # Another account is connected by now, and that one knows no such payment.
        return ""
