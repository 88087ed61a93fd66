"""What the double answers: method, path, the library's name for it, its parameters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from stripe import params as p
from stripe.params import checkout as c

from . import accounts, events, payments, refunds, sessions, webhooks
from .store import Row
from .world import Call, World


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    name: str
    params: type
    run: Callable[[World, Call], Row]
    # Refuses before execution begins, so that nothing is remembered under an idempotency key.
    check: Callable[[World, Call], None] | None = None
    # Not for connected accounts: these objects are the platform's own.
    platform_only: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))


OPERATIONS = (
    Operation(
        "POST", "/v1/checkout/sessions", "checkout.sessions.create",
        c.SessionCreateParams, sessions.create, sessions.check_create,
    ),
    Operation(
        "GET", "/v1/checkout/sessions", "checkout.sessions.list",
        c.SessionListParams, sessions.list_sessions,
    ),
    Operation(
        "GET", "/v1/checkout/sessions/{id}", "checkout.sessions.retrieve",
        c.SessionRetrieveParams, sessions.retrieve,
    ),
    Operation(
        "POST", "/v1/checkout/sessions/{id}/expire", "checkout.sessions.expire",
        c.SessionExpireParams, sessions.expire,
    ),
    Operation(
        "GET", "/v1/checkout/sessions/{id}/line_items", "checkout.sessions.line_items.list",
        c.SessionListLineItemsParams, sessions.list_lines,
    ),
    Operation(
        "GET", "/v1/payment_intents", "payment_intents.list",
        p.PaymentIntentListParams, payments.list_intents,
    ),
    Operation(
        "GET", "/v1/payment_intents/{id}", "payment_intents.retrieve",
        p.PaymentIntentRetrieveParams, payments.retrieve_intent,
    ),
    Operation("GET", "/v1/charges", "charges.list", p.ChargeListParams, payments.list_charges),
    Operation(
        "GET", "/v1/charges/{id}", "charges.retrieve",
        p.ChargeRetrieveParams, payments.retrieve_charge,
    ),
    Operation(
        "POST", "/v1/refunds", "refunds.create",
        p.RefundCreateParams, refunds.create, refunds.check_create,
    ),
    Operation("GET", "/v1/refunds", "refunds.list", p.RefundListParams, refunds.list_refunds),
    Operation(
        "GET", "/v1/refunds/{id}", "refunds.retrieve", p.RefundRetrieveParams, refunds.retrieve
    ),
    Operation(
        "GET", "/v1/balance_transactions", "balance_transactions.list",
        p.BalanceTransactionListParams, payments.list_balance_transactions,
    ),
    Operation(
        "GET", "/v1/balance_transactions/{id}", "balance_transactions.retrieve",
        p.BalanceTransactionRetrieveParams, payments.retrieve_balance_transaction,
    ),
    Operation(
        "GET", "/v1/application_fees", "application_fees.list",
        p.ApplicationFeeListParams, payments.list_fees, platform_only=True,
    ),
    Operation(
        "GET", "/v1/application_fees/{id}", "application_fees.retrieve",
        p.ApplicationFeeRetrieveParams, payments.retrieve_fee, platform_only=True,
    ),
    Operation(
        "GET", "/v1/account", "accounts.retrieve_current",
        p.AccountRetrieveCurrentParams, accounts.retrieve,
    ),
    Operation(
        "POST", "/v1/accounts", "accounts.create",
        p.AccountCreateParams, accounts.create, platform_only=True,
    ),
    Operation(
        "GET", "/v1/accounts", "accounts.list",
        p.AccountListParams, accounts.list_accounts, platform_only=True,
    ),
    Operation(
        "GET", "/v1/accounts/{id}", "accounts.retrieve", p.AccountRetrieveParams, accounts.retrieve
    ),
    Operation("GET", "/v1/events", "events.list", p.EventListParams, events.list_events),
    Operation(
        "GET", "/v1/events/{id}", "events.retrieve", p.EventRetrieveParams, events.retrieve
    ),
    Operation(
        "POST", "/v1/webhook_endpoints", "webhook_endpoints.create",
        p.WebhookEndpointCreateParams, webhooks.create, platform_only=True,
    ),
    Operation(
        "GET", "/v1/webhook_endpoints", "webhook_endpoints.list",
        p.WebhookEndpointListParams, webhooks.list_endpoints, platform_only=True,
    ),
    Operation(
        "GET", "/v1/webhook_endpoints/{id}", "webhook_endpoints.retrieve",
        p.WebhookEndpointRetrieveParams, webhooks.retrieve, platform_only=True,
    ),
    Operation(
        "DELETE", "/v1/webhook_endpoints/{id}", "webhook_endpoints.delete",
        p.WebhookEndpointDeleteParams, webhooks.delete, platform_only=True,
    ),
)  # fmt: skip
NAMES = frozenset(operation.name for operation in OPERATIONS)


def find(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """Return the operation that answers the request, and what its path names."""
    for operation in OPERATIONS:
        if operation.method == method:
            match = operation.pattern.fullmatch(path)
            if match:
                return operation, match.groupdict()
    return None
