"""The only place that composes a sale, its payment, its end and its refund."""

from __future__ import annotations

from tenant_apps.checkout.services import paying
from tenant_apps.checkout.services.ending import (
    end_orders_of_cancelled,
    end_overdue,
    ensure_nothing_under_way,
    expire_order,
    leave_order,
)
from tenant_apps.checkout.services.paying import (
    apply_payment_event,
    ask_about_given_up,
    refresh_order,
)
from tenant_apps.checkout.services.refunding import (
    finish_refund,
    note_failed_refund,
    refund_order,
)
from tenant_apps.checkout.services.reviewing import (
    accept_order,
    block_buyer,
    refund_looked_at,
    review_order,
)
from tenant_apps.checkout.services.starting import continue_paying, start_checkout

__all__ = [
    "accept_order",
    "apply_payment_event",
    "ask_about_given_up",
    "block_buyer",
    "continue_paying",
    "end_orders_of_cancelled",
    "end_overdue",
    "ensure_nothing_under_way",
    "expire_order",
    "finish_refund",
    "leave_order",
    "note_failed_refund",
    "paying",
    "refresh_order",
    "refund_looked_at",
    "refund_order",
    "review_order",
    "start_checkout",
]
