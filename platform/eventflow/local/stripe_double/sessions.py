"""Checkout Sessions: https://docs.stripe.com/api/checkout/sessions"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from . import events, lists, objects
from .refusals import invalid, parameter_missing, resource_missing, unsupported
from .store import PLATFORM, Row
from .world import Call, World

SESSION = "checkout.session"
LINES = "line_items"
PAGE = "payment_page"
SHORTEST_S = 30 * 60
LONGEST_S = 24 * 3600
MAX_LINES = 100

# The rest of Stripe's parameters exist, and the double says plainly that it does not act on them.
_DONE = frozenset(
    {
        "allowed_payment_method_types", "cancel_url", "client_reference_id", "currency",
        "customer_email", "expand", "expires_at", "line_items", "locale", "metadata", "mode",
        "origin_context", "payment_intent_data", "submit_type", "success_url", "ui_mode",
    }
)  # fmt: skip
_DONE_ON_INTENT = frozenset(
    {
        "application_fee_amount", "description", "metadata", "receipt_email",
        "statement_descriptor", "statement_descriptor_suffix", "transfer_group",
    }
)  # fmt: skip
_KEPT = (
    "allowed_payment_method_types", "cancel_url", "client_reference_id", "customer_email", "locale",
    "metadata", "origin_context", "submit_type", "success_url",
)  # fmt: skip
# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
_SMALLEST = {
    "aed": 200, "bgn": 100, "czk": 1500, "dkk": 250, "gbp": 30, "hkd": 400, "huf": 17500,
    "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300,
    "thb": 1000,
}  # fmt: skip
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def check_create(world: World, call: Call) -> None:
    """Refuse parameters that cannot make a session, before anything is made or remembered."""
    params = call.params
    for name in sorted(params.keys() - _DONE):
        raise unsupported(f"`{name}`", param=name)
    if params.get("mode", "payment") != "payment":
        raise unsupported(f"the mode `{params['mode']}`", param="mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise unsupported(f"the ui_mode `{params['ui_mode']}`", param="ui_mode")
    for name in ("mode", "success_url", "line_items"):
        if not params.get(name):
            raise parameter_missing(name)
    if set(params.get("allowed_payment_method_types", ["card"])) != {"card"}:
        raise unsupported("other payment methods than cards", param="allowed_payment_method_types")
    for name in ("success_url", "cancel_url"):
        _check_url(params.get(name), name)
    email = params.get("customer_email")
    if email is not None and _EMAIL.fullmatch(email) is None:
        raise invalid(
            f"Invalid email address: {email}", param="customer_email", code="email_invalid"
        )
    if len(params.get("client_reference_id", "")) > 200:
        raise invalid("Invalid string: must be at most 200 characters", param="client_reference_id")
    _check_expiry(world, params.get("expires_at"))
    _check_lines(params)
    _check_intent(call)


def _check_url(url: str | None, param: str) -> None:
    if url is not None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise invalid("Not a valid URL", param=param, code="url_invalid")


def _check_expiry(world: World, expires_at: int | None) -> None:
    if expires_at is None:
        return
    ahead = expires_at - world.clock.second()
    if ahead < SHORTEST_S:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session "
            "creation.",
            param="expires_at",
        )
    if ahead > LONGEST_S:
        raise invalid(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
            param="expires_at",
        )


def _check_lines(params: Row) -> None:
    lines = params["line_items"]
    if len(lines) > MAX_LINES:
        raise invalid(f"At most {MAX_LINES} line items are allowed.", param="line_items")
    currencies = set()
    for place, line in enumerate(lines):
        at = f"line_items[{place}]"
        if "price" in line:
            raise resource_missing("price", line["price"], param=f"{at}[price]", status=400)
        if "price_data" not in line:
            raise invalid(
                "You must specify either `price` or `price_data` when using `line_items`.",
                param=at,
            )
        price = line["price_data"]
        if "product_data" not in price or "unit_amount" not in price:
            missing = "unit_amount" if "product_data" in price else "product_data"
            raise parameter_missing(f"{at}[price_data][{missing}]")
        if "recurring" in price:
            raise unsupported("recurring prices", param=f"{at}[price_data][recurring]")
        if "quantity" not in line:
            raise invalid("Quantity is required. Add `quantity` to `line_items`.", param=at)
        _check_amounts(price["unit_amount"], line["quantity"], at)
        currencies.add(price["currency"].lower())
    if len(currencies) > 1:
        raise invalid("All prices on a Checkout Session must use the same currency.", param=at)
    _check_total(params, currencies.pop())


def _check_amounts(unit_amount: int, quantity: int, at: str) -> None:
    if unit_amount < 0:
        raise invalid(
            "Invalid non-negative integer",
            param=f"{at}[price_data][unit_amount]",
            code="parameter_invalid_integer",
        )
    if not 1 <= quantity <= 999_999:
        raise invalid("Invalid positive integer", param=f"{at}[quantity]")


def _check_total(params: Row, currency: str) -> None:
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise invalid(f"Invalid currency: {currency}.", param="line_items[0][price_data][currency]")
    if params.get("currency", currency).lower() != currency:
        raise invalid("The `currency` must be the currency of the prices.", param="currency")
    total = _total(params)
    smallest = _SMALLEST.get(currency, 50)
    if total < smallest:
        raise invalid(
            f"The Checkout Session's total amount due must add up to at least {smallest} "
            f"{currency} (in minor units).",
            code="amount_too_small",
        )
    if total > 99_999_999:
        raise invalid(
            "The Checkout Session's total amount due must be no more than 99999999.",
            code="amount_too_large",
        )


def _check_intent(call: Call) -> None:
    wanted = call.params.get("payment_intent_data", {})
    for name in sorted(wanted.keys() - _DONE_ON_INTENT):
        raise unsupported(f"`{name}`", param=f"payment_intent_data[{name}]")
    fee = wanted.get("application_fee_amount")
    if fee is None:
        return
    at = "payment_intent_data[application_fee_amount]"
    if call.account == PLATFORM:
        raise invalid(
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a "
            "direct payment (using an OAuth key or Stripe-Account header).",
            param=at,
        )
    if not 0 < fee <= _total(call.params):
        raise invalid("The application fee must be positive and at most the total.", param=at)


def _total(params: Row) -> int:
    lines = params["line_items"]
    return sum(line["price_data"]["unit_amount"] * line["quantity"] for line in lines)


def create(world: World, call: Call) -> Row:
    params = call.params
    currency = params["line_items"][0]["price_data"]["currency"].lower()
    total = _total(params)
    now = world.clock.second()
    email = params.get("customer_email")
    values: dict[str, Any] = {key: params[key] for key in _KEPT if key in params}
    session = objects.session(world, values)
    session |= {
        "amount_subtotal": total,
        "amount_total": total,
        "currency": currency,
        "customer_details": objects.customer_details(email) if email else None,
        "expires_at": params.get("expires_at", now + LONGEST_S),
        "url": f"{world.settings.public_url}/c/pay/{session['id']}",
        "_account": call.account,
        "_intent": params.get("payment_intent_data", {}),
    }
    lines = [objects.line_item(world, currency, line) for line in params["line_items"]]
    world.store.put(LINES, call.account, {"id": session["id"], "lines": lines})
    world.store.put(PAGE, PLATFORM, {"id": session["id"], "account": call.account})
    return world.store.put(SESSION, call.account, session)


def retrieve(world: World, call: Call) -> Row:
    return get(world, call.account, call.path["id"])


def get(world: World, account: str, session_id: str, *, param: str = "session") -> Row:
    """Return the session as it is now: one whose time is over is expired first."""
    session = world.store.find(SESSION, account, session_id)
    if session is None:
        raise resource_missing("checkout.session", session_id, param=param)
    if session["status"] == "open" and session["expires_at"] <= world.clock.now():
        _expire(world, Call(account=account), session)
    return session


def find_by_page(world: World, session_id: str) -> Row | None:
    """Return the session behind a payment page: its address does not name the account."""
    page = world.store.find(PAGE, PLATFORM, session_id)
    return get(world, page["account"], session_id) if page else None


def expire(world: World, call: Call) -> Row:
    session = retrieve(world, call)
    if session["status"] != "open":
        raise invalid(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of `{session['status']}`."
        )
    return _expire(world, call, session)


def _expire(world: World, call: Call, session: Row) -> Row:
    session |= {"status": "expired", "url": None}
    world.store.put(SESSION, call.account, session)
    events.emit(world, call, "checkout.session.expired", session)
    return session


def expire_due(world: World) -> None:
    """Expire every open session whose time is over, as Stripe does by itself."""
    now = world.clock.now()
    for account, session in world.store.all_rows(SESSION):
        if session["status"] == "open" and session["expires_at"] <= now:
            _expire(world, Call(account=account), session)


def list_sessions(world: World, call: Call) -> Row:
    params = call.params
    for name in sorted(params.keys() & {"customer", "customer_account", "customer_details"}):
        raise unsupported(f"listing by `{name}`", param=name)
    equal = {key: params[key] for key in ("payment_intent", "status") if key in params}
    rows = [
        session
        for session in world.store.rows(SESSION, call.account)
        if all(session[key] == value for key, value in equal.items())
    ]
    return lists.page(rows, call, "/v1/checkout/sessions")


def lines_of(world: World, session: Row) -> list[Row]:
    found = world.store.find(LINES, session["_account"], session["id"])
    return found["lines"] if found else []


def list_lines(world: World, call: Call) -> Row:
    session = retrieve(world, call)
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return lists.page(lines_of(world, session), call, url, reverse=False)
