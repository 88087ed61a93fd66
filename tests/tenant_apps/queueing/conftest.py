"""A performance with a waiting room, and the live process in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpx
import pytest

from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events.models import Performance
from tenant_apps.inventory import sessions
from tenant_apps.queueing import services
from tenant_apps.queueing.domain import Mode, RoomDraft
from tests.support.sale import put_on_sale
from tests.support.servers import buyer, serving


@dataclass
class House:
    address: str
    tenant: TenantRecord
    other: TenantRecord
    performance: Performance

    def url(self, rest: str) -> str:
        return f"/live/performances/{self.performance.public_id}/{rest}"

    def buyer(self) -> httpx.Client:
        return buyer(self.address, self.tenant)

    def partner(self, **headers: str) -> httpx.Client:
        """A page of another site: it keeps no cookies and sends what it has in headers."""
        client = self.buyer()
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        client.headers.update(headers)
        return client


def session_header(tenant: TenantRecord, session: str) -> dict[str, str]:
    return {sessions.HEADER: sessions.token_of(session, schema_name=tenant.schema_name)}


def switch_on(performance: Performance, mode: Mode = Mode.ON, **given: Any) -> None:
    draft = RoomDraft(mode=mode, **{"per_minute": 60_000, **given})
    services.set_room(performance_id=performance.pk, draft=draft, actor=SYSTEM)


@pytest.fixture
def house(live_tenant: TenantRecord, other_tenant: TenantRecord) -> Iterator[House]:
    from eventflow.live import application

    performance = put_on_sale()
    with serving(application) as address:
        yield House(address, live_tenant, other_tenant, performance)
