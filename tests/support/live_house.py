"""A performance on sale with the live process in front of it: the fixture `house`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy

import httpx
import pytest

from public_apps.tenants.domain import TenantRecord
from tenant_apps.events.models import Performance
from tests.support.sale import put_on_sale
from tests.support.servers import buyer, serving


@dataclass
class House:
    """Where the live process is, at whose host, and for which performance."""

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


@pytest.fixture
def house(live_tenant: TenantRecord, other_tenant: TenantRecord) -> Iterator[House]:
    from eventflow.live import application

    performance = put_on_sale()
    with serving(application) as address:
        yield House(address, live_tenant, other_tenant, performance)
