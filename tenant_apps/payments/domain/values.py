"""States, refusals, and the values that cross into other apps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel import errors
from kernel.money import Money


class AttemptState(StrEnum):
    PREPARED = "prepared"
    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    REFUSED = "refused"


class RefundState(StrEnum):
    REQUESTED = "requested"
    SENDING = "sending"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Outcome(StrEnum):
    """How an attempt to end an attempt ended."""

    EXPIRED = "expired"
    PAID = "paid"
    UNREACHABLE = "unreachable"


class SessionState(StrEnum):
    # Stripe was never asked for a session, or its answer never came: nobody can have paid.
    UNOPENED = "unopened"
    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"


class LedgerAccount(StrEnum):
    """Debits are positive, credits negative; an entry adds up to zero."""

    # What Stripe holds for the organizer.
    STRIPE_BALANCE = "stripe_balance"
    SALES = "sales"
    REFUNDS = "refunds"
    PLATFORM_FEES = "platform_fees"
    STRIPE_FEES = "stripe_fees"
    # Money that came in a wrong amount or currency: the buyer's until someone decides.
    UNMATCHED = "unmatched"


class PaymentsNotConnected(errors.Conflict):
    code = "payments_not_connected"
    message = "This organizer cannot take payments yet."


class StripeUnreachable(errors.Unavailable):
    code = "stripe_unreachable"
    message = "The payment provider does not answer. Try again in a moment."


class StripeRefused(errors.Conflict):
    code = "stripe_refused"
    message = "The payment provider refused this."


class NoSuchAttempt(errors.Missing):
    code = "no_such_attempt"
    message = "There is no such payment."


class NoSuchEvent(errors.Missing):
    code = "no_such_event"
    message = "There is no such event."


class AttemptDiffers(errors.Conflict):
    code = "attempt_differs"
    message = "A payment over another amount is open for this order."


class LinesDoNotAddUp(errors.Invalid):
    code = "lines_do_not_add_up"
    message = "The lines do not add up to the amount to pay."


class NothingToRefund(errors.Conflict):
    code = "nothing_to_refund"
    message = "There is no payment of this order that could be refunded by this amount."


class RefundDiffers(errors.Conflict):
    code = "refund_differs"
    message = "This refund was asked for before, with another amount."


@dataclass(frozen=True, slots=True)
class LineForPayment:
    """A line of the payment page: so many of something at `amount_minor` each."""

    name: str
    amount_minor: int
    quantity: int


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """The organizer's connected account."""

    stripe_account: str
    name: str
    country: str
    currency: str
    charges_enabled: bool


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One try to be paid for an order. `url` is empty until the session is open."""

    attempt_id: str
    order_ref: str
    state: AttemptState
    amount: Money
    url: str
    session_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """What Stripe says about a payment. `charge` may be empty: an event does not name it."""

    session_id: str
    payment_intent: str
    charge: str
    amount: Money


@dataclass(frozen=True, slots=True)
class SessionStatus:
    state: SessionState
    payment: PaymentFacts | None = None


@dataclass(frozen=True, slots=True)
class RecordedPayment:
    """A payment as it stands in our books. `matches`: amount and currency are what was asked.

    `late`: the attempt had been given up before the money came. `is_new`: this call recorded it.
    """

    attempt_id: str
    order_ref: str
    amount: Money
    expected: Money
    matches: bool
    late: bool
    is_new: bool


@dataclass(frozen=True, slots=True)
class RefundRecord:
    refund_id: str
    order_ref: str
    key: str
    amount: Money
    reason: str
    state: RefundState
    error: str


@dataclass(frozen=True, slots=True)
class StripeRefund:
    """What Stripe says about a refund. `returned_fee_minor` is None while it is not known."""

    stripe_refund: str
    payment_intent: str
    amount: Money
    state: RefundState
    returned_fee_minor: int | None = None
    # Our refund's id, which Stripe carries in the metadata; empty for one made elsewhere.
    refund_id: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class SessionCompleted:
    """A session is paid. `attempt_id` is what we told Stripe; the session's id decides."""

    session_id: str
    attempt_id: str
    payment: PaymentFacts


@dataclass(frozen=True, slots=True)
class SessionExpired:
    session_id: str
    attempt_id: str


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """A card was refused; the session stays open for another. `code` is Stripe's word for why.

    https://docs.stripe.com/declines/codes
    """

    attempt_id: str
    code: str


@dataclass(frozen=True, slots=True)
class RefundChanged:
    refund: StripeRefund


@dataclass(frozen=True, slots=True)
class ChargeRefunded:
    """A charge has been refunded by so much in all, here or at Stripe's own pages."""

    charge: str
    payment_intent: str
    refunded: Money


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """The account has changed: events come in any order, so Stripe is asked how it stands."""

    stripe_account: str


@dataclass(frozen=True, slots=True)
class Ignored:
    reason: str


Interpretation = (
    SessionCompleted
    | SessionExpired
    | PaymentFailed
    | RefundChanged
    | ChargeRefunded
    | AccountChanged
    | Ignored
)
