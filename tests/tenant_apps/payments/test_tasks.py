"""What the broker and the clock set going."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction

from kernel import clock
from tenant_apps.payments import queries, services
from tenant_apps.payments.domain import RefundState
from tests.support import queue
from tests.support.payments import ask_back, paid
from tests.support.stripe import StripeDouble


@pytest.mark.usefixtures("live_account")
def test_a_refund_is_sent_after_the_commit_and_once(stripe_double: StripeDouble) -> None:
    paid(stripe_double)
    queue.drain(skip=("outbox.deliver",))
    with transaction.atomic():
        refund_id = ask_back()
        assert queue.waiting() == []

    assert queue.drain(skip=("outbox.deliver",))[0] == "payments.execute_refund"

    found = queries.find_refund(refund_id)
    assert found
    assert found.state is RefundState.SUCCEEDED
    assert len(stripe_double.state()["refunds"]) == 1


@pytest.mark.usefixtures("live_account")
def test_a_refund_that_was_rolled_back_is_never_sent(stripe_double: StripeDouble) -> None:
    paid(stripe_double)
    queue.drain()
    with transaction.atomic():
        ask_back()
        transaction.set_rollback(True)
    assert queue.waiting() == []


@pytest.mark.usefixtures("live_account")
def test_the_sweep_finds_what_the_broker_lost(stripe_double: StripeDouble) -> None:
    paid(stripe_double)
    ask_back()
    queue.waiting()  # the message is gone
    with clock.fixed(clock.now() + timedelta(minutes=1)):
        services.resend_refunds()
    queue.drain(skip=("outbox.deliver",))
    assert len(stripe_double.state()["refunds"]) == 1


def test_the_sweeps_are_on_the_timetable() -> None:
    planned = {entry["kwargs"].get("task_name") for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {"payments.sweep", "payments.reconcile"} <= planned
