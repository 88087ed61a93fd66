from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from oauth2_provider.models import get_access_token_model

from kernel import clock
from kernel.db import tenant_context
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access import services
from tenant_apps.access.api import base
from tenant_apps.access.domain import SYSTEM
from tenant_apps.access.models import Client
from tests.support.api import ApiClient, api_client, ask_for_token, ensure_problem, told
from tests.support.http import client_at
from tests.tenant_apps.access.api_urls_for_tests import CountView


@pytest.fixture
def api(live_tenant: TenantRecord) -> ApiClient:
    return api_client(live_tenant)


@pytest.fixture
def counting(api: ApiClient, settings: Any) -> ApiClient:
    settings.TENANT_URLCONF = "tests.tenant_apps.access.api_urls_for_tests"
    CountView.total[0] = 0
    api.django.raise_request_exception = False
    return api


# Tokens ---------------------------------------------------------------------------------------


def test_a_token_says_whose_it_is(api: ApiClient) -> None:
    answer = api.get("/api/v1/client")
    assert answer.status_code == 200
    assert told(answer) == {
        "id": api.public_id,
        "name": "Box office",
        "scopes": ["events:read", "orders:read", "orders:refund", "tickets:redeem", "venues:edit"],
    }


def test_a_token_may_be_asked_for_with_fewer_scopes_and_not_with_more(
    live_tenant: TenantRecord,
) -> None:
    with tenant_context(live_tenant.schema_name):
        client, secret = services.create_client(
            name="Gate", scopes=["tickets:redeem", "events:read"], actor=SYSTEM
        )
    fewer = told(ask_for_token(live_tenant, client.client_id, secret, scope="tickets:redeem"))
    assert fewer["scope"] == "tickets:redeem"
    assert fewer["expires_in"] == 3600
    more = ask_for_token(live_tenant, client.client_id, secret, scope="orders:refund")
    assert (more.status_code, told(more)["error"]) == (400, "invalid_scope")


def test_secrets_and_tokens_are_stored_as_hashes(api: ApiClient) -> None:
    token = get_access_token_model().objects.get()
    assert token.token == ""
    assert api.token not in str(vars(token))
    assert Client.objects.get().client_secret.count("$") > 1


@pytest.mark.parametrize(
    "grant", ["password", "authorization_code", "refresh_token", "implicit",
              "urn:ietf:params:oauth:grant-type:device_code", "", "x\0y"],
)  # fmt: skip
def test_there_is_one_grant(live_tenant: TenantRecord, grant: str) -> None:
    with tenant_context(live_tenant.schema_name):
        client, secret = services.create_client(
            name="Gate", scopes=["tickets:redeem"], actor=SYSTEM
        )
    answer = ask_for_token(live_tenant, client.client_id, secret, grant_type=grant)
    assert answer.status_code == 400
    assert told(answer)["error"] in ("unsupported_grant_type", "invalid_request")


@pytest.mark.parametrize(
    "path", ["/oauth/authorize/", "/oauth/applications/", "/oauth/introspect/", "/oauth/device/",
             "/.well-known/oauth-authorization-server"],
)  # fmt: skip
def test_the_toolkits_other_doors_are_not_there(live_tenant: TenantRecord, path: str) -> None:
    assert client_at(live_tenant).get(path).status_code == 404


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [("nobody", "x"), ("a\0b", "x"), ("x" * 5000, "y"), ("", ""), ("é", "ü")],
)
def test_a_client_that_is_none_gets_no_token(
    live_tenant: TenantRecord, client_id: str, secret: str
) -> None:
    answer = ask_for_token(live_tenant, client_id, secret)
    assert answer.status_code == 401
    assert told(answer)["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("content_type", "body", "query"),
    [
        ("application/json", b'{"grant_type": "client_credentials"}', ""),
        ("application/x-www-form-urlencoded", b"\xff\xfe=%zz&grant_type=client_credentials", ""),
        ("application/x-www-form-urlencoded", b"grant_type=client_credentials", "?a=%zz&b=\x7f"),
        ("application/x-www-form-urlencoded",
         b"grant_type=client_credentials&resource=http://[&client_id=a%00&client_secret=b", ""),
        ("multipart/form-data", b"rubbish", ""),
    ],
)  # fmt: skip
def test_rubbish_gets_no_token(
    live_tenant: TenantRecord, content_type: str, body: bytes, query: str
) -> None:
    answer = client_at(live_tenant).generic(
        "POST", f"/oauth/token/{query}", body, content_type=content_type
    )
    assert answer.status_code in (400, 401)


def test_a_form_of_megabytes_gets_no_token(live_tenant: TenantRecord) -> None:
    answer = client_at(live_tenant).post("/oauth/token/", {"grant_type": "x" * 100_000})
    ensure_problem(answer, 413, "body_too_large")


def test_guessing_secrets_ends_in_429(live_tenant: TenantRecord) -> None:
    statuses = [ask_for_token(live_tenant, "nobody", str(turn)).status_code for turn in range(32)]
    assert statuses[:30] == [401] * 30
    assert statuses[-1] == 429


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer rubbish", "Basic YTpi", "Bearer a b\t"])
def test_without_a_good_token_nothing_is_said(api: ApiClient, header: str) -> None:
    answer = api.get("/api/v1/client", authorization=header)
    ensure_problem(answer, 401, "invalid_token" if header else "unauthenticated")
    assert answer["WWW-Authenticate"].startswith('Bearer realm="api"')


def test_a_session_opens_no_api(live_tenant: TenantRecord) -> None:
    from tests.support.people import signed_in_member

    browser = signed_in_member(live_tenant)
    answer = browser.get("/api/v1/client", headers={"accept": "*/*"})
    ensure_problem(answer, 401, "unauthenticated")


def test_a_token_in_the_address_is_none(api: ApiClient) -> None:
    answer = api.get(f"/api/v1/client?access_token={api.token}", authorization="")
    ensure_problem(answer, 401, "unauthenticated")


def test_another_tenants_token_does_not_exist_here(
    api: ApiClient, other_tenant: TenantRecord
) -> None:
    answer = api.get("/api/v1/client", host=other_tenant.primary_host)
    ensure_problem(answer, 401, "invalid_token")
    answer = api.get("/api/v1/client", host="localhost")
    ensure_problem(answer, 404, "missing")


def test_an_expired_token_is_none(api: ApiClient) -> None:
    tokens = get_access_token_model().objects
    tokens.update(expires=clock.now() - timedelta(seconds=1))
    ensure_problem(api.get("/api/v1/client"), 401, "invalid_token")
    assert services.forget_expired_tokens() == 0
    tokens.update(expires=clock.now() - timedelta(hours=2))
    assert services.forget_expired_tokens() == 1


def test_revoking_a_client_ends_its_tokens(api: ApiClient) -> None:
    services.revoke_client(client_id=api.public_id, actor=SYSTEM)
    ensure_problem(api.get("/api/v1/client"), 401, "invalid_token")


def test_a_scope_that_was_taken_from_the_client_is_gone_from_its_tokens(api: ApiClient) -> None:
    Client.objects.update(scopes=["events:read"])
    assert told(api.get("/api/v1/client"))["scopes"] == ["events:read"]


def test_without_the_scope_it_is_refused(counting: ApiClient, live_tenant: TenantRecord) -> None:
    reader = api_client(live_tenant, "orders:read")
    answer = reader.post("/api/v1/count", {"by": 1})
    body = ensure_problem(answer, 403, "insufficient_scope")
    assert body["scope"] == "orders:refund"
    assert 'scope="orders:refund"' in answer["WWW-Authenticate"]


# Shape ----------------------------------------------------------------------------------------


def test_what_http_refuses_is_a_problem_too(counting: ApiClient) -> None:
    ensure_problem(counting.get("/api/v1/nothing"), 404, "missing")
    ensure_problem(counting.ask("DELETE", "/api/v1/client"), 405, "method_not_allowed")
    ensure_problem(counting.ask("OPTIONS", "/api/v1/client"), 405, "method_not_allowed")
    ensure_problem(counting.get("/api/v1/client", accept="text/html"), 406, "not_acceptable")
    answer = counting.post(
        "/api/v1/count", "by=1", content_type="application/x-www-form-urlencoded"
    )
    ensure_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body", [b"{", b"\xff", b'{"by": NaN}', b"[" * 60_000, b'{"by": 1}}', b'"\\ud800"']
)
def test_malformed_json_is_a_400(counting: ApiClient, body: bytes) -> None:
    ensure_problem(counting.post("/api/v1/count", body), 400, "malformed")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "by"),
        ({"by": "many"}, "by"),
        ({"by": 6}, "by"),
        ({"by": 10**30}, "by"),
        ({"by": 1, "also": 2}, "also"),
        ({"by": 1, "then": "x" * 21}, "then"),
        ({"by": 1, "then": "a\0b"}, "then"),
        ([1], "non_field_errors"),
        (None, "non_field_errors"),
    ],
)
def test_a_wrong_field_is_named(counting: ApiClient, body: Any, field: str) -> None:
    answer = counting.post("/api/v1/count", json.dumps(body))
    problem = ensure_problem(answer, 422, "invalid")
    assert [line["field"] for line in problem["errors"]] == [field]
    assert CountView.total[0] == 0


@pytest.mark.parametrize("query", ["x=1", "limit=5", "%00=1", "a=1&a=2"])
def test_a_query_that_means_nothing_is_refused(api: ApiClient, query: str) -> None:
    ensure_problem(api.get(f"/api/v1/client?{query}"), 422, "invalid")


def test_a_large_body_is_refused_before_it_is_read(counting: ApiClient) -> None:
    answer = counting.post("/api/v1/count", b" " * (base.MAX_BODY_BYTES + 1))
    ensure_problem(answer, 413, "body_too_large")


def test_a_mistake_of_ours_is_a_problem_that_tells_nothing(counting: ApiClient) -> None:
    answer = counting.post("/api/v1/count", {"by": 1, "then": "break"})
    body = ensure_problem(answer, 500, "internal_error")
    assert "ZeroDivision" not in str(body)


def test_answers_say_what_is_left(api: ApiClient) -> None:
    first, second = api.get("/api/v1/client"), api.get("/api/v1/client")
    assert first["RateLimit-Policy"] == '"client";q=120;w=12'
    assert second["RateLimit"] == '"client";r=118;t=1'
    assert first["Cache-Control"] == "no-store"


def test_a_busy_client_is_slowed_down_and_others_are_not(
    api: ApiClient, live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "CLIENT_CAPACITY", 3)
    monkeypatch.setattr(base, "CLIENT_REFILL_PER_S", 0.1)
    for _ in range(3):
        assert api.get("/api/v1/client").status_code == 200
    answer = api.get("/api/v1/client")
    ensure_problem(answer, 429, "too_many_requests")
    assert 1 <= int(answer["Retry-After"]) <= 10
    assert answer["RateLimit"].startswith('"client";r=0;')
    assert api_client(live_tenant).get("/api/v1/client").status_code == 200


def test_rubbish_tokens_from_one_address_are_slowed_down(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "ADDRESS_CAPACITY", 3)
    monkeypatch.setattr(base, "ADDRESS_REFILL_PER_S", 0.1)
    statuses = [
        api.get("/api/v1/client", authorization=f"Bearer {turn}").status_code for turn in range(4)
    ]
    assert statuses == [401, 401, 401, 429]


# Keys -----------------------------------------------------------------------------------------


def test_the_same_request_twice_counts_once(counting: ApiClient) -> None:
    first = counting.post("/api/v1/count", {"by": 2}, idempotency_key="k-1")
    again = counting.post("/api/v1/count", {"by": 2}, idempotency_key='"k-1"')
    assert (first.status_code, told(first)) == (201, {"total": 2})
    assert (again.status_code, told(again)) == (201, {"total": 2})
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert CountView.total[0] == 2


def test_a_refusal_of_the_operation_is_repeated_too(counting: ApiClient) -> None:
    first = counting.post("/api/v1/count", {"by": 2, "then": "refuse"}, idempotency_key="k")
    again = counting.post("/api/v1/count", {"by": 2, "then": "refuse"}, idempotency_key="k")
    assert ensure_problem(first, 409, "conflict") == ensure_problem(again, 409, "conflict")
    assert CountView.total[0] == 2


@pytest.mark.parametrize("then", ["busy", "break"])
def test_what_passes_by_itself_gives_the_key_back(counting: ApiClient, then: str) -> None:
    for _ in range(2):
        answer = counting.post("/api/v1/count", {"by": 1, "then": then}, idempotency_key="k")
        assert answer.status_code >= 500


def test_the_same_key_with_another_body_is_refused(counting: ApiClient) -> None:
    counting.post("/api/v1/count", {"by": 2}, idempotency_key="k")
    answer = counting.post("/api/v1/count", {"by": 3}, idempotency_key="k")
    ensure_problem(answer, 422, "idempotency_key_reused")
    assert CountView.total[0] == 2


def test_a_second_request_while_the_first_one_runs_is_told_to_wait(counting: ApiClient) -> None:
    from tenant_apps.access.models import Answer

    counting.post("/api/v1/count", {"by": 2}, idempotency_key="k")
    Answer.objects.update(status=None, lease_until=clock.now() + timedelta(seconds=30))
    answer = counting.post("/api/v1/count", {"by": 2}, idempotency_key="k")
    ensure_problem(answer, 409, "idempotency_key_in_use")
    assert answer["Retry-After"] == "2"


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "idempotency_key_missing"),
        ("x" * 129, "idempotency_key_malformed"),
        ("a b", "idempotency_key_malformed"),
        ("ä", "idempotency_key_malformed"),
    ],
)
def test_an_unsafe_request_needs_a_usable_key(counting: ApiClient, key: str, code: str) -> None:
    ensure_problem(counting.post("/api/v1/count", {"by": 1}, idempotency_key=key), 400, code)
    assert CountView.total[0] == 0


def test_a_wrong_body_takes_no_key(counting: ApiClient) -> None:
    counting.post("/api/v1/count", {"by": 9}, idempotency_key="k")
    assert counting.post("/api/v1/count", {"by": 1}, idempotency_key="k").status_code == 201
