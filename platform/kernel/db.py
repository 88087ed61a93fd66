"""Which schema the database connection is in, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.models import Model, QuerySet
from django.db.models.constants import OnConflict
from django.db.utils import IntegrityError
from psycopg_pool import PoolTimeout

from kernel import errors
from kernel.postgresql.base import PUBLIC, DatabaseWrapper

# PostgreSQL does not answer, or has no connection for us: whoever can goes on with what is known.
AWAY = (OperationalError, InterfaceError, PoolTimeout)

BATCH, MOST_BATCHES = 1_000, 200


class NoSuchTenant(errors.Missing):
    code = "no_such_tenant"
    message = "There is no such organizer."


@contextmanager
def tenant_context(schema_name: str) -> Iterator[None]:
    """Run the block in one tenant's schema, under its role. Refuses inside a transaction."""
    wrapper = _wrapper()
    previous = wrapper.tenant
    wrapper.set_schema(schema_name)
    try:
        yield
    finally:
        wrapper.set_tenant(previous)


@contextmanager
def public_context() -> Iterator[None]:
    """Run the block among the public tables. Refuses inside a tenant's transaction."""
    with tenant_context(PUBLIC):
        yield


def current_schema() -> str:
    """Return the schema that this thread's connection is in."""
    return str(_wrapper().schema_name)


def ensure_tenant_exists() -> None:
    """Make the switch now rather than at the first query. Refuses with NoSuchTenant."""
    try:
        with connection.cursor():
            pass
    except DatabaseError as error:
        if isinstance(error.__cause__, psycopg.errors.InvalidParameterValue):
            raise NoSuchTenant(schema_name=current_schema()) from error
        raise


@contextmanager
def alone_in_database(name: str) -> Iterator[bool]:
    """Run the block as the only session with this name; False says another one has it.

    The lock belongs to the connection, so the death of a process gives it back at once. What a
    block left open goes back with the connection into the pool (`kernel.postgresql.pool`).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        # After a lost connection there is nothing to give back, and a new one says so by false.
        if is_ours and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def lend_connection_back() -> None:
    """Give this thread's connection back to the pool while it waits for somebody else.

    The next query takes another one, in the same schema. Inside a transaction nothing is done.
    """
    if not connection.in_atomic_block:
        connection.close()


def ensure_no_transaction() -> None:
    """Raise inside a transaction: what comes next takes a network's time, and is not undone.

    As `atomic(durable=True)` does, without the BEGIN and COMMIT of a transaction of its own.
    """
    # Each of the test harness' own transactions is no caller's.
    if any(not vars(block).get("_from_testcase") for block in connection.atomic_blocks):
        raise RuntimeError("A call over the network stands in no transaction.")


def insert_new(row: Model) -> bool:
    """Insert the row; False where a unique constraint has one already, which then stands.

    One statement and no savepoint: the caller's transaction goes on either way. Whoever inserts
    the same at the same moment is waited for. Django's bulk_create, which knows ON CONFLICT, does
    not say which rows are new.
    """
    meta = row._meta
    key = meta.pk
    fields = [
        field
        for field in meta.local_concrete_fields
        if not field.generated and (field is not key or row.pk is not None)
    ]
    told: list[Any] = type(row)._base_manager._insert(  # type: ignore[attr-defined]
        [row],
        fields=fields,
        returning_fields=meta.db_returning_fields,
        using=connection.alias,
        on_conflict=OnConflict.IGNORE,
    )
    if not told or told[0] is None:
        return False
    assert len(told) == 1, "one row was inserted"
    for value, field in zip(told[0], meta.db_returning_fields, strict=True):
        setattr(row, field.attname, value)
    row._state.adding, row._state.db = False, connection.alias
    return True


def delete_in_batches(rows: QuerySet[Any]) -> int:
    """Delete rows, oldest first, in short statements, up to a bound; how many."""
    deleted = 0
    for _ in range(MOST_BATCHES):
        pks = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
        rows.model._default_manager.filter(pk__in=pks).delete()
        deleted += len(pks)
        if len(pks) < BATCH:
            break
    return deleted


def violated_constraint(error: IntegrityError) -> str | None:
    """Return the name of the constraint that PostgreSQL refused by, if it said one."""
    cause = error.__cause__
    return cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None


def _wrapper() -> DatabaseWrapper:
    # Django's proxy picks this thread's connection; its type knows nothing of our backend.
    return cast(DatabaseWrapper, connection)
