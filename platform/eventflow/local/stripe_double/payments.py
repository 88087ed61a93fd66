"""Paying a session with a card: the one way in which money comes in.

The payment page and `/_double/sessions/…/pay` both end here. A session is paid at most once: the
double answers one request after the other, and a session that is not open is left alone.
"""

from __future__ import annotations

from typing import Literal

from . import events, lists, objects, sessions
from .cards import Card
from .refusals import resource_missing
from .store import PLATFORM, Row
from .world import Call, World

INTENT = "payment_intent"
CHARGE = "charge"
BALANCE = "balance_transaction"
FEE = "application_fee"
FEE_REFUND = "fee_refund"

Outcome = Literal["paid", "declined", "authenticate", "closed"]
# What Stripe keeps of a European card payment, near enough: 1.5 % and 25 minor units.
_STRIPE_BASIS_POINTS = 150
_STRIPE_FIXED = 25


def pay(
    world: World,
    session: Row,
    card: Card,
    *,
    email: str | None = None,
    name: str | None = None,
    authenticated: bool = False,
) -> Outcome:
    """Try to pay the session; "closed" when it is not open any more."""
    session = sessions.get(world, session["_account"], session["id"])
    if session["status"] != "open":
        return "closed"
    call = Call(account=session["_account"])
    intent = _intent_of(world, call, session)
    if card.fate == "authenticate" and not authenticated:
        intent |= {"_email": email, "_name": name}
        _ask_bank(world, call, session, intent, card)
        return "authenticate"
    email = email or session["customer_email"] or intent.get("_email")
    name = name or intent.get("_name")
    charge = objects.charge(world, intent, card, email=email, name=name)
    charge["outcome"] = objects.outcome(card)
    if card.fate == "declined":
        _decline(world, call, intent, charge, card)
        return "declined"
    _succeed(world, call, intent, charge)
    _complete(world, call, session, email=email, name=name)
    return "paid"


def _intent_of(world: World, call: Call, session: Row) -> Row:
    """Return the session's PaymentIntent: made at the first try to pay, kept for the next."""
    if session["payment_intent"]:
        return world.store.find(INTENT, call.account, session["payment_intent"]) or {}
    intent = objects.payment_intent(world, session, session["_intent"])
    world.store.put(INTENT, call.account, intent)
    session["payment_intent"] = intent["id"]
    world.store.put(sessions.SESSION, call.account, session)
    events.emit(world, call, "payment_intent.created", intent)
    return intent


def _ask_bank(world: World, call: Call, session: Row, intent: Row, card: Card) -> None:
    page = f"{session['url']}/authenticate"
    intent |= {
        "status": "requires_action",
        "next_action": {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": page, "return_url": session["url"]},
        },
        "_card": card.number,
    }
    world.store.put(INTENT, call.account, intent)
    events.emit(world, call, "payment_intent.requires_action", intent)


def fail_authentication(world: World, session: Row) -> None:
    """The buyer's bank did not recognise the buyer; the session stays open for another card."""
    call = Call(account=session["_account"])
    intent = _intent_of(world, call, session)
    intent |= {
        "status": "requires_payment_method",
        "next_action": None,
        "last_payment_error": {
            "type": "card_error",
            "code": "payment_intent_authentication_failure",
            "message": "We are unable to authenticate your payment method. Please choose a "
            "different payment method and try again.",
        },
    }
    world.store.put(INTENT, call.account, intent)
    events.emit(world, call, "payment_intent.payment_failed", intent)


def _decline(world: World, call: Call, intent: Row, charge: Row, card: Card) -> None:
    charge |= {"failure_code": card.code, "failure_message": card.message}
    world.store.put(CHARGE, call.account, charge)
    error = {
        "type": "card_error",
        "charge": charge["id"],
        "code": card.code,
        "decline_code": card.decline_code,
        "message": card.message,
    }
    intent |= {
        "status": "requires_payment_method",
        "next_action": None,
        "latest_charge": charge["id"],
        "last_payment_error": {key: value for key, value in error.items() if value},
    }
    world.store.put(INTENT, call.account, intent)
    events.emit(world, call, "charge.failed", charge)
    events.emit(world, call, "payment_intent.payment_failed", intent)


def _succeed(world: World, call: Call, intent: Row, charge: Row) -> None:
    charge |= {
        "amount_captured": charge["amount"],
        "captured": True,
        "paid": True,
        "status": "succeeded",
    }
    details = [_stripe_fee(charge)]
    if charge["application_fee_amount"]:
        details.insert(0, _collect(world, call, charge))
    transaction = objects.balance_transaction(world, "charge", charge["amount"], charge, details)
    world.store.put(BALANCE, call.account, transaction)
    charge["balance_transaction"] = transaction["id"]
    world.store.put(CHARGE, call.account, charge)
    intent |= {
        "amount_received": charge["amount"],
        "last_payment_error": None,
        "latest_charge": charge["id"],
        "next_action": None,
        "payment_method": charge["payment_method"],
        "status": "succeeded",
    }
    world.store.put(INTENT, call.account, intent)
    events.emit(world, call, "charge.succeeded", charge)
    events.emit(world, call, "payment_intent.succeeded", intent)


def _stripe_fee(charge: Row) -> Row:
    return {
        "amount": (charge["amount"] * _STRIPE_BASIS_POINTS + 5_000) // 10_000 + _STRIPE_FIXED,
        "application": None,
        "currency": charge["currency"],
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }


def _collect(world: World, call: Call, charge: Row) -> Row:
    """Give the platform its application fee; return the fee's line in the merchant's balance."""
    fee = objects.application_fee(world, call.account, charge)
    fee["refunds"]["url"] = f"/v1/application_fees/{fee['id']}/refunds"
    earned = objects.balance_transaction(world, "application_fee", fee["amount"], fee, [])
    fee["balance_transaction"] = earned["id"]
    world.store.put(BALANCE, PLATFORM, earned)
    world.store.put(FEE, PLATFORM, fee)
    charge["application_fee"] = fee["id"]
    events.emit(world, Call(account=PLATFORM), "application_fee.created", fee)
    return fee_detail(fee, fee["amount"])


def fee_detail(fee: Row, amount: int) -> Row:
    return {
        "amount": amount,
        "application": fee["application"],
        "currency": fee["currency"],
        "description": "Application fee",
        "type": "application_fee",
    }


def _complete(
    world: World, call: Call, session: Row, *, email: str | None, name: str | None
) -> None:
    session |= {
        "customer_details": objects.customer_details(email, name),
        "payment_status": "paid",
        "status": "complete",
        "url": None,
    }
    world.store.put(sessions.SESSION, call.account, session)
    events.emit(world, call, "checkout.session.completed", session)


def retrieve_intent(world: World, call: Call) -> Row:
    return _get(world, call, INTENT, "intent")


def list_intents(world: World, call: Call) -> Row:
    return lists.page(world.store.rows(INTENT, call.account), call, "/v1/payment_intents")


def retrieve_charge(world: World, call: Call) -> Row:
    return _get(world, call, CHARGE, "charge")


def list_charges(world: World, call: Call) -> Row:
    wanted = call.params.get("payment_intent")
    rows = [
        charge
        for charge in world.store.rows(CHARGE, call.account)
        if wanted in (None, charge["payment_intent"])
    ]
    return lists.page(rows, call, "/v1/charges")


def retrieve_balance_transaction(world: World, call: Call) -> Row:
    return _get(world, call, BALANCE, "id")


def list_balance_transactions(world: World, call: Call) -> Row:
    equal = {key: call.params[key] for key in ("currency", "source", "type") if key in call.params}
    rows = [
        transaction
        for transaction in world.store.rows(BALANCE, call.account)
        if "payout" not in call.params
        and all(transaction[key] == value for key, value in equal.items())
    ]
    return lists.page(rows, call, "/v1/balance_transactions")


def retrieve_fee(world: World, call: Call) -> Row:
    return _get(world, call, FEE, "id")


def list_fees(world: World, call: Call) -> Row:
    wanted = call.params.get("charge")
    rows = [fee for fee in world.store.rows(FEE, call.account) if wanted in (None, fee["charge"])]
    return lists.page(rows, call, "/v1/application_fees")


def _get(world: World, call: Call, kind: str, param: str) -> Row:
    found = world.store.find(kind, call.account, call.path["id"])
    if found is None:
        raise resource_missing(kind, call.path["id"], param=param)
    return found
