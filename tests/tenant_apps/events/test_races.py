from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event

import pytest
from django.db import connection, transaction

from kernel import clock
from kernel.db import tenant_context
from public_apps.tenants.domain import TenantRecord
from tenant_apps.events import domain, queries, services
from tenant_apps.events.models import Performance
from tests.support.performances import OWNER, make_performance
from tests.support.races import all_at_once

WAIT_S = 20

Look = Callable[[int], Performance]


@pytest.fixture
def performance(live_tenant: TenantRecord) -> Performance:
    return make_performance()


@contextmanager
def thread_in(tenant: TenantRecord) -> Iterator[None]:
    try:
        with tenant_context(tenant.schema_name):
            yield
    finally:
        connection.close()


def lock(performance_id: int) -> Performance:
    return queries.lock_for_sale(performance_id, clock.now())


def look_only(performance_id: int) -> Performance:
    found = Performance.objects.get(pk=performance_id)
    domain.ensure_open(found, clock.now())
    return found


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def test_sales_run_side_by_side(live_tenant: TenantRecord, performance: Performance) -> None:
    def sell(_: int, gate: Barrier) -> None:
        with transaction.atomic():
            lock(performance.pk)
            gate.wait()  # every sale has the row before any of them ends

    assert all_at_once(live_tenant.schema_name, 4, sell) == {"done": 4}


def sell_while_somebody_cancels(tenant: TenantRecord, performance_id: int, look: Look) -> list[str]:
    """Let a sale look at the performance, then somebody cancel it; what ended, in order."""
    ended: list[str] = []
    looked, cancelled = Event(), Event()

    def sell() -> None:
        with thread_in(tenant), transaction.atomic():
            look(performance_id)
            looked.set()
            give_up = time.monotonic() + WAIT_S
            while not cancelled.is_set() and not somebody_waits_for_a_lock():
                assert time.monotonic() < give_up
            ended.append("cancelled" if cancelled.is_set() else "sold")

    def cancel() -> None:
        with thread_in(tenant):
            assert looked.wait(WAIT_S)
            services.cancel_performance(performance_id=performance_id, reason="", actor=OWNER)
            ended.append("cancelled")
            cancelled.set()

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(sell), threads.submit(cancel)]:
            done.result(timeout=WAIT_S)
    return ended


def test_who_cancels_waits_for_the_sale_that_runs(
    live_tenant: TenantRecord, performance: Performance
) -> None:
    ended = sell_while_somebody_cancels(live_tenant, performance.pk, lock)

    assert ended == ["sold", "cancelled"]
    with pytest.raises(domain.PerformanceCancelled), transaction.atomic():
        lock(performance.pk)


def test_the_race_is_real_without_the_lock(
    live_tenant: TenantRecord, performance: Performance
) -> None:
    """If this test fails, the one above proves nothing."""
    ended = sell_while_somebody_cancels(live_tenant, performance.pk, look_only)

    assert ended == ["cancelled", "cancelled"]
