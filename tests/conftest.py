"""The fixtures that every test may use; see `docs/testing.md`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection, transaction
from redis import Redis

from kernel.db import public_context, tenant_context
from kernel.postgresql.base import PUBLIC
from public_apps.tenants import queries, schemas, services
from public_apps.tenants.domain import TenantRecord
from tenant_apps.storefront.queries.seating import forget_cached as forget_sections
from tenant_apps.storefront.queries.sights import forget_cached as forget_sights
from tenant_apps.venues.queries import forget_cached as forget_plans
from tests.support.actors import Tester

pytest_plugins = (
    "tests.support.stripe",
    "tests.support.whole_run",
    "tests.support.live_house",
)

AURORA = "aurora"
BOREALIS = "borealis"

# Never emptied: what a schema is, rather than what happened in it.
KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission"}


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.Blocker) -> Iterator[None]:  # type: ignore[name-defined]
    """A database of its own, with two organizers, for each worker."""
    creation = connection.creation
    with django_db_blocker.unblock():
        worker = _worker()
        name = f"test_eventflow_{worker}"
        creation._create_test_db  # noqa: B018 - fails early if Django renames it
        _make_database(name)
        schemas.migrate_public(schemas.fingerprint())
        for slug, title in ((AURORA, "Aurora Theatre"), (BOREALIS, "Borealis Hall")):
            services.provision_tenant(
                slug=slug, name=title, actor=Tester(), contact_email=f"box@{slug}.example"
            )
    yield
    with django_db_blocker.unblock():
        connection.close()
        connection.close_pool()


def _worker() -> str:
    import os

    return os.environ.get("PYTEST_XDIST_WORKER", "gw0")


def _make_database(name: str) -> None:
    import psycopg

    parameters = connection.get_connection_params()
    parameters.pop("pool", None)
    parameters.pop("cursor_factory", None)
    parameters.pop("context", None)
    connection.close()
    connection.close_pool()
    with psycopg.connect(**parameters, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        _drop_roles(admin, name)
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _drop_roles(admin: object, name: str) -> None:
    rows = admin.execute(  # type: ignore[attr-defined]
        "SELECT rolname FROM pg_roles WHERE rolname LIKE %s", [f"ef\\_{name}\\_%"]
    ).fetchall()
    for (role,) in rows:
        admin.execute(f'DROP ROLE "{role}"'.encode())  # type: ignore[attr-defined]


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: pytest.Blocker) -> Iterator[None]:  # type: ignore[name-defined]
    """The database in the public schema; what a test commits it must clean up itself."""
    queries.forget_cached()
    forget_plans()
    forget_sections()
    forget_sights()
    with django_db_blocker.unblock(), public_context():
        yield


@pytest.fixture
def aurora(database: None) -> TenantRecord:
    """The organizer that most tests are about."""
    return _tenant(AURORA)


@pytest.fixture
def other_tenant(database: None) -> TenantRecord:
    """Another organizer, who must never show up."""
    return _tenant(BOREALIS)


def _tenant(slug: str) -> TenantRecord:
    record = next((t for t in queries.all_tenants() if t.slug == slug), None)
    assert record is not None, f"{slug} is gone: did a test erase it?"
    return record


@pytest.fixture
def tenant(aurora: TenantRecord, other_tenant: TenantRecord) -> Iterator[TenantRecord]:
    """In aurora's schema, inside a transaction that is rolled back at the end."""
    with tenant_context(aurora.schema_name):
        connection.allow_switch_in_transaction = True
        outermost = transaction.atomic()
        outermost._from_testcase = True  # durable blocks may open inside, as in Django's TestCase
        outermost.__enter__()
        try:
            yield aurora
        finally:
            transaction.set_rollback(True)
            outermost.__exit__(None, None, None)
            connection.allow_switch_in_transaction = False


@pytest.fixture
def live_tenant(
    aurora: TenantRecord, other_tenant: TenantRecord, valkey: Redis
) -> Iterator[TenantRecord]:
    """In aurora's schema with real commits: for races, HTTP and tasks. Emptied afterwards."""
    with tenant_context(aurora.schema_name):
        yield aurora
    for schema_name in (aurora.schema_name, other_tenant.schema_name, PUBLIC):
        empty_schema(schema_name)


KEPT_IN_PUBLIC = {
    "tenants_tenant",
    "tenants_domain",
    "tenants_schemastatus",
    "tenants_schematemplate",
}


def empty_schema(schema_name: str) -> None:
    """Empty every table of the schema that holds something."""
    with tenant_context(schema_name), connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [schema_name]
        )
        tables = [name for (name,) in cursor.fetchall()]
        tables = [t for t in tables if t not in KEPT_TABLES | KEPT_IN_PUBLIC]
        union = " UNION ALL ".join(
            f"(SELECT '{table}' FROM \"{table}\" LIMIT 1)" for table in tables
        )
        cursor.execute(union)
        full = ", ".join(f'"{name}"' for (name,) in cursor.fetchall())
        if full:
            cursor.execute(f"TRUNCATE {full} RESTART IDENTITY CASCADE")


@pytest.fixture
def valkey() -> Iterator[Redis]:
    """Valkey's databases of this worker, empty."""
    clients = [
        Redis.from_url(url) for url in (settings.HOLDS_URL, settings.BROKER_URL, settings.CACHE_URL)
    ]
    for client in clients:
        client.flushdb()
    yield clients[0]
    for client in clients:
        client.flushdb()
        client.close()
