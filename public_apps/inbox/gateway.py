"""Checking that a webhook is Stripe's. See https://docs.stripe.com/webhooks#verify-manually"""

from __future__ import annotations

import json
from typing import Any

import stripe

from kernel import errors

TOLERANCE_S = 300


class BadWebhook(errors.DomainError):
    code = "bad_webhook"
    message = "The signature or the body of this webhook is not valid."


def verify_stripe(body: bytes, signature: str, *, secret: str) -> dict[str, Any]:
    """Return the event of a signed webhook. Refuses with BadWebhook."""
    if not secret:
        raise BadWebhook(reason="no webhook secret is configured")
    try:
        text = body.decode()
        stripe.WebhookSignature.verify_header(text, signature, secret, TOLERANCE_S)
        event = json.loads(text)
    except (UnicodeDecodeError, ValueError, stripe.SignatureVerificationError):
        raise BadWebhook from None
    if not isinstance(event, dict) or not all(
        isinstance(event.get(name), str) for name in ("id", "type")
    ):
        raise BadWebhook
    return event
