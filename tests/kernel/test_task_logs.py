"""What a request asks of the worker can be found by the request's id."""

from __future__ import annotations

from collections.abc import Iterator
from queue import Queue
from typing import Any

import pytest
import structlog
from celery import current_app
from celery.contrib.testing.worker import start_worker

from kernel.tasks import enqueue, tenant_task
from public_apps.tenants.domain import TenantRecord

FIRST, SECOND = "tests.say_who_asked", "tests.say_who_asked_again"


@pytest.fixture
def said(live_tenant: TenantRecord) -> Iterator[Queue[dict[str, Any]]]:
    heard: Queue[dict[str, Any]] = Queue()

    def first() -> None:
        heard.put(dict(structlog.contextvars.get_contextvars()))
        enqueue(SECOND)

    def second() -> None:
        heard.put(dict(structlog.contextvars.get_contextvars()))

    tenant_task(name=FIRST)(first)
    tenant_task(name=SECOND)(second)
    with start_worker(current_app._get_current_object(), perform_ping_check=False):
        yield heard
    for name in (FIRST, SECOND):
        current_app.tasks.pop(name)


def test_the_id_of_a_request_goes_with_its_tasks(
    said: Queue[dict[str, Any]], live_tenant: TenantRecord
) -> None:
    with structlog.contextvars.bound_contextvars(request_id="abcdefgh-1234"):
        enqueue(FIRST)
    for name in (FIRST, SECOND):
        bound = said.get(timeout=20)
        assert (bound["task"], bound["request_id"]) == (name, "abcdefgh-1234")
        assert bound["tenant"] == live_tenant.schema_name


def test_a_task_that_no_request_asked_for_has_no_id(said: Queue[dict[str, Any]]) -> None:
    structlog.contextvars.clear_contextvars()
    enqueue(FIRST)
    for _ in (FIRST, SECOND):
        assert "request_id" not in said.get(timeout=20)
