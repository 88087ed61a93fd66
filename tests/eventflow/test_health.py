"""What a proxy asks before it sends requests: each part that is away by name, in a bounded time."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from eventflow import live
from eventflow.local.children import free_port
from public_apps.tenants.domain import TenantRecord
from tests.support.http import client_at
from tests.support.servers import buyer, serving

ALL = {"postgresql": True, "holds": True, "cache": True}


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"redis://:hunter2@127.0.0.1:{listener.getsockname()[1]}/0"


def readiness(tenant: TenantRecord) -> tuple[int, dict[str, Any], str]:
    answer = client_at(tenant).get("/readyz")
    text = answer.content.decode()
    return answer.status_code, json.loads(text)["parts"], text


def test_a_process_that_reaches_everything_is_ready(live_tenant: TenantRecord) -> None:
    assert readiness(live_tenant)[:2] == (200, ALL)


@pytest.mark.parametrize(("name", "part"), [("HOLDS_URL", "holds"), ("CACHE_URL", "cache")])
def test_a_server_that_is_gone_or_silent_is_named_and_not_shown(
    live_tenant: TenantRecord, settings: Any, silent: str, name: str, part: str
) -> None:
    for url in (f"redis://:hunter2@127.0.0.1:{free_port()}/0", silent):
        setattr(settings, name, url)
        began = time.monotonic()
        status, parts, text = readiness(live_tenant)
        assert (status, parts) == (503, ALL | {part: False})
        assert time.monotonic() - began < 5
        assert "hunter2" not in text
        assert "127.0.0.1" not in text


@pytest.mark.parametrize("prefix", ["", "/live"])
def test_live_is_asked_at_both_places(
    live_tenant: TenantRecord, settings: Any, silent: str, prefix: str
) -> None:
    with serving(live.application) as address, buyer(address, live_tenant) as probe:
        assert probe.get(f"{prefix}/healthz").status_code == 200
        ready = probe.get(f"{prefix}/readyz")
        assert (ready.status_code, ready.json()["parts"]) == (200, {"holds": True})
    settings.HOLDS_URL = silent
    with serving(live.application) as address, buyer(address, live_tenant) as probe:
        away = probe.get(f"{prefix}/readyz")
        assert (away.status_code, away.json()["parts"]) == (503, {"holds": False})
        assert probe.get(f"{prefix}/healthz").status_code == 200
