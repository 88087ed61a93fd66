"""While PostgreSQL is away organizers stay known, and whoever needs it hears when to come back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection, transaction

from eventflow.local.children import free_port
from kernel.db import public_context
from public_apps.tenants import queries
from public_apps.tenants.domain import TenantRecord
from tests.support.http import client_at


@pytest.fixture
def away(live_tenant: TenantRecord) -> Iterator[None]:
    """A database whose port refuses, after both organizers' hosts were asked for once."""
    queries.find_tenant_at(live_tenant.primary_host)
    queries.find_tenant(live_tenant.schema_name)
    pool = connection.settings_dict["OPTIONS"]["pool"]
    port, timeout = connection.settings_dict["PORT"], pool["timeout"]
    connection.close()
    connection.close_pool()
    connection.settings_dict["PORT"] = str(free_port())
    pool["timeout"] = 0.2
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()
        connection.settings_dict["PORT"] = port
        pool["timeout"] = timeout


def let_the_cache_run_out() -> None:
    queries._by_host.fresh.clear()
    queries._by_schema.fresh.clear()


def test_an_organizer_stays_known(away: None, live_tenant: TenantRecord) -> None:
    let_the_cache_run_out()
    assert queries.find_tenant_at(live_tenant.primary_host) == live_tenant
    assert queries.find_tenant(live_tenant.schema_name) == live_tenant
    assert queries.cached_tenant_at(live_tenant.primary_host) == (True, live_tenant), (
        "the next request does not wait again"
    )
    with pytest.raises(OperationalError):
        queries.find_tenant_at("nobody.localhost")


def test_what_was_forgotten_is_not_made_up(away: None, live_tenant: TenantRecord) -> None:
    queries.forget_cached()
    with pytest.raises(OperationalError):
        queries.find_tenant_at(live_tenant.primary_host)


def test_a_page_that_needs_the_database_says_when_to_come_back(
    away: None, live_tenant: TenantRecord
) -> None:
    let_the_cache_run_out()
    answer = client_at(live_tenant, raise_request_exception=False).get("/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert "We will be right back" in answer.content.decode()


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_so_does_a_request_whose_organizer_cannot_be_looked_up(
    away: None, live_tenant: TenantRecord, accept: str
) -> None:
    queries.forget_cached()
    client = client_at(live_tenant, raise_request_exception=False)
    answer = client.get("/", headers={"accept": accept})
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert answer["X-Request-Id"]
    assert answer["Content-Type"].startswith(
        "text/html" if accept == "text/html" else "application/problem+json"
    )


def test_what_needs_no_database_is_answered(away: None, live_tenant: TenantRecord) -> None:
    let_the_cache_run_out()
    assert client_at(live_tenant).get("/healthz").status_code == 200
    assert client_at(live_tenant).get("/nowhere").status_code == 404
    unready = client_at(live_tenant).get("/readyz")
    assert unready.status_code == 503
    assert unready.json()["parts"] == {"postgresql": False, "holds": True, "cache": True}


def test_a_mistake_of_ours_is_still_one(
    live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "find_tenant_at", lambda host: 1 // 0)
    answer = client_at(live_tenant, raise_request_exception=False).get("/")
    assert answer.status_code == 500


def test_inside_a_transaction_nothing_is_hidden(live_tenant: TenantRecord) -> None:
    def gone(host: str) -> None:
        raise OperationalError

    book = queries._Book()
    book.look_up("a", lambda name: live_tenant)
    book.fresh.clear()
    assert book.look_up("a", gone) == live_tenant
    book.fresh.clear()
    with pytest.raises(OperationalError), public_context(), transaction.atomic():
        book.look_up("a", gone)
