"""What happens regularly, and which queue it waits in. Settings import it: no Django here."""

from __future__ import annotations

from typing import Any

# Sweeps of a thousand organizers must not stand in front of a mail. A worker that is not told which
# takes both, in turns; see `docs/running.md`.
WORK_QUEUE, SWEEPS_QUEUE = "eventflow", "eventflow-sweeps"

DAY_S = 24 * 3600.0


def _every(seconds: float, task: str, **arguments: Any) -> dict[str, Any]:
    return {
        "task": task,
        "schedule": seconds,
        "kwargs": arguments,
        # A sweep that could not run in time is made up for by the next one.
        "options": {"expires": seconds},
    }


def _in_each_tenant(seconds: float, task_name: str) -> dict[str, Any]:
    return _every(seconds, "tenants.in_each", task_name=task_name, expires_s=seconds)


SCHEDULE = {
    "apply-what-a-crash-left": _every(20, "inbox.sweep"),
    "forget-old-sessions": _in_each_tenant(3600, "identity.forget_sessions"),
    "forget-old-sessions-of-operators": _every(3600, "identity.forget_sessions_of_operators"),
    "forget-old-tokens-and-answers": _in_each_tenant(3600, "access.forget"),
    "end-orders-whose-time-is-over": _in_each_tenant(10, "checkout.sweep_orders"),
    "ask-about-what-was-given-up": _in_each_tenant(60, "checkout.ask_about_given_up"),
    "compare-holds-with-claims": _in_each_tenant(60, "inventory.reconcile_tenant"),
    "score-who-holds-places": _every(5, "queueing.score_waiting"),
    "send-mails-that-wait": _in_each_tenant(15, "notifications.sweep_tenant"),
    "tell-who-waits-for-places": _in_each_tenant(60, "notifications.tell_waiting"),
    "deliver-what-a-crash-left": _in_each_tenant(20, "outbox.sweep_tenant"),
    "send-refunds-that-a-crash-left": _in_each_tenant(60, "payments.sweep"),
    "forget-old-facts": _in_each_tenant(DAY_S, "outbox.forget"),
    "forget-old-messages": _in_each_tenant(DAY_S, "notifications.forget"),
    "forget-old-events": _every(DAY_S, "inbox.forget"),
    "compare-the-books-with-stripe": _in_each_tenant(DAY_S, "payments.reconcile"),
}

# What the timetable has goes there by its name, whoever sends it: also what it hands on.
ROUTES: dict[str, dict[str, Any]] = {
    name: {"queue": SWEEPS_QUEUE}
    for name in (
        *(entry["task"] for entry in SCHEDULE.values()),
        *(entry["kwargs"].get("task_name") for entry in SCHEDULE.values()),
        "queueing.read_notes",
    )
    if name
} | {
    # Whoever has paid gets tickets first; then follows what is done about an order that has them
    # (to write to its buyer, to look at who bought), and the mail, which draws them once more. In
    # Valkey 9 is the lowest of four priorities, and 0 what nobody names.
    "outbox.deliver": {"priority": 6},
    "notifications.send": {"priority": 9},
}
