"""`expand[]`: ids replaced by the objects they name. https://docs.stripe.com/api/expanding_objects"""

from __future__ import annotations

import copy
from collections.abc import Callable

from . import accounts, lists, payments, refunds, sessions
from .refusals import invalid
from .store import PLATFORM, Row, visible
from .world import World

MAX_DEPTH = 4

# What the field of an object refers to: the kind of row. Fees and accounts are the platform's.
_REFERENCES: dict[tuple[str, str], str] = {
    ("checkout.session", "payment_intent"): payments.INTENT,
    ("payment_intent", "latest_charge"): payments.CHARGE,
    ("charge", "application_fee"): payments.FEE,
    ("charge", "balance_transaction"): payments.BALANCE,
    ("charge", "payment_intent"): payments.INTENT,
    ("refund", "balance_transaction"): payments.BALANCE,
    ("refund", "charge"): payments.CHARGE,
    ("refund", "failure_balance_transaction"): payments.BALANCE,
    ("refund", "payment_intent"): payments.INTENT,
    ("application_fee", "account"): accounts.ACCOUNT,
    ("application_fee", "balance_transaction"): payments.BALANCE,
}
_PLATFORMS = frozenset({payments.FEE, payments.FEE_REFUND, accounts.ACCOUNT})
# A balance transaction's source may be any of these.
_SOURCES = (payments.CHARGE, refunds.REFUND, payments.FEE, payments.FEE_REFUND)


def expanded(world: World, account: str, shown: Row, wanted: list[str]) -> Row:
    """Return a copy of the object with the wanted paths expanded. Refuses what cannot be."""
    result = _shown(shown)
    for path in wanted:
        steps = path.split(".")
        if len(steps) > MAX_DEPTH:
            raise invalid(f"You cannot expand more than {MAX_DEPTH} levels of a property.")
        _expand(world, account, result, steps, path)
    return result


def _shown(shown: Row) -> Row:
    result = copy.deepcopy(visible(shown))
    if result.get("object") == "list":
        result["data"] = [visible(row) for row in result["data"]]
    return result


def _expand(world: World, account: str, node: Row, steps: list[str], path: str) -> None:
    step, *rest = steps
    if node.get("object") == "list" and step == "data":
        for row in node["data"]:
            _expand(world, account, row, rest, path)
        return
    if not isinstance(node.get(step), dict):
        found = _found(world, account, node, step, path)
        if found is None:
            return
        node[step] = found
    if rest:
        _expand(world, account, node[step], rest, path)


def _found(world: World, account: str, node: Row, step: str, path: str) -> Row | None:
    included = _INCLUDED.get((node.get("object", ""), step))
    if included:
        return included(world, account, node)
    kinds: tuple[str, ...] = ()
    if (node.get("object"), step) == ("balance_transaction", "source"):
        kinds = _SOURCES
    elif (node.get("object", ""), step) in _REFERENCES:
        kinds = (_REFERENCES[node["object"], step],)
    elif step not in node or node.get("object") is None:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    for kind in kinds:
        owner = PLATFORM if kind in _PLATFORMS else account
        found = world.store.find(kind, owner, node[step] or "")
        if found:
            return _shown(found)
    if node[step] is not None:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    return None


def _lines(world: World, account: str, session: Row) -> Row:
    lines = sessions.lines_of(world, session | {"_account": account})
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return lists.listed(copy.deepcopy(lines[:10]), url, has_more=len(lines) > 10)


def _refunds(world: World, account: str, charge: Row) -> Row:
    rows = [
        visible(refund)
        for refund in world.store.rows(refunds.REFUND, account)
        if refund["charge"] == charge["id"]
    ]
    return lists.listed(rows[::-1][:10], f"/v1/charges/{charge['id']}/refunds")


_INCLUDED: dict[tuple[str, str], Callable[[World, str, Row], Row]] = {
    ("checkout.session", "line_items"): _lines,
    ("charge", "refunds"): _refunds,
}
