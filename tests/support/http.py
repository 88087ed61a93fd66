"""Asking the product as a browser or a program does: through every middleware, at a host."""

from __future__ import annotations

from typing import Any

from django.test import Client

from public_apps.tenants.domain import TenantRecord


def client_at(tenant: TenantRecord | None, **options: Any) -> Client:
    """A client whose requests go to the organizer's host, or to the platform's own."""
    host = tenant.primary_host if tenant else "localhost"
    return Client(headers={"host": host, "accept": "text/html"}, **options)
