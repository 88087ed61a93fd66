"""What the live process asks the database for: each thing once in a while, whoever asks for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from kernel import ids, recent
from kernel.db import tenant_context
from public_apps.tenants import queries as tenants
from public_apps.tenants.domain import TenantRecord
from tenant_apps.events.models import Performance
from tenant_apps.inventory.live import hall as halls
from tests.support.sale import put_on_sale

Asked = list[tuple[Any, ...]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The look-ups that reached the database."""
    counted: Asked = []

    def counting(real: Callable[..., Any]) -> Callable[..., Any]:
        def look(*arguments: Any) -> Any:
            counted.append(arguments)
            return real(*arguments)

        return look

    monkeypatch.setattr(halls, "_look_up", counting(halls._look_up))
    monkeypatch.setattr(tenants, "_tenant_at", counting(tenants._tenant_at))
    return counted


def test_an_unknown_performance_is_looked_for_once_also_by_many_at_once(
    live_tenant: TenantRecord, asked: Asked
) -> None:
    nobody = ids.new("prf")

    async def scan() -> None:
        hall = halls.Hall()
        many = (hall.performance(live_tenant.schema_name, nobody) for _ in range(50))
        assert set(await asyncio.gather(*many)) == {None}
        assert await hall.performance(live_tenant.schema_name, nobody) is None
        assert await hall.performance(live_tenant.schema_name, "rubbish") is None

    asyncio.run(scan())
    assert len(asked) == 1


def test_an_unknown_host_is_looked_for_once_also_by_many_at_once(
    live_tenant: TenantRecord, asked: Asked
) -> None:
    tenants.forget_cached()

    async def scan() -> None:
        hall = halls.Hall()
        many = (hall.tenant_at("nobody.localhost") for _ in range(50))
        assert set(await asyncio.gather(*many)) == {None}
        assert await hall.tenant_at("nobody.localhost") is None

    asyncio.run(scan())
    assert len(asked) == 1


def test_a_scan_drives_no_host_out_that_is_known(live_tenant: TenantRecord) -> None:
    tenants.find_tenant_at(live_tenant.primary_host)
    for number in range(2_100):
        tenants._by_host.look_up(f"{number}.nobody", lambda _: None)
    assert len(tenants._by_host.unknown) <= 2_000
    assert list(tenants._by_host._last.values()) == [live_tenant]


def test_what_is_published_after_it_was_asked_for_is_there_soon(
    live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    performance = put_on_sale()
    Performance.objects.filter(pk=performance.pk).update(state="draft")
    publish = Performance.objects.filter(pk=performance.pk)

    async def wait() -> None:
        hall = halls.Hall()
        assert await hall.performance(live_tenant.schema_name, performance.public_id) is None
        await asyncio.to_thread(in_tenant, live_tenant, lambda: publish.update(state="published"))
        later = time.monotonic() + halls.UNKNOWN_S
        monkeypatch.setattr(recent, "monotonic", lambda: later)
        assert await hall.performance(live_tenant.schema_name, performance.public_id)

    asyncio.run(wait())


def in_tenant(tenant: TenantRecord, act: Callable[[], object]) -> None:
    with tenant_context(tenant.schema_name):
        act()
