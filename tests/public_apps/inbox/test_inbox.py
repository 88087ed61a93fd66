"""A provider's event has its effect once it can, whatever breaks on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app

from kernel import clock
from kernel.db import current_schema, public_context
from kernel.tasks import tenant_task
from public_apps.inbox import services
from public_apps.inbox.models import Envelope, Route
from public_apps.tenants.domain import TenantRecord
from tests.support.queue import drain, waiting

TASK = "tests.apply_event"
EVENT: dict[str, Any] = {"id": "evt_1", "type": "thing.done", "account": "acct_1"}


class Provider:
    """Keeps bodies and applies events, and breaks when it is told to."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, str]] = []
        self.applied: list[tuple[str, str]] = []
        self.is_broken = False

    def store_body(self, *, event_id: str, **_: Any) -> None:
        self.bodies.append((current_schema(), event_id))

    def apply(self, *, event_id: str) -> None:
        if self.is_broken:
            raise RuntimeError("not today")
        self.applied.append((current_schema(), event_id))


@pytest.fixture
def provider(live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    made = Provider()

    def apply_event(*, event_id: str) -> None:
        made.apply(event_id=event_id)

    tenant_task(name=TASK)(apply_event)
    monkeypatch.setattr(services, "_handlers", dict(services._handlers))
    services.register("tests", store_body=made.store_body, forget_bodies=len, task_name=TASK)
    with public_context():
        yield made
    current_app.tasks.pop(TASK)


def route(schema_name: str) -> None:
    services.route_account(provider="tests", account="acct_1", schema_name=schema_name)


def receive() -> bool:
    return services.receive(provider="tests", event=EVENT)


def test_an_event_is_kept_and_applied_in_its_tenant(
    provider: Provider, live_tenant: TenantRecord
) -> None:
    route(live_tenant.schema_name)
    assert receive()
    assert drain() == ["inbox.apply"]
    assert provider.bodies == provider.applied == [(live_tenant.schema_name, "evt_1")]
    assert Envelope.objects.get().applied_at is not None


def test_an_event_that_comes_twice_is_applied_once(
    provider: Provider, live_tenant: TenantRecord
) -> None:
    route(live_tenant.schema_name)
    assert receive()
    assert not receive()
    assert drain() == ["inbox.apply", "inbox.apply"]
    assert not receive()
    assert drain() == []
    assert len(provider.applied) == 1


def test_an_event_of_nobody_is_kept_and_applied_when_it_comes_again_to_somebody(
    provider: Provider, live_tenant: TenantRecord
) -> None:
    assert receive()
    assert (drain(), provider.bodies, services.sweep()) == ([], [], 0)

    route(live_tenant.schema_name)
    assert not receive(), "it is the same event"
    assert drain() == ["inbox.apply"]
    assert provider.bodies == provider.applied == [(live_tenant.schema_name, "evt_1")]
    assert Envelope.objects.get().schema_name == live_tenant.schema_name


def test_an_account_never_changes_its_owner(
    provider: Provider, live_tenant: TenantRecord, other_tenant: TenantRecord
) -> None:
    route(live_tenant.schema_name)
    route(live_tenant.schema_name)
    with pytest.raises(services.AccountTaken):
        route(other_tenant.schema_name)
    assert Route.objects.get().schema_name == live_tenant.schema_name


def test_one_has_the_lease_and_a_lost_one_runs_out(
    provider: Provider, live_tenant: TenantRecord
) -> None:
    route(live_tenant.schema_name)
    receive()
    waiting()
    envelope = Envelope.objects.get()
    now = clock.now()
    with clock.fixed(now):
        assert services.lease(envelope_id=envelope.pk) is not None
        assert services.lease(envelope_id=envelope.pk) is None
        assert services.sweep() == 0
    with clock.fixed(now + services.LEASE + timedelta(seconds=1)):
        assert services.sweep() == 1
        assert drain() == ["inbox.apply"]
        assert services.lease(envelope_id=envelope.pk) is None, "it is applied"
    assert len(provider.applied) == 1


def test_what_a_crash_left_before_it_was_sent_is_swept_up(
    provider: Provider, live_tenant: TenantRecord
) -> None:
    route(live_tenant.schema_name)
    receive()
    waiting()  # the message is lost
    assert services.sweep() == 0, "it may still be on its way"
    with clock.fixed(clock.now() + timedelta(seconds=11)):
        assert services.sweep() == 1
        assert drain() == ["inbox.apply"]
    assert len(provider.applied) == 1


def test_a_failure_is_noted_and_waits_longer_each_time(
    provider: Provider, live_tenant: TenantRecord
) -> None:
    route(live_tenant.schema_name)
    provider.is_broken = True
    receive()
    now = clock.now()
    waits = []
    for _ in range(14):
        with clock.fixed(now):
            drain()
            envelope = Envelope.objects.get()
            assert envelope.lease_until is not None
            waits.append((envelope.lease_until - now).total_seconds())
            now = envelope.lease_until + timedelta(seconds=1)
        with clock.fixed(now):
            assert services.sweep() == 1
    assert waits == [min(2**attempt, 3600) for attempt in range(1, 15)]
    assert "not today" in envelope.error

    provider.is_broken = False
    with clock.fixed(now):
        drain()
    envelope.refresh_from_db()
    assert (envelope.error, envelope.lease_until) == ("", None)
    assert len(provider.applied) == 1
