"""Which tenant a host leads to, without a query per request."""

from __future__ import annotations

from threading import Lock

from cachetools import TTLCache
from django.conf import settings

from kernel.db import current_schema, public_context
from kernel.postgresql.base import PUBLIC
from public_apps.tenants.domain import TenantRecord, TenantState
from public_apps.tenants.models import Domain, Tenant, record_of

MAX_HOST_LENGTH = 253
# Unknown hosts are remembered too, or a scan of random names would be a query each.
_by_host: TTLCache[str, TenantRecord | None] = TTLCache(10_000, ttl=settings.TENANT_CACHE_SECONDS)
_by_schema: TTLCache[str, TenantRecord | None] = TTLCache(10_000, ttl=settings.TENANT_CACHE_SECONDS)
_lock = Lock()


def host_name(host_header: str) -> str:
    """Return the host without its port, lower-case and without a final dot."""
    name = host_header.rsplit(":", 1)[0] if not host_header.endswith("]") else host_header
    return name.lower().rstrip(".")[: MAX_HOST_LENGTH + 1]


def is_public_host(host: str) -> bool:
    """Whether the host is the platform's own."""
    return host in settings.PUBLIC_HOSTS


def cached_tenant_at(host: str) -> tuple[bool, TenantRecord | None]:
    """Return (known to the cache, tenant) without ever touching the database."""
    with _lock:
        return (True, _by_host[host]) if host in _by_host else (False, None)


def find_tenant_at(host: str) -> TenantRecord | None:
    """Return the tenant whose domain this is; from the cache, or by one query in a while."""
    known, record = cached_tenant_at(host)
    if known:
        return record
    with public_context():
        domain = (
            Domain.objects.select_related("tenant")
            .filter(domain=host)
            .exclude(tenant__state=TenantState.ERASED)
            .first()
        )
        record = _record(domain.tenant) if domain else None
    with _lock:
        _by_host[host] = record
    return record


def find_tenant(schema_name: str) -> TenantRecord | None:
    """Return the tenant with this schema, erased ones too; cached like hosts."""
    with _lock:
        if schema_name in _by_schema:
            return _by_schema[schema_name]
    with public_context():
        tenant = Tenant.objects.filter(schema_name=schema_name).first()
        record = _record(tenant) if tenant else None
    with _lock:
        _by_schema[schema_name] = record
    return record


def current_tenant() -> TenantRecord:
    """Return the record of the tenant that this thread is in. Raises LookupError outside of one."""
    record = find_tenant(current_schema()) if current_schema() != PUBLIC else None
    if record is None:
        raise LookupError(f"{current_schema()!r} is no tenant's schema")
    return record


def all_tenants(*states: TenantState) -> list[TenantRecord]:
    """Return every tenant in one of the states (active ones unless named), by slug."""
    wanted = states or (TenantState.ACTIVE,)
    with public_context():
        return [
            _record(tenant) for tenant in Tenant.objects.filter(state__in=wanted).order_by("slug")
        ]


def standing_schemas() -> list[str]:
    """Return the schemas of all but erased tenants, by name: what a sweep walks through.

    Suspended ones too: their doors are closed, and their buyers' money goes on.
    """
    with public_context():
        return list(
            Tenant.objects.exclude(state=TenantState.ERASED)
            .order_by("schema_name")
            .values_list("schema_name", flat=True)
        )


def forget_cached() -> None:
    """Empty this process's cache: after a change here, and between tests."""
    with _lock:
        _by_host.clear()
        _by_schema.clear()


def url_of(record: TenantRecord, path: str) -> str:
    """Return an absolute address at the tenant's own host, for mails and Stripe."""
    default_port = {"http": 80, "https": 443}[settings.PUBLIC_SCHEME]
    port = "" if settings.PUBLIC_PORT in (0, default_port) else f":{settings.PUBLIC_PORT}"
    return f"{settings.PUBLIC_SCHEME}://{record.primary_host}{port}{path}"


def _record(tenant: Tenant) -> TenantRecord:
    primary = Domain.objects.filter(tenant=tenant).order_by("-is_primary", "pk").first()
    return record_of(tenant, primary.domain if primary else "")
