"""`manage.py migrate` skips what is current, goes on after a failure, keeps a status."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any, ClassVar

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from kernel.db import public_context, tenant_context
from public_apps.tenants import schemas
from public_apps.tenants.domain import TenantRecord
from public_apps.tenants.models import SchemaStatus


@pytest.fixture
def tenants(aurora: TenantRecord, other_tenant: TenantRecord) -> Iterator[list[str]]:
    names = [aurora.schema_name, other_tenant.schema_name]
    yield names
    with public_context():
        for name in names:
            schemas.migrate(name)


def migrate(**options: object) -> str:
    said = StringIO()
    call_command("migrate", stdout=said, stderr=said, jobs=1, **options)
    return said.getvalue()


def test_schemas_that_are_current_are_skipped_without_a_look(tenants: list[str]) -> None:
    assert "2 up to date, 0 migrated, 0 failed" in migrate()


def test_a_schema_that_is_behind_is_brought_up_to_date(tenants: list[str]) -> None:
    SchemaStatus.objects.filter(schema_name=tenants[0]).update(fingerprint="older")
    with tenant_context(tenants[0]), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'audit' AND name LIKE '0002%'")
        cursor.execute("DROP TRIGGER audit_only_added ON audit_entry")
        cursor.execute("DROP FUNCTION audit_refuse_change()")
    assert "1 up to date, 1 migrated, 0 failed" in migrate()
    status = SchemaStatus.objects.get(schema_name=tenants[0])
    assert (status.status, status.fingerprint) == ("current", schemas.fingerprint())
    assert "2 up to date" in migrate()


def test_one_failure_is_noted_stops_no_other_and_is_taken_up_again(tenants: list[str]) -> None:
    SchemaStatus.objects.filter(schema_name__in=tenants).update(fingerprint="older")
    with tenant_context(tenants[0]), connection.cursor() as cursor:
        # The trigger is there already, so making it again fails.
        cursor.execute("DELETE FROM django_migrations WHERE app = 'audit' AND name LIKE '0002%'")
    with pytest.raises(CommandError, match=tenants[0]):
        migrate()
    failed = SchemaStatus.objects.get(schema_name=tenants[0])
    assert failed.status == "failed"
    assert "audit_refuse_change" in failed.error
    assert SchemaStatus.objects.get(schema_name=tenants[1]).status == "current"
    with tenant_context(tenants[0]), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_only_added ON audit_entry")
        cursor.execute("DROP FUNCTION audit_refuse_change()")
    assert "1 up to date, 1 migrated, 0 failed" in migrate()


def test_an_unknown_schema_is_named(tenants: list[str]) -> None:
    with pytest.raises(CommandError, match="t_nobody"):
        migrate(schema="t_nobody")


def test_a_statement_of_a_migration_may_last_and_none_after_it(
    tenants: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def limits() -> tuple[str, ...]:
        with connection.cursor() as cursor:
            found = []
            for name in ("statement_timeout", "lock_timeout"):
                cursor.execute(f"SHOW {name}")
                found.append(cursor.fetchone()[0])
            return tuple(found)

    class Executor(schemas.MigrationExecutor):
        seen: ClassVar[list[tuple[str, ...]]] = []

        def migrate(self, *arguments: Any, **options: Any) -> Any:
            self.seen.append(limits())
            return super().migrate(*arguments, **options)

    monkeypatch.setattr(schemas, "MigrationExecutor", Executor)
    schemas.migrate_public(schemas.fingerprint())
    schemas.migrate(tenants[0])

    assert Executor.seen == [("0", "5s")] * 2
    assert limits() == ("30s", "5s")
