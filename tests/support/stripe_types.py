"""Compare JSON with the types that the stripe package gives Stripe's objects."""

from __future__ import annotations

import decimal
import types
import typing
from typing import Any, Literal, Union, get_args, get_origin

import stripe
from stripe._stripe_object import UntypedStripeObject

from eventflow.local.stripe_double.contract import Unresolved, hints

BY_NAME: dict[str, type] = {
    kind.OBJECT_NAME: kind
    for kind in (
        stripe.Account,
        stripe.ApplicationFee,
        stripe.ApplicationFeeRefund,
        stripe.BalanceTransaction,
        stripe.Charge,
        stripe.Event,
        stripe.PaymentIntent,
        stripe.Refund,
        stripe.WebhookEndpoint,
        stripe.checkout.Session,
        stripe.LineItem,
        stripe.Price,
    )
}


def violations(shown: Any, path: str = "") -> list[str]:
    """Return where a Stripe object, named by its `object`, is not what the package says."""
    if shown.get("object") == "list":
        return [
            found
            for place, row in enumerate(shown["data"])
            for found in violations(row, f"{path}[{place}]")
        ]
    described = BY_NAME[shown["object"]]
    found = _object(described, shown, path or shown["object"])
    if described is stripe.Event:
        found += violations(shown["data"]["object"], f"{path}.data.object")
    return found


def _object(described: type, shown: Any, path: str) -> list[str]:
    if not isinstance(shown, dict):
        return [f"{path}: {shown!r} is no object"]
    known = {key: hint for key, hint in hints(described).items() if _is_field(key)}
    found = [f"{path}.{key}: unknown" for key in shown if key not in known]
    found += [
        f"{path}.{key}: missing"
        for key, hint in known.items()
        if key not in shown and type(None) not in _options(hint)
    ]
    for key in shown.keys() & known.keys():
        found += _value(known[key], shown[key], f"{path}.{key}")
    return found


def _is_field(key: str) -> bool:
    return not key.startswith("_") and key not in ("OBJECT_NAME", "deleted")


def _options(hint: Any) -> list[Any]:
    if get_origin(hint) in (Union, types.UnionType):
        return [leaf for option in get_args(hint) for leaf in _options(option)]
    return [hint]


def _value(hint: Any, shown: Any, path: str) -> list[str]:
    options = _options(hint)
    literals = {v for o in options if get_origin(o) is Literal for v in get_args(o)}
    if shown is None:
        return [] if type(None) in options else [f"{path}: null"]
    if isinstance(shown, str) and literals:
        # The package writes `Literal[…] | str`; a double has no reason to invent values.
        return [] if shown in literals else [f"{path}: {shown!r} is none of {sorted(literals)}"]
    if Unresolved in options or Any in options:
        return []
    tries = [_option(option, shown, path) for option in options if option is not type(None)]
    return min(tries, key=len) if tries else [f"{path}: {shown!r}"]


def _option(option: Any, shown: Any, path: str) -> list[str]:
    origin = get_origin(option) or option
    if origin in (list, typing.List):  # noqa: UP006
        inner = get_args(option)[0]
        rows = enumerate(shown) if isinstance(shown, list) else ()
        wrong = [] if isinstance(shown, list) else [f"{path}: no list"]
        return wrong + [v for n, row in rows for v in _value(inner, row, f"{path}[{n}]")]
    if origin is stripe.ListObject:
        is_list = isinstance(shown, dict) and shown.get("object") == "list"
        return violations(shown, path) if is_list else [f"{path}: no list object"]
    if _is_described(origin):
        return _object(origin, shown, path)
    plain: dict[Any, Any] = {decimal.Decimal: str, float: (int, float), UntypedStripeObject: dict}
    fits = isinstance(shown, plain.get(origin, origin))
    fits = fits and isinstance(shown, bool) == (origin is bool)
    return [] if fits else [f"{path}: {shown!r} is not of type {origin}"]


def _is_described(origin: Any) -> bool:
    if not isinstance(origin, type) or origin is UntypedStripeObject:
        return False
    return issubclass(origin, stripe.StripeObject)
