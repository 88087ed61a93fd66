"""New rows in the form in which Stripe shows them; keys with a leading `_` are the double's own."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import stripe

from .cards import Card
from .contract import nullable
from .store import Row
from .world import World, new_id

# Shown only when asked for, or only on objects of another kind.
_ABSENT = {
    "Session": {"line_items", "content"},
    "Charge": {"refunds", "level3", "authorization_code"},
    "Refund": {"instructions_email", "next_action", "presentment_details"},
}


@cache
def _null_keys(described: type) -> frozenset[str]:
    return nullable(described) - _ABSENT.get(described.__name__, set())


def _row(described: type, prefix: str, world: World, values: Row) -> Row:
    first = {"id": new_id(prefix), "object": getattr(described, "OBJECT_NAME", "")}
    common = {"created": world.clock.second(), "livemode": False}
    return first | dict.fromkeys(sorted(_null_keys(described))) | common | values


def session(world: World, values: Row) -> Row:
    created = world.clock.second()
    row = _row(stripe.checkout.Session, "cs_test_", world, {"created": created})
    row["id"] = new_id("cs_test_", 58)
    off = {"enabled": False}
    texts = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
    row |= {
        "adaptive_pricing": off,
        "automatic_tax": off | dict.fromkeys(("liability", "provider", "status")),
        "collected_information": dict.fromkeys(
            ("business_name", "individual_name", "shipping_details")
        ),
        "custom_fields": [],
        "custom_text": dict.fromkeys(texts),
        "customer_creation": "if_required",
        "metadata": {},
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": off,
        "shipping_options": [],
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
    }
    return row | values


def customer_details(email: str | None, name: str | None = None) -> Row:
    fields = ("address", "business_name", "individual_name", "phone")
    return dict.fromkeys(fields) | {
        "email": email,
        "name": name,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def line_item(world: World, currency: str, wanted: Row) -> Row:
    price, quantity = wanted["price_data"], wanted["quantity"]
    amount = price["unit_amount"] * quantity
    return {
        "id": new_id("li_1"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": price["product_data"]["name"],
        "metadata": wanted.get("metadata", {}),
        "price": _price(world, currency, price),
        "quantity": quantity,
    }


def _price(world: World, currency: str, price: Row) -> Row:
    nulls = ("custom_unit_amount", "lookup_key", "nickname", "recurring", "tiers_mode")
    return dict.fromkeys((*nulls, "transform_quantity")) | {
        "id": new_id("price_1"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": world.clock.second(),
        "currency": currency,
        "livemode": False,
        "metadata": {},
        "product": new_id("prod_", 14),
        "tax_behavior": price.get("tax_behavior", "unspecified"),
        "type": "one_time",
        "unit_amount": price["unit_amount"],
        "unit_amount_decimal": str(price["unit_amount"]),
    }


def payment_intent(world: World, session: Row, wanted: Row) -> Row:
    row = _row(stripe.PaymentIntent, "pi_3", world, {})
    copied = ("description", "receipt_email", "statement_descriptor", "transfer_group")
    kept = (*copied, "application_fee_amount", "statement_descriptor_suffix")
    row |= {
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": "automatic_async",
        "client_secret": f"{row['id']}_secret_{new_id('', 25)}",
        "confirmation_method": "automatic",
        "currency": session["currency"],
        "metadata": wanted.get("metadata", {}),
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    }
    return row | {key: wanted[key] for key in kept if key in wanted}


def charge(world: World, intent: Row, card: Card, *, email: str | None, name: str | None) -> Row:
    """Return a charge that has neither succeeded nor failed yet."""
    row = _row(stripe.Charge, "ch_3", world, {})
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return row | {
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application_fee_amount": intent["application_fee_amount"],
        "billing_details": {
            "address": address,
            "email": email,
            "name": name,
            "phone": None,
            "tax_id": None,
        },
        "captured": False,
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "metadata": intent["metadata"],
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": new_id("pm_1"),
        "payment_method_details": {"type": "card", "card": _card_details(world, card)},
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "status": "failed",
        "_card": card.number,
    }


def _card_details(world: World, card: Card) -> Row:
    nulls = ("installments", "mandate", "three_d_secure", "wallet")
    return dict.fromkeys(nulls) | {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "fail" if card.code == "incorrect_cvc" else "pass",
        },
        "country": "US",
        "exp_month": 12,
        "exp_year": 2040,
        # Names the card number, and not to be turned back into it.
        "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
        "funding": "credit",
        "last4": card.last4,
        "network": card.brand,
    }


def outcome(card: Card) -> Row:
    paid = card.fate != "declined"
    return {
        "advice_code": None if paid else "try_again_later",
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network" if paid else "declined_by_network",
        "reason": None if paid else card.decline_code or card.code,
        "risk_level": "normal",
        "seller_message": "Payment complete."
        if paid
        else "The bank returned the decline code that this test card stands for.",
        "type": "authorized" if paid else "issuer_declined",
    }


def refund(world: World, charge: Row, params: Row, amount: int) -> Row:
    row = _row(stripe.Refund, "re_3", world, {})
    del row["livemode"]
    reference = {"reference_status": "pending", "reference_type": "acquirer_reference_number"}
    return row | {
        "amount": amount,
        "charge": charge["id"],
        "currency": charge["currency"],
        "destination_details": {"card": reference | {"type": "refund"}, "type": "card"},
        "metadata": params.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "status": "succeeded",
    }


def balance_transaction(world: World, kind: str, amount: int, source: Row, fees: list[Row]) -> Row:
    fee = sum(detail["amount"] for detail in fees)
    categories = {
        "application_fee": "platform_earning",
        "application_fee_refund": "platform_earning_refund",
        "refund_failure": "refund_failure",
    }
    row: dict[str, Any] = {
        "id": new_id("txn_3"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": world.clock.second() + 2 * 24 * 3600,
        "balance_type": "payments",
        "created": world.clock.second(),
        "currency": source["currency"],
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": fee,
        "fee_details": fees,
        "net": amount - fee,
        "reporting_category": categories.get(kind, kind),
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }
    return row


def application_fee(world: World, account: str, charge: Row) -> Row:
    row = _row(stripe.ApplicationFee, "fee_1", world, {})
    return row | {
        "account": account,
        "amount": charge["application_fee_amount"],
        "amount_refunded": 0,
        "application": "ca_StripeDouble",
        "charge": charge["id"],
        "currency": charge["currency"],
        "fee_source": {"charge": charge["id"], "type": "charge"},
        "refunded": False,
        "refunds": {"object": "list", "data": [], "has_more": False, "url": ""},
    }
