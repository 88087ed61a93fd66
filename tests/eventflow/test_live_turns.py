"""Whose line a request stands in, who stands in none, and what is said when a line is full."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import orjson
import pytest

from eventflow import live
from eventflow.live import InTurn, tenant_at
from kernel.turns import Turns
from public_apps.tenants import queries as tenants
from public_apps.tenants.domain import TenantRecord
from tests.support.servers import buyer, serving

SCOPE = {"type": "http", "method": "GET", "path": "/", "headers": [], "tenant": "storm"}


async def answering(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def nothing() -> Any:
    raise AssertionError("nobody reads")


def test_a_full_line_is_answered_with_503_and_when_to_come_back() -> None:
    said: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def run() -> None:
        app = InTurn(answering)
        app.turns = Turns(alone=1, together=1, most_waiting=1)
        await asyncio.gather(*(app(dict(SCOPE), nothing, send) for _ in range(3)))

    asyncio.run(run())
    starts = [message for message in said if message["type"] == "http.response.start"]
    refused = next(message for message in starts if message["status"] == 503)
    assert sorted(message["status"] for message in starts) == [200, 200, 503]
    assert (b"retry-after", b"1") in refused["headers"]
    bodies = [message["body"] for message in said if message.get("body")]
    assert orjson.loads(bodies[0])["code"] == "busy"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/live/healthz", "/live/readyz"])
def test_a_probe_does_not_wait_behind_a_storm(
    live_tenant: TenantRecord, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: any other address of the same host waits."""
    nobody_begins = Turns(alone=0, together=0, most_waiting=1_000)
    with serving(live.application) as address, buyer(address, live_tenant) as probe:
        monkeypatch.setattr(live.application.app, "turns", nobody_begins)
        assert probe.get(path).status_code == 200
        with pytest.raises(httpx.ReadTimeout):
            probe.get("/live/nowhere", timeout=0.3)


def test_an_organizer_keeps_its_line_when_the_cache_has_just_forgotten_it(
    live_tenant: TenantRecord,
) -> None:
    host = live_tenant.primary_host
    tenants.forget_cached()
    assert tenant_at(host) == ""
    tenants.find_tenant_at(host)
    tenants._by_host.fresh.clear()  # the seconds of its life are over
    assert tenants.cached_tenant_at(host) == (False, None)
    assert tenant_at(host) == live_tenant.schema_name
    assert tenant_at("nobody.localhost") == ""
