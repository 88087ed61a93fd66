"""PostgreSQL itself keeps tenants apart. Each law of `docs/tenancy.md` has its test here."""

from __future__ import annotations

from contextlib import suppress

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.utils import ProgrammingError

from kernel.db import (
    NoSuchTenant,
    current_schema,
    ensure_tenant_exists,
    public_context,
    tenant_context,
)
from kernel.postgresql.base import PUBLIC, SwitchInTransaction
from kernel.postgresql.pool import is_connected
from public_apps.tenants.domain import TenantRecord


def one(query: str, *parameters: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchone()[0]


def test_a_tenant_has_its_own_role_and_its_own_path_alone(aurora: TenantRecord) -> None:
    with tenant_context(aurora.schema_name):
        assert one("SELECT current_setting('search_path')") == f'"{aurora.schema_name}"'
        assert str(one("SELECT current_user")).endswith(aurora.schema_name)
    assert one("SELECT current_user") == one("SELECT session_user")


def test_a_public_table_is_not_there_inside_a_tenant(aurora: TenantRecord) -> None:
    with (
        tenant_context(aurora.schema_name),
        pytest.raises(ProgrammingError, match="does not exist"),
    ):
        one("SELECT count(*) FROM tenants_tenant")


@pytest.mark.parametrize(
    "statement", ["SELECT count(*) FROM {}.identity_user", "DELETE FROM {}.identity_user"]
)
def test_another_tenants_table_is_refused_by_name(
    aurora: TenantRecord, other_tenant: TenantRecord, statement: str
) -> None:
    with (
        tenant_context(aurora.schema_name),
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        one(statement.format(other_tenant.schema_name))


def test_public_tables_are_refused_by_name_inside_a_tenant(aurora: TenantRecord) -> None:
    with (
        tenant_context(aurora.schema_name),
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        one("SELECT count(*) FROM public.tenants_tenant")


def test_the_login_alone_reads_no_tenant(aurora: TenantRecord) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        one(f"SELECT count(*) FROM {aurora.schema_name}.identity_user")


def test_the_login_is_no_superuser_and_inherits_nothing(database: None) -> None:
    rights = "SELECT rolsuper OR rolbypassrls OR rolinherit FROM pg_roles WHERE rolname = %s"
    inherits = "SELECT bool_or(inherit_option) FROM pg_auth_members WHERE member = %s::regrole"
    login = one("SELECT session_user")
    assert one(rights, login) is False
    assert one(f"{inherits} AND grantor = member", login) is False


def test_a_schema_that_does_not_exist_raises_and_leaves_nothing_usable(database: None) -> None:
    with tenant_context("t_never_made"):
        with pytest.raises(NoSuchTenant):
            ensure_tenant_exists()
        assert connection.connection is None
        with pytest.raises(DatabaseError):
            one("SELECT count(*) FROM tenants_tenant")
    assert one("SELECT count(*) FROM tenants_tenant") >= 2  # type: ignore[operator]


def test_a_transaction_belongs_to_one_tenant(
    aurora: TenantRecord, other_tenant: TenantRecord
) -> None:
    with tenant_context(aurora.schema_name), transaction.atomic():
        with pytest.raises(SwitchInTransaction), tenant_context(other_tenant.schema_name):
            pass
        with pytest.raises(SwitchInTransaction), public_context():
            pass
        assert one("SELECT 1") == 1


def test_a_connection_comes_out_of_the_pool_with_no_path_and_no_role(aurora: TenantRecord) -> None:
    with tenant_context(aurora.schema_name):
        one("SELECT 1")
        pool = connection.pool
        connection.close()
    for _ in range(pool.max_size // 2):
        raw = pool.getconn()
        try:
            row = raw.execute(
                "SELECT current_setting('search_path'), current_user = session_user"
            ).fetchone()
            raw.rollback()
        finally:
            pool.putconn(raw)
        assert row is not None
        assert aurora.schema_name not in row[0]
        assert row[1] is True


def test_a_rolled_back_switch_is_made_again(aurora: TenantRecord) -> None:
    """SET is transactional: the rollback of the transaction that switched takes the switch away."""
    with tenant_context(aurora.schema_name):
        connection.close()
        with suppress(ZeroDivisionError), transaction.atomic():
            one("SELECT 1")
            raise ZeroDivisionError
        assert one("SELECT current_setting('search_path')") == f'"{aurora.schema_name}"'


def test_who_comes_back_is_where_they_were_and_not_where_others_have_been(
    aurora: TenantRecord, other_tenant: TenantRecord
) -> None:
    def where() -> tuple[object, object]:
        return one("SELECT current_schema"), one("SELECT current_user")

    with tenant_context(aurora.schema_name):
        at_aurora = where()
        with tenant_context(other_tenant.schema_name):
            pass  # nothing is asked there
        assert where() == at_aurora
        with tenant_context(aurora.schema_name):
            assert where() == at_aurora
        with tenant_context(other_tenant.schema_name):
            assert where()[0] == other_tenant.schema_name
        assert where() == at_aurora
        connection.close()
        assert where() == at_aurora


def test_entering_a_schema_again_takes_no_statement(
    aurora: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[object] = []
    execute = psycopg.Connection.execute

    def counted(self: psycopg.Connection, query: object, *rest: object, **named: object) -> object:
        entered.append(query)
        return execute(self, query, *rest, **named)  # type: ignore[arg-type]

    with tenant_context(aurora.schema_name):
        one("SELECT 1")
        monkeypatch.setattr(psycopg.Connection, "execute", counted)
        with tenant_context(aurora.schema_name):
            one("SELECT 1")
        with public_context():
            pass
        one("SELECT 1")
        assert entered == []
        with public_context():
            one("SELECT 1")
        assert len(entered) == 1


def test_the_context_is_left_whatever_happens(aurora: TenantRecord) -> None:
    with pytest.raises(ZeroDivisionError), tenant_context(aurora.schema_name):
        raise ZeroDivisionError
    assert current_schema() == PUBLIC


def test_no_foreign_key_crosses_a_schema(database: None) -> None:
    crossing = """
        SELECT count(*) FROM pg_constraint c
        JOIN pg_class a ON a.oid = c.conrelid JOIN pg_class b ON b.oid = c.confrelid
        WHERE c.contype = 'f' AND a.relnamespace <> b.relnamespace
    """
    assert one("SELECT count(*) FROM pg_constraint WHERE contype = 'f'") > 0  # type: ignore[operator]
    assert one(crossing) == 0


def test_a_tenants_tables_belong_to_its_role(aurora: TenantRecord) -> None:
    strangers = """
        SELECT count(*) FROM pg_tables
        WHERE schemaname = %s AND tableowner NOT LIKE %s
    """
    assert one(strangers, aurora.schema_name, f"%{aurora.schema_name}") == 0


def test_a_connection_that_the_server_closed_is_known_without_asking(
    aurora: TenantRecord,
) -> None:
    """`get_new_connection` takes the next one from the pool when this says no."""
    one("SELECT 1")
    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("dbname", "user", "password", "host", "port")}
    with psycopg.connect(**wanted, autocommit=True) as idle:
        idle.execute("SELECT 1")
        assert is_connected(idle)
        one("SELECT pg_terminate_backend(%s, 5000)", idle.info.backend_pid)
        assert not is_connected(idle)
