"""What the live process says of its requests: what failed always, what went well when asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from structlog.typing import EventDict

from eventflow import live
from public_apps.tenants.domain import TenantRecord
from tests.support.sale import put_on_sale
from tests.support.servers import buyer, serving

Lines = list[EventDict]


@pytest.fixture
def lines() -> Iterator[Lines]:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as said:
        yield said


@pytest.fixture
def visitor(live_tenant: TenantRecord, lines: Lines) -> Iterator[httpx.Client]:
    with serving(live.application) as address, buyer(address, live_tenant) as client:
        yield client


def requests(lines: Lines) -> Lines:
    return [line for line in lines if line["event"] == "request"]


def test_what_went_well_has_an_id_and_no_line(visitor: httpx.Client, lines: Lines) -> None:
    place = f"/live/performances/{put_on_sale().public_id}/availability"
    answer = visitor.get(place, headers={"X-Request-Id": "abcdefgh-1234"})
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (200, "abcdefgh-1234")
    assert len(visitor.get(place, headers={"X-Request-Id": "x"}).headers["X-Request-Id"]) == 32
    assert visitor.get("/live/nowhere").status_code == 404
    assert requests(lines) == []


def test_when_asked_each_request_has_a_line_of_its_pattern(
    visitor: httpx.Client, lines: Lines, live_tenant: TenantRecord, settings: Any
) -> None:
    settings.LOG_LEVEL = "DEBUG"
    performance = put_on_sale().public_id
    place = f"/live/performances/{performance}/holds/hld_secret"
    visitor.get(place, headers={"X-Request-Id": "abcdefgh-1234"})
    visitor.get("/live/nowhere")

    first, second = requests(lines)
    assert first["route"] == "/live/performances/{performance}/holds/{hold}"
    assert (first["method"], first["status"]) == ("GET", 404)
    assert (first["request_id"], first["tenant"]) == ("abcdefgh-1234", live_tenant.schema_name)
    assert second["route"] == "(no route)"
    assert not any("hld_secret" in str(line) for line in lines)


@pytest.mark.parametrize("what", ["availability", "feed"])  # by the shortcut, by the router
def test_a_mistake_of_ours_always_has_a_line(
    visitor: httpx.Client, lines: Lines, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(live.inventory.Hall, "tenant_at", lambda *_: 1 // 0)
    answer = visitor.get(
        f"/live/performances/prf_x/{what}", headers={"X-Request-Id": "abcdefgh-1234"}
    )
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"] == "abcdefgh-1234"
    [line] = requests(lines)
    assert (line["status"], line["request_id"]) == (500, "abcdefgh-1234")
    [failed] = [line for line in lines if line["event"] == "live_failed"]
    assert failed["route"] == f"/live/performances/{{performance}}/{what}"
    assert failed["request_id"] == "abcdefgh-1234"
