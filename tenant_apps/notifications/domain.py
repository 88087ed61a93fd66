"""The life of a message, and how long to try."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from kernel import errors

# What is told of an order, and the task that hears of it.
TASK_OF_FACT = {
    "order.paid": "notifications.order_paid",
    "order.refunded": "notifications.order_refunded",
    "order.late_refunded": "notifications.order_late_refunded",
}

# A mail server answers within EMAIL_TIMEOUT, many tickets are drawn in a few seconds.
SEND_WITHIN_S = 40
# Longer than that task may live, its grace included: who has the lease is the only one who sends.
LEASE = timedelta(seconds=60)
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)
# As mail servers do (RFC 5321, 4.5.4.1): four or five days, and then it is too late for a ticket.
GIVE_UP_AFTER = timedelta(days=4)

# Whoever is told has this long before others are told of the same places.
HEAD_START = timedelta(minutes=15)
# Most of those who are told do not buy; all of them at once would come for nothing.
TOLD_PER_PLACE = 2
MOST_WANTED = 50
MOST_TOLD_AT_ONCE = 500
# More than one person wants; beyond it an alert is dropped in silence.
MOST_ALERTS_PER_MAILBOX = 20


class MessageState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class Kind(StrEnum):
    """What a message is about. Others may add their own: a kind names its template."""

    ORDER_PAID = "order_paid"
    ORDER_REFUNDED = "order_refunded"
    ORDER_LATE_REFUNDED = "order_late_refunded"
    ORDER_LINKS = "order_links"
    ALERT_NOTED = "alert_noted"
    PLACES_BACK = "places_back"


class MailDown(errors.Unavailable):
    """Trying again may help: nobody answered, or the server asked for patience."""

    code = "mail_down"
    message = "The mail server does not take messages right now."


class MailRefused(errors.Invalid):
    """Trying again cannot help: there is no such mailbox, or the message is not wanted."""

    code = "mail_refused"
    message = "The mail server refused the message for good."


class NotReady(errors.Unavailable):
    """What the message is about is not there yet."""

    code = "message_not_ready"
    message = "The order's tickets are not there yet."


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: 15 s, 30 s, 1 min … an hour."""
    return min(FIRST_WAIT * (1 << min(max(attempts, 1) - 1, 12)), LONGEST_WAIT)


def is_too_late(created_at: datetime, now: datetime) -> bool:
    """Whether the message has been tried for long enough."""
    return now - created_at > GIVE_UP_AFTER


def whom_to_tell(waiting: Iterable[tuple[int, int]], *, free: int, told_lately: int) -> list[int]:
    """Return the keys of those to tell now, of (key, places wanted) in the order of asking.

    `told_lately` is how many places those want who still have their head start. Who wants more
    than there is keeps waiting, and those behind are not kept by it.
    """
    left = free * TOLD_PER_PLACE - told_lately
    told: list[int] = []
    for key, wanted in waiting:
        if left <= 0 or len(told) == MOST_TOLD_AT_ONCE:
            break
        if wanted <= free:
            told.append(key)
            left -= wanted
    return told
