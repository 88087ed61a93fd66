"""Writes. Calls over the network stand in functions of their own, outside every transaction."""

from __future__ import annotations

from tenant_apps.payments.domain import LineForPayment
from tenant_apps.payments.gateway import someone_waits
from tenant_apps.payments.services.accounts import connect_account, refresh_account
from tenant_apps.payments.services.attempts import (
    ask_stripe,
    expire_attempt,
    open_attempt,
    prepare_attempt,
    put_off_asking,
    record_payment,
    record_session_expired,
    stop_asking,
)
from tenant_apps.payments.services.cards import find_card
from tenant_apps.payments.services.events import forget_provider_events, store_provider_event
from tenant_apps.payments.services.reconciliation import reconcile
from tenant_apps.payments.services.refunds import (
    apply_refund_change,
    execute_refund,
    request_refund,
    resend_refunds,
)

__all__ = [
    "LineForPayment",
    "apply_refund_change",
    "ask_stripe",
    "connect_account",
    "execute_refund",
    "expire_attempt",
    "find_card",
    "forget_provider_events",
    "open_attempt",
    "prepare_attempt",
    "put_off_asking",
    "reconcile",
    "record_payment",
    "record_session_expired",
    "refresh_account",
    "request_refund",
    "resend_refunds",
    "someone_waits",
    "stop_asking",
    "store_provider_event",
]
