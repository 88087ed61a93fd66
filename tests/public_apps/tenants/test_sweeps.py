"""Sweeps have a queue of their own: they stand in front of nothing that somebody waits for."""

from __future__ import annotations

import pytest
from celery import current_app
from django.conf import settings

from kernel import clock, tasks
from kernel.db import public_context
from public_apps.outbox import services as outbox
from public_apps.outbox.models import Delivery, Fact
from public_apps.tenants import tasks as tenant_sweeps
from public_apps.tenants.domain import TenantRecord
from tests.support.queue import drain, waiting

WORK, SWEEPS = settings.WORK_QUEUE, settings.SWEEPS_QUEUE


def test_a_sweep_through_every_tenant_stands_in_front_of_nobody(
    live_tenant: TenantRecord, other_tenant: TenantRecord
) -> None:
    with public_context():
        tenant_sweeps.in_each(task_name="outbox.sweep_tenant", expires_s=20)
    tasks.enqueue("notifications.send", message_id=1)
    assert [name for name, _ in waiting(WORK)] == ["notifications.send"]
    swept = waiting(SWEEPS)
    assert {name for name, _ in swept} == {"outbox.sweep_tenant"}
    schemas = {arguments["schema_name"] for _, arguments in swept}
    assert {live_tenant.schema_name, other_tenant.schema_name} <= schemas


def test_what_follows_waits_for_whoever_waits_for_tickets(live_tenant: TenantRecord) -> None:
    tasks.enqueue("notifications.send", message_id=1)
    tasks.enqueue("outbox.deliver", delivery_id=1)
    with public_context():
        tasks.enqueue("inbox.apply", envelope_id=1)

    assert [name for name, _ in waiting(WORK)] == [
        "inbox.apply", "outbox.deliver", "notifications.send",
    ]  # fmt: skip


def test_what_a_sweep_finds_is_work(live_tenant: TenantRecord) -> None:
    fact = Fact.objects.create(kind="thing.done", subject="1", at=clock.now())
    delivery = Delivery.objects.create(fact=fact, task_name="tests.nobody")
    Delivery.objects.filter(pk=delivery.pk).update(lease_until="2020-01-01T00:00:00Z")
    assert outbox.sweep() == 1
    assert waiting(SWEEPS) == []
    assert [name for name, _ in waiting(WORK)] == ["outbox.deliver"]


def test_both_queues_are_run(live_tenant: TenantRecord) -> None:
    tasks.enqueue("outbox.sweep_tenant")
    assert drain() == ["outbox.sweep_tenant"]


@pytest.mark.parametrize("entry", sorted(settings.CELERY_BEAT_SCHEDULE))
def test_all_that_beat_sends_goes_to_the_sweeps(entry: str) -> None:
    sent = settings.CELERY_BEAT_SCHEDULE[entry]
    for name in (sent["task"], sent.get("kwargs", {}).get("task_name", sent["task"])):
        route = current_app.amqp.router.route({}, name)
        assert route["queue"].name == SWEEPS


def test_a_worker_that_is_not_told_which_takes_both() -> None:
    assert set(current_app.amqp.queues.consume_from) == {WORK, SWEEPS}
