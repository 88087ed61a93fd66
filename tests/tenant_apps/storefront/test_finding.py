"""Who asks for lost links is counted by network, as far as our proxies noted it."""

from __future__ import annotations

from typing import Any

from public_apps.tenants.domain import TenantRecord
from tests.support.http import client_at

AT_ONCE = 10


def ask(tenant: TenantRecord, number: int, address: str) -> int:
    # Another mailbox each time: this is not about their own limit.
    return (
        client_at(tenant)
        .post(
            "/orders/",
            {"email": f"nobody{number}@example.org"},
            headers={"X-Forwarded-For": address},
        )
        .status_code
    )


def test_each_network_has_its_own_limit_behind_a_proxy(
    live_tenant: TenantRecord, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = 1
    answers = [ask(live_tenant, n, f"9.9.9.9, 2001:db8:0:1::{n:x}") for n in range(AT_ONCE + 1)]
    assert answers == [302] * AT_ONCE + [429]
    assert ask(live_tenant, 99, "2001:db8:0:2::1") == 302


def test_without_a_proxy_the_header_is_anybodys_claim(
    live_tenant: TenantRecord, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = 0
    answers = [ask(live_tenant, n, f"198.51.100.{n}") for n in range(AT_ONCE + 1)]
    assert answers == [302] * AT_ONCE + [429]
