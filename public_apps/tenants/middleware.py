"""Every request knows its tenant by its host, or gets no further."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kernel.db import public_context, tenant_context
from public_apps.tenants import queries

# A load balancer asks by address, not by name.
HEALTH_PATHS = frozenset({"/healthz", "/readyz"})


class TenantMiddleware:
    """Enter the tenant's schema for the length of the request, and leave it whatever happens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            host = queries.host_name(request.get_host())
        except DisallowedHost:
            return HttpResponse("Bad host name.", status=400, content_type="text/plain")
        if queries.is_public_host(host) or request.path in HEALTH_PATHS:
            return self._in_public(request)
        tenant = queries.find_tenant_at(host)
        if tenant is None:
            return render(request, "errors/no_such_organizer.html", status=404)
        if not tenant.is_active:
            answer = render(request, "suspended.html", {"tenant": tenant}, status=503)
            answer["Retry-After"] = "3600"
            return answer
        request.tenant = tenant  # type: ignore[attr-defined]
        request.urlconf = settings.TENANT_URLCONF
        structlog.contextvars.bind_contextvars(tenant=tenant.schema_name)
        with tenant_context(tenant.schema_name):
            return self.get_response(request)

    def _in_public(self, request: HttpRequest) -> HttpResponse:
        request.tenant = None  # type: ignore[attr-defined]
        request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
        with public_context():
            return self.get_response(request)
