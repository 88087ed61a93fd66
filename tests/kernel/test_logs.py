"""Log lines are JSON, know tenant and request, and hold no secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from redis import Redis

from kernel import logs
from public_apps.tenants.domain import TenantRecord
from tenant_apps.checkout import queries as checkout
from tests.support.http import client_at
from tests.support.paid_orders import place_order


def test_secrets_are_blanked_out_by_name() -> None:
    line = logs.hide_secrets(
        None, "", {"event": "x", "api_key": "sk_1", "Authorization": "Bearer", "place": "A1"}
    )
    assert line == {"event": "x", "api_key": "[hidden]", "Authorization": "[hidden]", "place": "A1"}


def test_a_request_has_one_id_in_its_answer_and_its_log(
    live_tenant: TenantRecord, valkey: Redis
) -> None:
    with structlog.testing.capture_logs(
        processors=[structlog.contextvars.merge_contextvars]
    ) as said:
        answer = client_at(live_tenant).get(
            "/healthz?secret=x", headers={"X-Request-Id": "abcdefgh-1234"}
        )
    assert answer["X-Request-Id"] == "abcdefgh-1234"
    [line] = [entry for entry in said if entry["event"] == "request"]
    assert line["request_id"] == "abcdefgh-1234"
    assert (line["route"], line["status"]) == ("/healthz", 200)
    assert "secret" not in json.dumps(line)


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space here", "line\nbreak-here"])
def test_a_bad_request_id_is_replaced(live_tenant: TenantRecord, given: str) -> None:
    headers = {"X-Request-Id": given} if "\n" not in given else {}
    answer = client_at(live_tenant).get("/healthz", headers=headers)
    assert answer["X-Request-Id"] != given
    assert len(answer["X-Request-Id"]) == 32


KEYS = ("not-a-link-but-long-enough-0123456789", "1-abcdef-0123456789abcdef0123456789ab")
PLACES = ("/orders/{}/", "/orders/{}/status/", "/orders/{}/tickets.pdf", "/password/new/{}/")


class Lines(logging.Handler):
    """Each line as it is written, by the formatter of the product."""

    def __init__(self) -> None:
        super().__init__()
        [console] = [h for h in logging.getLogger().handlers if h.name == "console"]
        self.setFormatter(console.formatter)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    handler = Lines()
    logging.getLogger().addHandler(handler)
    try:
        yield handler.lines
    finally:
        logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("place", PLACES)
def test_no_line_carries_the_key_of_an_address(
    live_tenant: TenantRecord, lines: list[str], place: str, key: str
) -> None:
    client = client_at(live_tenant, enforce_csrf_checks=True)
    client.get(place.format(key))
    client.post(place.format(key), {"password1": "x"})
    client.get(f"/nowhere/{key}")

    assert any('"route"' in line for line in lines)
    assert [line for line in lines if key in line] == []


def test_no_line_carries_the_link_of_an_order(
    live_tenant: TenantRecord, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    link = checkout.order_link(place_order())
    token = link.strip("/").split("/")[-1]
    client = client_at(live_tenant, raise_request_exception=False)

    assert client.get(link).status_code == 200
    monkeypatch.setattr(checkout, "order_by_link", lambda token: 1 // 0)
    assert client.get(link).status_code == 500

    [said] = [line for line in lines if "ZeroDivisionError" in line]
    assert "Internal Server Error: /orders/<str:token>/" in said
    assert [line for line in lines if token in line] == []
