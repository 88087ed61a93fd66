"""Checking that a webhook is Stripe's. See https://docs.stripe.com/webhooks#verify-manually"""

from __future__ import annotations

import json
import re
from typing import Any

import stripe

from kernel import errors

TOLERANCE_S = 300
GOOD_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,100}")


class BadWebhook(errors.DomainError):
    code = "bad_webhook"
    message = "The signature or the body of this webhook is not valid."


def verify_stripe(body: bytes, signature: str, *, secret: str) -> dict[str, Any]:
    """Return the event of a signed webhook. Refuses with BadWebhook."""
    if not secret:
        raise BadWebhook(reason="no webhook secret is configured")
    # The library compares in constant time, and raises a TypeError for what is not ASCII.
    if not signature.isascii():
        raise BadWebhook
    try:
        text = body.decode()
        stripe.WebhookSignature.verify_header(text, signature, secret, TOLERANCE_S)
        event = json.loads(text)
    except (ValueError, RecursionError, stripe.SignatureVerificationError):
        raise BadWebhook from None
    if not isinstance(event, dict) or not all(
        isinstance(event.get(name), str) and GOOD_NAME.fullmatch(event[name])
        for name in ("id", "type")
    ):
        raise BadWebhook
    return event
