"""Which message goes to whom, once, and whether it went."""

from __future__ import annotations

from tenant_apps.notifications.services.alerts import (
    alert_me,
    end_alert,
    forget_alerts,
    tell_of_places,
    tell_waiting,
)
from tenant_apps.notifications.services.messages import (
    SEND_TASK,
    forget_messages,
    lease,
    record_failed,
    record_sent,
    send_mail_once,
    send_order_links,
    send_tickets_again,
    sweep,
    tell_of_order,
    try_again,
)

__all__ = (
    "SEND_TASK",
    "alert_me",
    "end_alert",
    "forget_alerts",
    "forget_messages",
    "lease",
    "record_failed",
    "record_sent",
    "send_mail_once",
    "send_order_links",
    "send_tickets_again",
    "sweep",
    "tell_of_order",
    "tell_of_places",
    "tell_waiting",
    "try_again",
)
