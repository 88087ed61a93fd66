"""Every subscriber hears of every fact at least once, and of none that was rolled back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import transaction

from kernel import clock
from kernel.tasks import tenant_task
from public_apps.outbox import services
from public_apps.outbox.models import Delivery, Fact
from public_apps.tenants.domain import TenantRecord
from tests.support.queue import drain, waiting

TASKS = ("tests.hear_first", "tests.hear_second")


class Ears:
    """What the two subscribers have heard; the second one breaks when it is told to."""

    def __init__(self) -> None:
        self.heard: dict[str, list[tuple[int, str, dict[str, Any]]]] = defaultdict(list)
        self.is_broken = False

    def listener(self, name: str) -> Any:
        def hear(*, fact_id: int, subject: str, payload: dict[str, Any]) -> None:
            if self.is_broken and name == TASKS[1]:
                raise RuntimeError("not today")
            self.heard[name].append((fact_id, subject, payload))

        return hear


@pytest.fixture
def ears(live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ears]:
    made = Ears()
    monkeypatch.setattr(services, "_subscribers", defaultdict(list))
    for name in TASKS:
        tenant_task(name=name)(made.listener(name))
        services.subscribe("thing.done", name)
        services.subscribe("thing.done", name)  # twice is once
    yield made
    for name in TASKS:
        current_app.tasks.pop(name)


def publish() -> int:
    with transaction.atomic():
        return services.publish(kind="thing.done", subject="thi_1", payload={"n": 1})


def test_each_subscriber_hears_once(ears: Ears) -> None:
    fact_id = publish()
    assert drain() == ["outbox.deliver"] * 2
    assert ears.heard == {name: [(fact_id, "thi_1", {"n": 1})] for name in TASKS}
    assert services.sweep() == 0
    with clock.fixed(clock.now() + timedelta(hours=2)):
        assert services.sweep() == 0


def publish_but_second() -> int:
    with transaction.atomic():
        return services.publish(kind="thing.done", subject="thi_1", payload={"n": 1}, but=TASKS[1])


def test_a_part_that_the_publisher_does_is_not_sent(ears: Ears) -> None:
    fact_id = publish_but_second()
    services.record_told(fact_id=fact_id, task_name=TASKS[1])
    drain()

    assert ears.heard == {TASKS[0]: [(fact_id, "thi_1", {"n": 1})]}, "the others hear of it"
    with clock.fixed(clock.now() + timedelta(hours=2)):
        assert services.sweep() == 0


def test_one_told_part_is_not_anothers(ears: Ears) -> None:
    """The publisher did its own part; what was on its way to the others is lost."""
    fact_id = publish_but_second()
    services.record_told(fact_id=fact_id, task_name=TASKS[1])
    waiting()  # the message is lost
    with clock.fixed(clock.now() + timedelta(seconds=11)):
        assert services.sweep() == 1
        drain()
    assert ears.heard == {TASKS[0]: [(fact_id, "thi_1", {"n": 1})]}


def test_what_its_publisher_did_not_tell_is_swept_up(ears: Ears) -> None:
    fact_id = publish_but_second()
    drain()
    assert services.sweep() == 0, "the publisher has the lease"

    with clock.fixed(clock.now() + services.LEASE + timedelta(seconds=1)):
        assert services.sweep() == 1
        drain()
    assert ears.heard == {name: [(fact_id, "thi_1", {"n": 1})] for name in TASKS}


def test_nothing_is_heard_before_the_commit_nor_after_a_rollback(ears: Ears) -> None:
    with transaction.atomic():
        services.publish(kind="thing.done", subject="thi_1")
        assert waiting() == []
        transaction.set_rollback(True)
    assert waiting() == []
    assert not Fact.objects.exists()


def test_a_fact_that_nobody_waits_for_is_kept(ears: Ears) -> None:
    with transaction.atomic():
        services.publish(kind="other.thing", subject="thi_1")
    assert (waiting(), Fact.objects.count(), Delivery.objects.count()) == ([], 1, 0)


def test_a_message_that_comes_twice_delivers_once(ears: Ears) -> None:
    publish()
    messages = waiting()
    for name, arguments in messages * 2:
        current_app.tasks[name].run(**arguments)
    assert [len(ears.heard[name]) for name in TASKS] == [1, 1]


def test_what_a_crash_left_after_the_commit_is_swept_up(ears: Ears) -> None:
    publish()
    waiting()  # the messages are lost
    assert services.sweep() == 0, "they may still be on their way"
    with clock.fixed(clock.now() + timedelta(seconds=11)):
        assert services.sweep() == 2
        drain()
    assert [len(ears.heard[name]) for name in TASKS] == [1, 1]


def test_a_worker_that_died_with_the_lease_is_followed_by_another(ears: Ears) -> None:
    publish()
    waiting()
    [first, _] = Delivery.objects.order_by("pk")
    now = clock.now()
    with clock.fixed(now):
        assert services.lease(delivery_id=first.pk) is not None
        assert services.lease(delivery_id=first.pk) is None, "it is in other hands"
    with clock.fixed(now + services.LEASE + timedelta(seconds=1)):
        assert services.sweep() == 2
        drain()
        assert services.lease(delivery_id=first.pk) is None, "it is delivered"
    assert [len(ears.heard[name]) for name in TASKS] == [1, 1]


def test_one_that_fails_waits_longer_each_time_and_keeps_nobody_else_waiting(ears: Ears) -> None:
    ears.is_broken = True
    publish()
    now = clock.now()
    waits = []
    for _ in range(14):
        with clock.fixed(now):
            drain()
            delivery = Delivery.objects.get(task_name=TASKS[1])
            assert delivery.lease_until is not None
            waits.append((delivery.lease_until - now).total_seconds())
            now = delivery.lease_until + timedelta(seconds=1)
        with clock.fixed(now):
            assert services.sweep() == 1
    assert waits == [min(2**attempt, 3600) for attempt in range(1, 15)]
    assert "not today" in delivery.error
    assert len(ears.heard[TASKS[0]]) == 1

    ears.is_broken = False
    with clock.fixed(now):
        drain()
    assert len(ears.heard[TASKS[1]]) == 1
