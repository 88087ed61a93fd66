"""Pages that are kept for everybody: which they are, and that no organizer is shown another's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from eventflow.shared_pages import pages
from eventflow.wsgi import application
from kernel.db import tenant_context
from public_apps.tenants import queries as tenants
from public_apps.tenants.domain import TenantRecord
from tests.support.performances import make_event
from tests.tenant_apps.storefront.conftest import open_house

# A new page for everybody belongs here: it is then asked by two visitors of two organizers.
SHARED = {
    "": "/",
    "events/<slug:slug>/": "/events/hamlet/",
}


@pytest.fixture
def both(
    live_tenant: TenantRecord,
    other_tenant: TenantRecord,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[TenantRecord, TenantRecord]]:
    """Two organizers, each with an event of the same name in its address; pages are kept."""
    settings.SHARED_PAGE_SECONDS = 60
    monkeypatch.setattr(tenants._by_host.fresh, "life_s", 3_600)
    for tenant in (live_tenant, other_tenant):
        with tenant_context(tenant.schema_name):
            open_house(event=make_event(summary=f"Only at {tenant.name}"))
        # As after the first request to a host, however long a test takes.
        tenants.find_tenant_at(tenant.primary_host)
    pages.forget()
    yield live_tenant, other_tenant
    pages.forget()


def routes_for_everybody(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes_for_everybody(entry, route)
        elif isinstance(entry, URLPattern) and getattr(entry.callback, "is_for_everybody", False):
            yield route


def test_every_shared_page_is_tried_here() -> None:
    assert sorted(routes_for_everybody(get_resolver("eventflow.urls_tenant"))) == sorted(SHARED)
    assert not list(routes_for_everybody(get_resolver("eventflow.urls_public")))


def get(tenant: TenantRecord, path: str, visitor: str = "somebody") -> httpx.Response:
    with httpx.Client(transport=httpx.WSGITransport(app=application)) as browser:
        return browser.get(
            f"http://{tenant.primary_host}{path}?{visitor}", headers={"User-Agent": visitor}
        )


@pytest.mark.parametrize("path", SHARED.values())
def test_each_organizer_keeps_its_own_page(
    both: tuple[TenantRecord, TenantRecord], path: str
) -> None:
    for ours, theirs in (both, both[::-1]):
        first, again = get(ours, path), get(ours, path)
        assert first.status_code == 200
        assert f"Only at {ours.name}" in first.text
        assert theirs.name not in first.text
        assert again.content == first.content
    assert len({get(tenant, path).content for tenant in both}) == 2


@pytest.mark.parametrize("path", SHARED.values())
def test_two_visitors_get_the_same_bytes_and_no_cookie(
    both: tuple[TenantRecord, TenantRecord], path: str
) -> None:
    for tenant in both:
        anna, ben = get(tenant, path, "anna"), get(tenant, path, "ben")
        assert anna.content == ben.content
        assert anna.headers["ETag"] == ben.headers["ETag"]
        assert not anna.cookies
        assert not any(word in anna.text for word in ("anna", "csrf"))
