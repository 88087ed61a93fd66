"""Members of a house, made and signed in."""

from __future__ import annotations

from django.test import Client

from kernel.db import tenant_context
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access import services
from tenant_apps.access.domain import SYSTEM
from tests.support.http import client_at

PASSWORD = "correct horse battery"


def signed_in_member(tenant: TenantRecord, role: str = "owner", email: str = "") -> Client:
    """Make a member with this role, by real commits, and sign in as they do: with the form."""
    email = email or f"{role}@{tenant.slug}.example"
    with tenant_context(tenant.schema_name):
        services.add_member(
            email=email, name=role.title(), role=role, password=PASSWORD, actor=SYSTEM
        )
    client = client_at(tenant)
    answer = client.post("/sign-in/", {"login": email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return client
