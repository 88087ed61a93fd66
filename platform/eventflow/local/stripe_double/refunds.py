"""Refunds: https://docs.stripe.com/api/refunds

Most are done at once. Two test cards make them wait: 4000000000007726 (pending, then succeeded)
and 4000000000005126 (succeeded, then failed); both turn a few seconds of the double's time later,
or when `/_double/refunds/…` says so.
"""

from __future__ import annotations

from typing import Literal

from . import events, lists, objects, payments
from .cards import card_of
from .refusals import Refused, invalid, resource_missing, unsupported
from .store import PLATFORM, Row
from .world import Call, World, new_id

REFUND = "refund"
TURNS_AFTER_S = 5
_DONE = frozenset(
    {"amount", "charge", "expand", "metadata", "payment_intent", "reason", "refund_application_fee"}
)


def check_create(world: World, call: Call) -> None:
    params = call.params
    for name in sorted(params.keys() - _DONE):
        raise unsupported(f"`{name}`", param=name)
    if not {"charge", "payment_intent"} & params.keys():
        raise invalid(
            "One of the following params should be provided for this request: payment_intent or "
            "charge.",
            code="parameter_missing",
        )
    if params.get("amount", 1) < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")


def create(world: World, call: Call) -> Row:
    params = call.params
    charge = _charge(world, call)
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise Refused(
            400,
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
            charge=charge["id"],
        )
    amount = params.get("amount", left)
    if amount > left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    returns_fee = params.get("refund_application_fee", False)
    if returns_fee and not charge["application_fee"]:
        raise invalid(
            "This charge has no application fee to refund.", param="refund_application_fee"
        )
    refund = objects.refund(world, charge, params, amount)
    details = _return_fee(world, charge, amount) if returns_fee else []
    transaction = objects.balance_transaction(world, "refund", -amount, refund, details)
    world.store.put(payments.BALANCE, call.account, transaction)
    refund["balance_transaction"] = transaction["id"]
    _count(world, call, charge, amount)
    fate = card_of(charge["_card"]).refund
    if fate != "succeeded":
        _turn_later(world, call, refund, fate)
    world.store.put(REFUND, call.account, refund)
    events.emit(world, call, "refund.created", refund)
    events.emit(world, call, "charge.refunded", charge)
    return refund


def _charge(world: World, call: Call) -> Row:
    params = call.params
    charge_id = params.get("charge")
    if "payment_intent" in params:
        intent = world.store.find(payments.INTENT, call.account, params["payment_intent"])
        if intent is None:
            raise resource_missing(
                "payment_intent", params["payment_intent"], param="payment_intent"
            )
        charge_id = charge_id or intent["latest_charge"]
        if intent["status"] != "succeeded":
            raise invalid(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                param="payment_intent",
            )
    charge = world.store.find(payments.CHARGE, call.account, charge_id or "")
    if charge is None:
        raise resource_missing("charge", charge_id or "", param="charge")
    if charge["status"] != "succeeded":
        raise invalid(f"Charge {charge['id']} was not paid.", param="charge")
    return charge


def _return_fee(world: World, charge: Row, amount: int) -> list[Row]:
    """Give back the platform's fee in proportion; the last refund gives back what is left."""
    fee = world.store.find(payments.FEE, PLATFORM, charge["application_fee"]) or {}
    whole = charge["amount_refunded"] + amount == charge["amount"]
    left = fee["amount"] - fee["amount_refunded"]
    returned = left if whole else min(left, fee["amount"] * amount // charge["amount"])
    if returned == 0:
        return []
    fee["amount_refunded"] += returned
    fee["refunded"] = fee["amount_refunded"] == fee["amount"]
    refunded: Row = {
        "id": new_id("fr_1"),
        "object": "fee_refund",
        "amount": returned,
        "created": world.clock.second(),
        "currency": fee["currency"],
        "fee": fee["id"],
        "metadata": {},
    }
    paid_back = objects.balance_transaction(
        world, "application_fee_refund", -returned, refunded, []
    )
    refunded["balance_transaction"] = paid_back["id"]
    fee["refunds"]["data"].insert(0, refunded)
    world.store.put(payments.FEE_REFUND, PLATFORM, refunded)
    world.store.put(payments.BALANCE, PLATFORM, paid_back)
    world.store.put(payments.FEE, PLATFORM, fee)
    events.emit(world, Call(account=PLATFORM), "application_fee.refunded", fee)
    return [payments.fee_detail(fee, -returned)]


def _count(world: World, call: Call, charge: Row, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    world.store.put(payments.CHARGE, call.account, charge)


def _turn_later(world: World, call: Call, refund: Row, fate: str) -> None:
    if fate == "pending":
        refund |= {"status": "pending", "pending_reason": "processing"}
    refund["_turns_at"] = world.clock.now() + TURNS_AFTER_S
    refund["_turns_to"] = "succeeded" if fate == "pending" else "failed"


def turn_due(world: World) -> None:
    """Let every refund that was waiting for the bank come to its end."""
    now = world.clock.now()
    for account, refund in world.store.all_rows(REFUND):
        if refund.get("_turns_at", now + 1) <= now:
            turn(world, account, refund["id"], refund["_turns_to"])


def turn(world: World, account: str, refund_id: str, state: Literal["succeeded", "failed"]) -> Row:
    """Let the bank accept the refund, or send the money back."""
    call = Call(account=account, path={"id": refund_id})
    refund = retrieve(world, call)
    refund.pop("_turns_at", None)
    if refund["status"] == state or refund["status"] == "failed":
        return refund
    refund |= {"status": state, "pending_reason": None}
    if state == "failed":
        _fail(world, call, refund)
    world.store.put(REFUND, account, refund)
    events.emit(world, call, "refund.updated", refund)
    if state == "failed":
        events.emit(world, call, "refund.failed", refund)
    return refund


def _fail(world: World, call: Call, refund: Row) -> None:
    """The amount returns to the merchant's balance; a returned application fee stays returned."""
    charge = world.store.find(payments.CHARGE, call.account, refund["charge"]) or {}
    back = objects.balance_transaction(world, "refund_failure", refund["amount"], refund, [])
    world.store.put(payments.BALANCE, call.account, back)
    refund |= {
        "failure_balance_transaction": back["id"],
        "failure_reason": "lost_or_stolen_card",
    }
    _count(world, call, charge, -refund["amount"])


def retrieve(world: World, call: Call) -> Row:
    refund = world.store.find(REFUND, call.account, call.path["id"])
    if refund is None:
        raise resource_missing("refund", call.path["id"], param="refund")
    return refund


def list_refunds(world: World, call: Call) -> Row:
    equal = {k: call.params[k] for k in ("charge", "payment_intent") if k in call.params}
    rows = [
        refund
        for refund in world.store.rows(REFUND, call.account)
        if all(refund[key] == value for key, value in equal.items())
    ]
    return lists.page(rows, call, "/v1/refunds")
