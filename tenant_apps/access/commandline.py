"""What management commands about one house share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kernel.db import NoSuchTenant, tenant_context
from public_apps.tenants import queries as tenants
from public_apps.tenants.domain import TenantRecord, TenantState
from tenant_apps.access.domain import EVERYTHING, Actor

# Whoever has a shell on the machine; the audit trail says so.
COMMAND_LINE = Actor(kind="operator", ref="", name="command line", permissions=EVERYTHING)


@contextmanager
def inside_tenant(slug: str) -> Iterator[TenantRecord]:
    """Run the block in the organizer's schema. Refuses with NoSuchTenant."""
    known = tenants.all_tenants(TenantState.ACTIVE, TenantState.SUSPENDED)
    record = next((tenant for tenant in known if tenant.slug == slug), None)
    if record is None:
        raise NoSuchTenant(slug=slug)
    with tenant_context(record.schema_name):
        yield record
