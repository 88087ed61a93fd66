"""What Stripe is told to make a Checkout Session."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from kernel.money import Money
from tenant_apps.payments.domain.values import LineForPayment, LinesDoNotAddUp

# A Session lives 30 minutes at least and 24 hours at most; the margins are for slow calls.
# https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at
SHORTEST_SESSION = timedelta(minutes=32)
LONGEST_SESSION = timedelta(hours=23, minutes=50)
# How long after its end a session that Stripe does not tell us about counts as expired.
EXPIRY_MARGIN = timedelta(minutes=5)
# What was given up in a silence is asked for after a minute, then ever more rarely, for a week.
ASK_FIRST = timedelta(minutes=1)
ASK_RARELY = timedelta(hours=1)
ASK_FOR = timedelta(days=7)
MAX_LINES = 100
MAX_LINE_NAME = 250
# https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-locale
STRIPE_LOCALES = frozenset(
    {
        "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr",
        "fr-CA", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt",
        "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
    }
)  # fmt: skip


def session_end(wanted: datetime, now: datetime) -> datetime:
    """Return when the session ends: as wanted, within what Stripe allows, in whole seconds."""
    end = min(max(wanted, now + SHORTEST_SESSION), now + LONGEST_SESSION)
    return end.replace(microsecond=0)


def next_asking(given_up_at: datetime, now: datetime) -> datetime | None:
    """Return when to ask again about a session that was given up; None after a week."""
    if now >= given_up_at + ASK_FOR:
        return None
    return now + min(max(now - given_up_at, ASK_FIRST), ASK_RARELY)


def ensure_adds_up(lines: Sequence[LineForPayment], amount: Money) -> None:
    """Refuse with LinesDoNotAddUp what would show the buyer another total than they pay."""
    total = sum(line.amount_minor * line.quantity for line in lines)
    if total != amount.amount_minor:
        raise LinesDoNotAddUp(lines_minor=total, amount_minor=amount.amount_minor)


def session_parameters(
    *,
    attempt_id: str,
    order_ref: str,
    amount: Money,
    lines: Sequence[LineForPayment],
    email: str,
    expires_at: datetime,
    success_url: str,
    cancel_url: str,
    application_fee_minor: int,
    locale: str,
) -> dict[str, Any]:
    """Return all that Stripe is told to make a session: the same at every call."""
    intent: dict[str, Any] = {
        "description": f"Order {order_ref}",
        "metadata": {"order": order_ref, "attempt": attempt_id},
    }
    if application_fee_minor:
        intent["application_fee_amount"] = application_fee_minor
    return {
        "mode": "payment",
        # Methods that settle at once, so that "complete" always means paid.
        "allowed_payment_method_types": ["card"],
        "client_reference_id": attempt_id,
        "metadata": {"order": order_ref, "attempt": attempt_id},
        "line_items": _line_items(lines, amount),
        "customer_email": email,
        "expires_at": int(expires_at.timestamp()),
        "success_url": success_url,
        "cancel_url": cancel_url,
        "locale": stripe_locale(locale),
        "payment_intent_data": intent,
    }


def _line_items(lines: Sequence[LineForPayment], amount: Money) -> list[dict[str, Any]]:
    if len(lines) > MAX_LINES:
        lines = [LineForPayment("Tickets", amount.amount_minor, 1)]
    return [
        {
            "price_data": {
                "currency": amount.currency.lower(),
                "unit_amount": line.amount_minor,
                "product_data": {"name": line.name[:MAX_LINE_NAME] or "Ticket"},
            },
            "quantity": line.quantity,
        }
        for line in lines
    ]


def stripe_locale(locale: str) -> str:
    """Return Stripe's name of the language, or let Stripe look at the browser."""
    language, _, region = locale.replace("_", "-").partition("-")
    exact = f"{language.lower()}-{region.upper()}" if region else language.lower()
    for name in (exact, language.lower()):
        if name in STRIPE_LOCALES:
            return name
    return "auto"
