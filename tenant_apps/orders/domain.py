"""The life of an order as a table, and what may be written on one."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum

from kernel import errors

EMAIL_MAX = 254
NAME_MAX = 160
# Enough to tell an address from rubbish; whether it exists only a mail can say (RFC 5321 bounds).
EMAIL = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@[^\s@<>\"(),:;\\.]+(?:\.[^\s@<>\"(),:;\\.]+)+")
NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_LENGTH = 9


class OrderState(StrEnum):
    PENDING = "pending"
    EXPIRING = "expiring"
    PAID = "paid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"


class Step(StrEnum):
    PAY = "pay"
    BEGIN_EXPIRY = "begin_expiry"
    EXPIRE = "expire"
    CANCEL = "cancel"
    PAY_LATE = "pay_late"
    REFUND = "refund"
    REFUND_LATE = "refund_late"
    REFUND_MISMATCH = "refund_mismatch"
    FINISH_REFUND = "finish_refund"
    REOPEN_REFUND = "reopen_refund"


NEXT_STATE: dict[tuple[OrderState, Step], OrderState] = {
    (OrderState.PENDING, Step.PAY): OrderState.PAID,
    # Stripe is asked before places are given up: the buyer may be paying this very second.
    (OrderState.PENDING, Step.BEGIN_EXPIRY): OrderState.EXPIRING,
    (OrderState.EXPIRING, Step.PAY): OrderState.PAID,
    (OrderState.EXPIRING, Step.EXPIRE): OrderState.EXPIRED,
    (OrderState.EXPIRING, Step.CANCEL): OrderState.CANCELLED,
    # Money that arrives late: the places are won again, or the money goes back.
    (OrderState.EXPIRED, Step.PAY_LATE): OrderState.PAID,
    (OrderState.CANCELLED, Step.PAY_LATE): OrderState.PAID,
    (OrderState.EXPIRED, Step.REFUND_LATE): OrderState.REFUNDING,
    (OrderState.CANCELLED, Step.REFUND_LATE): OrderState.REFUNDING,
    # Money that is not what was asked for, or is for something cancelled, goes back whole.
    (OrderState.PENDING, Step.REFUND_MISMATCH): OrderState.REFUNDING,
    (OrderState.EXPIRING, Step.REFUND_MISMATCH): OrderState.REFUNDING,
    (OrderState.EXPIRED, Step.REFUND_MISMATCH): OrderState.REFUNDING,
    (OrderState.CANCELLED, Step.REFUND_MISMATCH): OrderState.REFUNDING,
    (OrderState.PAID, Step.REFUND): OrderState.REFUNDING,
    (OrderState.REFUNDING, Step.FINISH_REFUND): OrderState.REFUNDED,
    # A bank may send a refund back days after it had gone through.
    (OrderState.REFUNDED, Step.REOPEN_REFUND): OrderState.REFUNDING,
}

# In these the order has its places; in the others it has none.
HAS_PLACES = frozenset({OrderState.PENDING, OrderState.EXPIRING, OrderState.PAID})
# A checkout that ended in one of these may be begun again with the same holds.
OVER = frozenset({OrderState.EXPIRED, OrderState.CANCELLED})


class StepRefused(errors.Conflict):
    code = "order_step_refused"
    message = "The order cannot take that step from its present state."


class NoSuchOrder(errors.Missing):
    code = "no_such_order"
    message = "There is no such order."


class BadEmail(errors.Invalid):
    code = "bad_email"
    message = "Enter an e-mail address such as name@example.org."


class BadName(errors.Invalid):
    code = "bad_name"
    message = "Enter the name that the tickets are for, with at most 160 characters."


class CheckoutRunning(errors.Conflict):
    code = "checkout_running"
    message = "An order for these places exists already."


@dataclass(frozen=True, slots=True)
class Contact:
    """Who buys. Checked by `contact_of`."""

    email: str
    name: str
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class NewLine:
    """One place at the price of the moment. Amounts in minor units of the order's currency."""

    performance_id: int
    ordinal: int
    place_name: str
    section: str
    row: str
    seat: str
    zone_name: str
    tier_key: str
    tier_name: str
    face_minor: int
    fee_minor: int
    tax_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class Totals:
    """An order's sums in minor units. `total_minor` is what the buyer pays."""

    currency: str
    subtotal_minor: int
    fees_minor: int
    taxes_minor: int
    total_minor: int


def advance(state: OrderState, step: Step) -> OrderState:
    """Return the state after the step. Refuses with StepRefused."""
    try:
        return NEXT_STATE[state, step]
    except KeyError:
        raise StepRefused(state=str(state), step=str(step)) from None


def contact_of(*, email: str, name: str, locale: str = "en") -> Contact:
    """Return the contact data, trimmed. Refuses with BadEmail or BadName."""
    email, name = email_of(email), " ".join(name.split())
    if not 0 < len(name) <= NAME_MAX or not name.isprintable():
        raise BadName(field="name")
    return Contact(email=email, name=name, locale=locale[:12])


def email_of(typed: str) -> str:
    """Return the address, trimmed. Refuses with BadEmail."""
    email = typed.strip()
    if len(email) > EMAIL_MAX or not EMAIL.fullmatch(email) or not email.isprintable():
        raise BadEmail(field="email")
    return email


def new_number() -> str:
    """Return a number for people: read aloud, typed from paper, not to be guessed."""
    return "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(NUMBER_LENGTH))
