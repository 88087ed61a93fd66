"""Publishing facts and keeping count of who has heard of them.

The fact is written in the transaction that makes it true. Delivery starts after the commit; what a
crash leaves behind is found by a sweep. So every subscriber hears of every fact at least once.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q

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

# Every sale writes and takes some of these: each is one statement.
WRITE = """
    WITH fact AS (
        INSERT INTO outbox_fact (kind, subject, payload, at) VALUES (%s, %s, %s, %s) RETURNING id
    ), owed AS (
        INSERT INTO outbox_delivery (fact_id, task_name, lease_until, attempts, error)
        SELECT fact.id, task_name, CASE WHEN task_name = %s THEN %s END, 0, ''
        FROM fact, unnest(%s::text[]) AS task_name RETURNING id, lease_until
    )
    SELECT fact.id, ARRAY(SELECT id FROM owed WHERE lease_until IS NULL ORDER BY id) FROM fact
"""
TAKE = """
    UPDATE outbox_delivery AS delivery SET lease_until = %s, attempts = attempts + 1
    FROM outbox_fact AS fact
    WHERE delivery.id = %s AND fact.id = delivery.fact_id AND delivery.delivered_at IS NULL
        AND (delivery.lease_until IS NULL OR delivery.lease_until < %s)
    RETURNING delivery.task_name, fact.id, fact.subject, fact.payload
"""

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


def publish(
    *, kind: str, subject: str, payload: dict[str, Any] | None = None, but: str = ""
) -> int:
    """Write a fact and what is owed to its subscribers, in the caller's transaction; its id.

    To the subscriber `but` nothing is sent: the caller does its part, right after the commit, and
    says so by `record_told`. Where it does not come to that, a lease runs out and the sweep sends.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE,
            [kind, subject, json.dumps(payload or {}), now, but, now + LEASE, _subscribers[kind]],
        )
        fact_id, delivery_ids = cursor.fetchone()
    for delivery_id in delivery_ids:
        enqueue_after_commit("outbox.deliver", delivery_id=delivery_id)
    return int(fact_id)


def record_told(*, fact_id: int, task_name: str) -> None:
    """Note that whoever published the fact has done this subscriber's part."""
    Delivery.objects.filter(fact=fact_id, task_name=task_name, delivered_at__isnull=True).update(
        delivered_at=clock.now(), lease_until=None
    )


def lease(*, delivery_id: int) -> Parcel | None:
    """Take a delivery for one attempt; None when it is done or in other hands."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [now + LEASE, delivery_id, now])
        taken = cursor.fetchone()
    if taken is None:
        return None
    task_name, fact_id, subject, payload = taken
    return Parcel(
        delivery_id=delivery_id,
        task_name=task_name,
        fact_id=fact_id,
        subject=subject,
        payload=json.loads(payload),
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
