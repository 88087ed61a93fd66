"""Which tenant a host leads to, without a query per request."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from cachetools import LRUCache
from django.conf import settings
from django.db import connection

from kernel.db import AWAY, current_schema, public_context
from kernel.postgresql.base import PUBLIC
from kernel.recent import Recent
from public_apps.tenants.domain import TenantRecord, TenantState
from public_apps.tenants.models import Domain, Tenant, record_of

MAX_HOST_LENGTH = 253
CACHE_SIZE = 10_000
UNKNOWN_SIZE = 2_000


class _Book:
    """Tenants by a name of theirs: fresh for some seconds, and the last ones known for bad days."""

    def __init__(self) -> None:
        self.fresh: Recent[str, TenantRecord] = Recent(
            most=CACHE_SIZE, life_s=settings.TENANT_CACHE_SECONDS
        )
        # Apart, so that a scan of random names drives none out that is known.
        self.unknown: Recent[str, None] = Recent(
            most=UNKNOWN_SIZE, life_s=settings.TENANT_CACHE_SECONDS
        )
        self._last: LRUCache[str, TenantRecord] = LRUCache(CACHE_SIZE)
        self._lock = Lock()

    def cached(self, name: str) -> tuple[bool, TenantRecord | None]:
        """Return (known, tenant)."""
        known, record = self.fresh.find(name)
        return (True, record) if known else self.unknown.find(name)

    def last_known(self, name: str) -> TenantRecord | None:
        """Return what is cached, else what was true when it was."""
        known, record = self.cached(name)
        if known:
            return record
        with self._lock:
            return self._last.get(name)

    def look_up(
        self, name: str, query: Callable[[str], TenantRecord | None]
    ) -> TenantRecord | None:
        """Return what is cached, else ask; while the database is away the last answer stands."""
        known, record = self.cached(name)
        if known:
            return record
        in_transaction = connection.in_atomic_block
        try:
            with public_context():
                record = query(name)
        except AWAY:
            with self._lock:
                record = self._last.get(name)
            # A transaction is lost with its database, whatever we remember.
            if record is None or in_transaction:
                raise
        with self._lock:
            # Also when it is an old answer: not every request has to wait for the next try.
            if record is None:
                self.unknown.put(name, None)
                self._last.pop(name, None)
            else:
                self._last[name] = record
                self.fresh.put(name, record)
        return record

    def forget(self) -> None:
        with self._lock:
            self.fresh.clear()
            self.unknown.clear()
            self._last.clear()


_by_host, _by_schema = _Book(), _Book()


def host_name(host_header: str) -> str:
    """Return the host without its port, lower-case and without a final dot."""
    name = host_header.rsplit(":", 1)[0] if not host_header.endswith("]") else host_header
    return name.lower().rstrip(".")[: MAX_HOST_LENGTH + 1]


def is_public_host(host: str) -> bool:
    """Whether the host is the platform's own."""
    return host in settings.PUBLIC_HOSTS


def cached_tenant_at(host: str) -> tuple[bool, TenantRecord | None]:
    """Return (known to the cache, tenant) without ever touching the database."""
    return _by_host.cached(host)


def last_known_tenant_at(host: str) -> TenantRecord | None:
    """Return the last tenant known at a host, also when that was long ago; never by a query.

    For what must not wait and may be out of date: a line of the log, a turn.
    """
    return _by_host.last_known(host)


def find_tenant_at(host: str) -> TenantRecord | None:
    """Return the tenant whose domain this is; from the cache, or by one query in a while."""
    return _by_host.look_up(host, _tenant_at)


def find_tenant(schema_name: str) -> TenantRecord | None:
    """Return the tenant with this schema, erased ones too; cached like hosts."""
    return _by_schema.look_up(schema_name, _tenant_of)


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
    _by_host.forget()
    _by_schema.forget()


def url_of(record: TenantRecord, path: str) -> str:
    """Return an absolute address at the tenant's own host, for mails and Stripe."""
    default_port = {"http": 80, "https": 443}[settings.PUBLIC_SCHEME]
    port = "" if settings.PUBLIC_PORT in (0, default_port) else f":{settings.PUBLIC_PORT}"
    return f"{settings.PUBLIC_SCHEME}://{record.primary_host}{port}{path}"


def _tenant_at(host: str) -> TenantRecord | None:
    domain = (
        Domain.objects.select_related("tenant")
        .filter(domain=host)
        .exclude(tenant__state=TenantState.ERASED)
        .first()
    )
    return _record(domain.tenant) if domain else None


def _tenant_of(schema_name: str) -> TenantRecord | None:
    tenant = Tenant.objects.filter(schema_name=schema_name).first()
    return _record(tenant) if tenant else None


def _record(tenant: Tenant) -> TenantRecord:
    primary = Domain.objects.filter(tenant=tenant).order_by("-is_primary", "pk").first()
    return record_of(tenant, primary.domain if primary else "")
