"""The one door to Stripe. Everything here is a call over the network: never in a transaction.

Answers become values of `domain`; what goes wrong becomes StripeUnreachable (the same call may be
made again: nothing is known, and the idempotency key makes it safe) or StripeRefused (Stripe has
understood and will not).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Any

from django.conf import settings

from kernel.breaker import Breaker
from kernel.db import lend_connection_back
from kernel.money import Money
from tenant_apps.payments import domain
from tenant_apps.payments.domain import (
    AccountRecord,
    PaymentsNotConnected,
    SessionState,
    SessionStatus,
    StripeRefund,
    StripeRefused,
    StripeUnreachable,
)

if TYPE_CHECKING:
    # Imported by who calls it: the live process knows this module and never calls.
    import stripe

# What Stripe answers at once to the second of two same calls, as long as the first one runs.
KEY_IN_USE = 409
# So many calls without an answer, within so many seconds, and pages do not ask for a while.
SILENCES = 3
SILENCES_WITHIN_S = 20
PAUSE_S = 5
PAGE = 100
PAID_INTENT = ["payment_intent"]
PAID_CHARGE = ["latest_charge"]
REFUND_BALANCE = ["balance_transaction"]

_someone_waits: ContextVar[bool] = ContextVar("someone_waits", default=False)


class _KeyInUse(StripeUnreachable):
    """The same call is under way: nothing is known yet."""


@dataclass(frozen=True, slots=True)
class OpenedSession:
    session_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of the account's balance at Stripe. Fees are what it cost the organizer."""

    transaction_id: str
    kind: str
    source: str
    amount: Money
    application_fee_minor: int
    stripe_fee_minor: int
    created: datetime


def create_session(
    *, account: str, parameters: dict[str, Any], idempotency_key: str
) -> OpenedSession:
    """Make the session, or get the answer of the call that made it.

    While that call is under way (the first of two clicks) its answer is waited for, as
    long as a page waits for any.
    """
    give_up_at = time.monotonic() + settings.STRIPE_PAGE_TIMEOUT_S
    pause_s = 0.1
    while True:
        try:
            return _create_session(account, parameters, idempotency_key)
        except _KeyInUse:
            if time.monotonic() + pause_s > give_up_at:
                raise
        time.sleep(pause_s)
        pause_s *= 2


def _create_session(account: str, parameters: dict[str, Any], key: str) -> OpenedSession:
    with _asking() as client:
        # A buyer waits: the library's objects for the sixty fields of a session take longer than
        # the call itself, and two of them are wanted.
        answer = client.raw_request(
            "post", "/v1/checkout/sessions", **parameters,
            stripe_account=account, idempotency_key=key,
        )  # fmt: skip
    session = answer.data
    return OpenedSession(session_id=session["id"], url=session["url"] or "")


def retrieve_session(*, account: str, session_id: str) -> SessionStatus:
    """Return how the session stands, with its payment once it is paid."""
    with _asking() as client:
        session = client.v1.checkout.sessions.retrieve(
            session_id, {"expand": PAID_INTENT}, {"stripe_account": account}
        )
    shown = session.to_dict()
    if shown["status"] == "complete" and shown["payment_status"] == "paid":
        return SessionStatus(SessionState.PAID, domain.payment_of_session(shown))
    return SessionStatus(SessionState(shown["status"]))


def expire_session(*, account: str, session_id: str) -> SessionStatus:
    """End the session; one that had ended already is told as it stands."""
    try:
        with _asking() as client:
            client.v1.checkout.sessions.expire(session_id, {}, {"stripe_account": account})
    except StripeRefused:
        # "Only sessions with a status in ["open"] can be expired": it is paid or expired.
        return retrieve_session(account=account, session_id=session_id)
    return SessionStatus(SessionState.EXPIRED)


def create_refund(
    *,
    account: str,
    payment_intent: str,
    amount_minor: int,
    returns_fee: bool,
    refund_id: str,
    order_ref: str,
) -> StripeRefund:
    """Send money back. The refund's id is the idempotency key and stands in the metadata."""
    parameters: dict[str, Any] = {
        "payment_intent": payment_intent,
        "amount": amount_minor,
        "metadata": {"refund": refund_id, "order": order_ref},
        "expand": REFUND_BALANCE,
    }
    if returns_fee:
        parameters["refund_application_fee"] = True
    with _asking() as client:
        refund = client.v1.refunds.create(
            parameters,  # type: ignore[arg-type]
            {"stripe_account": account, "idempotency_key": refund_id},
        )
    return domain.refund_of(refund.to_dict())


def find_refund(*, account: str, payment_intent: str, refund_id: str) -> StripeRefund | None:
    """Return the refund that carries our id: the answer of a call whose answer was lost."""
    with _asking() as client:
        listed = client.v1.refunds.list(
            {
                "payment_intent": payment_intent,
                "limit": PAGE,
                "expand": [f"data.{field}" for field in REFUND_BALANCE],
            },
            {"stripe_account": account},
        )
        for refund in listed.auto_paging_iter():
            found = domain.refund_of(refund.to_dict())
            if found.refund_id == refund_id:
                return found
    return None


def retrieve_account(account_id: str) -> AccountRecord:
    """Return the connected account."""
    with _asking() as client:
        account = client.v1.accounts.retrieve(account_id)
    return domain.account_of(account.to_dict())


def intent_of_charge(*, account: str, charge: str) -> str:
    """Return the id of the PaymentIntent that made the charge; empty when there is none."""
    with _asking() as client:
        found = client.v1.charges.retrieve(charge, {}, {"stripe_account": account})
    return str(found.payment_intent or "")


def card_fingerprint(*, account: str, payment_intent: str) -> str:
    """Return what names the card that a payment was made with; empty when it was no card.

    The same number is the same for one account. https://docs.stripe.com/api/charges/object
    """
    with _asking() as client:
        intent = client.v1.payment_intents.retrieve(
            payment_intent, {"expand": PAID_CHARGE}, {"stripe_account": account}
        )
    return domain.card_fingerprint_of(intent.to_dict())


def movements(*, account: str, since: datetime, until: datetime) -> list[Movement]:
    """Return the lines of the account's balance made in [since, until), oldest first."""
    with _asking() as client:
        listed = client.v1.balance_transactions.list(
            {
                "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
                "limit": PAGE,
            },
            {"stripe_account": account},
        )
        rows = [_movement(row.to_dict()) for row in listed.auto_paging_iter()]
    return rows[::-1]


def _movement(row: dict[str, Any]) -> Movement:
    details = row["fee_details"]
    application = sum(fee["amount"] for fee in details if fee["type"] == "application_fee")
    return Movement(
        transaction_id=row["id"],
        kind=row["type"],
        source=row["source"] or "",
        amount=Money(row["amount"], row["currency"].upper()),
        application_fee_minor=application,
        stripe_fee_minor=row["fee"] - application,
        created=datetime.fromtimestamp(row["created"], tz=UTC),
    )


@contextmanager
def someone_waits() -> Iterator[None]:
    """Ask Stripe, in the block, for somebody who waits at a page.

    The time is short, nothing is repeated (the same call may be made later), the database
    connection goes back to its pool for as long as Stripe thinks, and after several silences nobody
    is asked for some seconds.
    """
    token = _someone_waits.set(True)
    try:
        yield
    finally:
        _someone_waits.reset(token)


@contextmanager
def _asking() -> Iterator[stripe.StripeClient]:
    """Give the client, and turn the library's errors into ours."""
    import stripe

    # The call may or may not have been made; our own wrong key says nothing about it either.
    unknown = (stripe.APIError, stripe.RateLimitError, stripe.AuthenticationError)
    guard = breaker_for(settings.STRIPE_API_BASE)
    if _someone_waits.get():
        pause_s = guard.pause_left_s()
        if pause_s:
            raise StripeUnreachable(retry_after_s=ceil(pause_s))
        lend_connection_back()
    try:
        yield _client()
    except stripe.APIConnectionError as error:
        guard.note_silence()
        raise StripeUnreachable(retry_after_s=5) from error
    except unknown as error:
        # The library has no class for 409: it is an APIError.
        refusal = _KeyInUse if error.http_status == KEY_IN_USE else StripeUnreachable
        raise refusal(retry_after_s=5) from error
    except stripe.StripeError as error:
        guard.note_answer()
        body: Any = error.json_body or {}
        shown = body.get("error") or {}
        raise StripeRefused(
            reason=str(shown.get("code") or shown.get("type") or "refused"),
            param=str(shown.get("param") or ""),
            request_id=error.request_id or "",
        ) from error
    else:
        guard.note_answer()


@lru_cache(maxsize=8)
def breaker_for(base: str) -> Breaker:
    """Return what this process knows of the silences at an address."""
    return Breaker(silences=SILENCES, within_s=SILENCES_WITHIN_S, pause_s=PAUSE_S)


def _client() -> stripe.StripeClient:
    if not settings.STRIPE_API_KEY:
        raise PaymentsNotConnected
    base = settings.STRIPE_API_BASE
    if _someone_waits.get():
        return _client_for(settings.STRIPE_API_KEY, base, settings.STRIPE_PAGE_TIMEOUT_S, 0)
    return _client_for(
        settings.STRIPE_API_KEY, base, settings.STRIPE_TIMEOUT_S, settings.STRIPE_MAX_RETRIES
    )


@lru_cache(maxsize=8)
def _client_for(key: str, base: str, timeout_s: int, retries: int) -> stripe.StripeClient:
    import stripe

    return stripe.StripeClient(
        key,
        base_addresses={"api": base.rstrip("/")},
        max_network_retries=retries,
        # The library's own default would hold a request for 80 seconds.
        http_client=stripe.RequestsClient(timeout=timeout_s),
    )
