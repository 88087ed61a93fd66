"""Log lines are JSON, know tenant and request, and hold no secret."""

from __future__ import annotations

import json

import pytest
import structlog
from redis import Redis

from kernel import logs
from public_apps.tenants.domain import TenantRecord
from tests.support.http import client_at


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
    assert (line["path"], line["status"]) == ("/healthz", 200)
    assert "secret" not in json.dumps(line)


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space here", "line\nbreak-here"])
def test_a_bad_request_id_is_replaced(live_tenant: TenantRecord, given: str) -> None:
    headers = {"X-Request-Id": given} if "\n" not in given else {}
    answer = client_at(live_tenant).get("/healthz", headers=headers)
    assert answer["X-Request-Id"] != given
    assert len(answer["X-Request-Id"]) == 32
