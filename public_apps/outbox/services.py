"""Publishing facts and keeping count of who has heard of them.

The fact is written in the transaction that makes it true. Delivery starts after the commit; what a
crash leaves behind is found by a sweep. So every subscriber hears of every fact at least once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q

from kernel import clock
from kernel.db import delete_in_batches
from kernel.tasks import enqueue, enqueue_after_commit
from public_apps.outbox.models import Delivery, Fact

# Two may have the same one at once without harm. So the lease is only as long as the work usually
# takes, and what a killed worker had in hand waits for half a minute.
LEASE = timedelta(seconds=30)
# 2, 4, 8 … seconds after a failure, at most an hour.
LONGEST_WAIT = timedelta(hours=1)
SWEEP_AT_MOST = 500

_subscribers: dict[str, list[str]] = defaultdict(list)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery, leased: what the subscriber's task is called with."""

    delivery_id: int
    task_name: str
    fact_id: int
    subject: str
    payload: dict[str, Any]


def subscribe(kind: str, task_name: str) -> None:
    """Have a tenant task called for every fact of this kind. Called in `AppConfig.ready()`."""
    if task_name not in _subscribers[kind]:
        _subscribers[kind].append(task_name)


def publish(*, kind: str, subject: str, payload: dict[str, Any] | None = None) -> int:
    """Write a fact and what is owed to its subscribers, in the caller's transaction; its id."""
    fact = Fact.objects.create(kind=kind, subject=subject, payload=payload or {}, at=clock.now())
    deliveries = Delivery.objects.bulk_create(
        Delivery(fact=fact, task_name=task_name) for task_name in _subscribers[kind]
    )
    for delivery in deliveries:
        enqueue_after_commit("outbox.deliver", delivery_id=delivery.pk)
    return fact.pk


def lease(*, delivery_id: int) -> Parcel | None:
    """Take a delivery for one attempt; None when it is done or in other hands."""
    now = clock.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    leased = Delivery.objects.filter(free, pk=delivery_id, delivered_at__isnull=True).update(
        lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    if not leased:
        return None
    delivery = Delivery.objects.select_related("fact").get(pk=delivery_id)
    return Parcel(
        delivery_id=delivery.pk,
        task_name=delivery.task_name,
        fact_id=delivery.fact_id,
        subject=delivery.fact.subject,
        payload=delivery.fact.payload,
    )


def record_delivered(*, delivery_id: int) -> None:
    """Note that the subscriber has done its part."""
    Delivery.objects.filter(pk=delivery_id).update(
        delivered_at=clock.now(), lease_until=None, error=""
    )


def record_failed(*, delivery_id: int, error: str) -> None:
    """Note the failure and wait longer each time before the sweep tries again."""
    delivery = Delivery.objects.get(pk=delivery_id)
    wait = min(timedelta(seconds=2 ** min(delivery.attempts, 12)), LONGEST_WAIT)
    Delivery.objects.filter(pk=delivery_id).update(
        lease_until=clock.now() + wait, error=error[:300]
    )


def sweep() -> int:
    """Send again what is undelivered and in nobody's hands; how many that were."""
    now = clock.now()
    # A fresh one was sent after its commit; only what has had the time to arrive is late.
    late = Q(lease_until__lt=now) | Q(
        lease_until__isnull=True, fact__at__lt=now - timedelta(seconds=10)
    )
    waiting = Delivery.objects.filter(late, delivered_at__isnull=True).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True)[:SWEEP_AT_MOST])
    for delivery_id in ids:
        enqueue("outbox.deliver", delivery_id=delivery_id)
    return len(ids)


def forget_delivered() -> int:
    """Delete old facts that everybody has heard of; how many. One that is owed stays."""
    owed = Delivery.objects.filter(fact=OuterRef("pk"), delivered_at__isnull=True)
    before = clock.now() - timedelta(days=settings.KEEP_FACTS_DAYS)
    return delete_in_batches(Fact.objects.filter(~Exists(owed), at__lt=before))
