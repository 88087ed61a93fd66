"""Buying in a test: a cart, a checkout, a payment at the double, its webhook."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from kernel.db import public_context
from tenant_apps.access.domain import SYSTEM
from tenant_apps.checkout import services
from tenant_apps.checkout.domain import CartPart, Started
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.orders.domain import Contact, contact_of
from tenant_apps.payments import queries as payments
from tenant_apps.payments import services as payment_services
from tests.support.sale import tiers
from tests.support.stripe import PAID, StripeDouble

ANNA = "anna-session"
BERT = "bert-session"
CONTACT = contact_of(email="anna@example.org", name="Anna Buyer")


def connect(double: StripeDouble) -> str:
    """Connect the current tenant to an account at the double; the account's id."""
    account = double.new_account()
    payment_services.connect_account(account_id=account, actor=SYSTEM)
    return account


def cart(
    performance: Performance, ordinals: list[int], *, session: str = ANNA, tier: str = "adult"
) -> CartPart:
    """Hold places and put them into a cart."""
    hold = inventory.hold_places(performance_id=performance.pk, session=session, ordinals=ordinals)
    return CartPart(performance.pk, hold.hold_id, tiers(ordinals, tier))


def start(part: CartPart, *, session: str = ANNA, contact: Contact = CONTACT) -> Started:
    return services.start_checkout(session=session, parts=[part], contact=contact)


def pay(double: StripeDouble, order_id: str, card: str = PAID) -> str:
    """Pay an order's session at the double, as the buyer would on Stripe's page."""
    attempt = payments.attempt_of_order(order_id)
    assert attempt is not None
    return double.pay(attempt.session_id, card)


def events_of(double: StripeDouble, account: str, kind: str = "") -> list[dict[str, Any]]:
    """Return what Stripe has to tell of an account, oldest first, as webhooks carry it."""
    listed = double.client.v1.events.list({"limit": 100}, options={"stripe_account": account})
    found = [json.loads(str(event)) | {"account": account} for event in listed.data]
    return [event for event in reversed(found) if not kind or event["type"] == kind]


def send_webhook(event: dict[str, Any], *, secret: str = "", at: float = 0) -> HttpResponse:
    """Post an event to the platform, signed as Stripe signs it."""
    body = json.dumps(event).encode()
    moment = int(at or time.time())
    mac = hmac.digest(
        (secret or settings.STRIPE_WEBHOOK_SECRET).encode(),
        f"{moment}.".encode() + body,
        hashlib.sha256,
    ).hex()
    with public_context():
        return Client(headers={"host": "localhost"}).post(  # type: ignore[return-value]
            "/webhooks/stripe/",
            data=body,
            content_type="application/json",
            headers={"Stripe-Signature": f"t={moment},v1={mac}"},
        )
