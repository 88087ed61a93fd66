"""Composing a sale: what a buyer asks for, and the names that make a repeated ask the same ask."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kernel import errors
from tenant_apps.orders.domain import Contact, NewLine

# In the history of an order whose buyer the organizer trusts: no rule points at it.
TRUSTED = "buyer on the list of the trusted"


class CartEmpty(errors.Invalid):
    code = "cart_empty"
    message = "Choose at least one place first."


class CartChanged(errors.Conflict):
    code = "cart_changed"
    message = "Your reservation has changed in the meantime. Look at it again."


class SaleStopped(errors.Conflict):
    code = "sale_stopped"
    message = "This performance is no longer sold."


class MoneyUnderWay(errors.Conflict):
    code = "money_under_way"
    message = "Orders are being paid or given back here. Wait until they are done."


class CannotRefund(errors.Conflict):
    code = "cannot_refund"
    message = "Only a paid order can be refunded."


class CannotSell(errors.Conflict):
    code = "cannot_sell"
    message = "The organizer cannot take payments yet."


class OrderOver(errors.Gone):
    code = "order_over"
    message = "The time for paying this order is over, and its places are free again."


@dataclass(frozen=True, slots=True)
class CartPart:
    """One hold of the cart. `tiers` names a tier for each held ordinal."""

    performance_id: int
    hold_id: str
    tiers: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Started:
    """Where a checkout stands. `pay_url` is Stripe's page, empty when nothing is left to pay.

    `link` is the path of the order's own page.
    """

    order_id: str
    link: str
    pay_url: str
    is_paid: bool


class Outcome(StrEnum):
    """What became of money that arrived."""

    PAID = "paid"
    REPEATED = "repeated"
    REFUNDING = "refunding"


def checkout_key(session: str, parts: Sequence[CartPart]) -> str:
    """Name these holds of this buyer: the same holds twice are one order."""
    return _digest([session, *sorted(part.hold_id for part in parts)])


def content_key(contact: Contact, lines: Sequence[NewLine], total_minor: int) -> str:
    """Name what is ordered, for whom, at which price."""
    what = sorted(
        [line.performance_id, line.ordinal, line.tier_key, line.total_minor] for line in lines
    )
    return _digest([contact.email.lower(), contact.name, total_minor, what])


def _digest(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()
