"""A tenant's schema: made by replaying a dump, migrated, and known to be current or not.

2 s by migrations, a quarter of a second by the replay (see `docs/tenancy.md`). The dump is of a
migrated, empty schema and is kept in the public table `SchemaTemplate` under the fingerprint of
the migrations that made it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from kernel import clock, errors
from kernel.db import public_context, tenant_context
from kernel.postgresql.base import PUBLIC
from kernel.postgresql.roles import role_of
from public_apps.tenants.models import SchemaStatus, SchemaTemplate

log = structlog.get_logger(__name__)

# Long and strange, so that replacing it in the dump replaces nothing else.
TEMPLATE = "zz_eventflow_template_schema"
TEMPLATE_LOCK = 7_245_331


class NoPgDump(errors.Unavailable):
    code = "no_pg_dump"
    message = "pg_dump was not found. Install PostgreSQL's client programs or set PG_DUMP."


@cache
def fingerprint() -> str:
    """Return a digest of every migration on disk: names and contents."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    digest = hashlib.sha256()
    for app, name in sorted(loader.disk_migrations):
        module = sys.modules[loader.disk_migrations[app, name].__module__]
        digest.update(f"{app}.{name}\n".encode() + Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()


def create(schema_name: str) -> None:
    """Make an empty schema owned by its own role, in the caller's public transaction."""
    role = role_of(schema_name, connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
        # The login may become the tenant's role, and has none of its rights until it does.
        cursor.execute(
            sql.SQL("GRANT {} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE").format(
                sql.Identifier(role)
            )
        )
        cursor.execute(
            sql.SQL("CREATE SCHEMA {} AUTHORIZATION {}").format(
                sql.Identifier(schema_name), sql.Identifier(role)
            )
        )


def migrate(schema_name: str, *, mark: str | None = None) -> int:
    """Bring one schema up to date and note it; how many migrations ran."""
    mark = mark or fingerprint()
    _note(schema_name, SchemaStatus.Status.MIGRATING, mark="")
    try:
        with tenant_context(schema_name), _no_statement_limit():
            executor = MigrationExecutor(connection)
            plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
            executor.migrate(executor.loader.graph.leaf_nodes(), plan=plan)
    except Exception as error:
        _note(schema_name, SchemaStatus.Status.FAILED, mark="", error=str(error)[:2_000])
        raise
    _note(schema_name, SchemaStatus.Status.CURRENT, mark=mark)
    return len(plan)


def migrate_public(mark: str) -> None:
    """Bring the public schema up to date; first of all, for the notes are kept there."""
    with public_context():
        with _no_statement_limit():
            executor = MigrationExecutor(connection)
            executor.migrate(executor.loader.graph.leaf_nodes())
        _note(PUBLIC, SchemaStatus.Status.CURRENT, mark=mark)


def current_schemas(mark: str) -> set[str]:
    """Return the schemas that stand at this fingerprint already."""
    with public_context():
        rows = SchemaStatus.objects.filter(fingerprint=mark, status=SchemaStatus.Status.CURRENT)
        return set(rows.values_list("schema_name", flat=True))


def ensure_template() -> str:
    """Return the SQL of an empty, current tenant schema; made once per set of migrations."""
    mark = fingerprint()
    found = SchemaTemplate.objects.filter(fingerprint=mark).first()
    if found:
        return found.sql
    with connection.cursor() as cursor:
        # Two who need it at once: the second waits here and then finds the first one's.
        cursor.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
    try:
        found = SchemaTemplate.objects.filter(fingerprint=mark).first()
        if found:
            return found.sql
        return _make_template(mark)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [TEMPLATE_LOCK])


def replay(template: str, *, into: str) -> None:
    """Make the schema from the template, in the caller's public transaction."""
    create(into)
    role = role_of(into, connection.settings_dict["NAME"])
    script = re.sub(rf"\b{TEMPLATE}\b", into, template)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        # Without parameters psycopg sends the whole script at once.
        cursor.connection.execute(script)
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT set_config('search_path', %s, false)", [PUBLIC])
    _note(into, SchemaStatus.Status.CURRENT, mark=fingerprint())


def drop(schema_name: str) -> None:
    """Drop a schema with all that is in it, and its role; nothing happens when it is gone."""
    role = role_of(schema_name, connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            return
        cursor.execute(
            sql.SQL(
                "SET ROLE {}; DROP SCHEMA IF EXISTS {} CASCADE; RESET ROLE; DROP ROLE {}"
            ).format(sql.Identifier(role), sql.Identifier(schema_name), sql.Identifier(role))
        )


def _make_template(mark: str) -> str:
    log.info("making_tenant_template", fingerprint=mark[:12])
    drop(TEMPLATE)
    with transaction.atomic():
        create(TEMPLATE)
    migrate(TEMPLATE, mark=mark)
    script = _dump(TEMPLATE)
    drop(TEMPLATE)
    SchemaStatus.objects.filter(schema_name=TEMPLATE).delete()
    with transaction.atomic():
        SchemaTemplate.objects.exclude(fingerprint=mark).delete()
        SchemaTemplate.objects.create(fingerprint=mark, sql=script, made_at=clock.now())
    return script


def _dump(schema_name: str) -> str:
    database = connection.settings_dict
    command = [
        _pg_dump(),
        f"--schema={schema_name}",
        f"--role={role_of(schema_name, database['NAME'])}",
        "--no-owner",
        "--no-privileges",
        "--no-comments",
        "--rows-per-insert=500",
        f"--dbname={database['NAME']}",
    ]
    surroundings = {
        **os.environ,
        "PGHOST": database["HOST"],
        "PGPORT": str(database["PORT"]),
        "PGUSER": database["USER"],
        "PGPASSWORD": database["PASSWORD"],
        "PGOPTIONS": "",
    }
    done = subprocess.run(  # noqa: S603 - our own arguments, no shell
        command, env=surroundings, capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        raise RuntimeError(f"pg_dump failed: {done.stderr[:500]}")
    kept = (
        line
        for line in done.stdout.splitlines()
        # psql's own commands, settings that would outlive the replay, the schema itself.
        if line.strip()
        and not line.startswith(("\\", "--", "SET ", f"CREATE SCHEMA {schema_name}"))
    )
    return "\n".join(kept)


def _pg_dump() -> str:
    named = settings.PG_DUMP
    if named and Path(named).exists():
        return str(named)
    found = shutil.which("pg_dump")
    if not found:
        raise NoPgDump
    return found


@contextmanager
def _no_statement_limit() -> Iterator[None]:
    """Let statements take their time: an index on a large table, rows filled in.

    The limit on waiting for a lock stays: whoever waits for one holds up everybody behind.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET idle_in_transaction_session_timeout = 0")
    try:
        yield
    finally:
        # The connection goes back into the pool. One that is broken takes its settings along.
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout")
                cursor.execute("RESET idle_in_transaction_session_timeout")


def _note(schema_name: str, status: SchemaStatus.Status, *, mark: str, error: str = "") -> None:
    now = clock.now()
    done = status != SchemaStatus.Status.MIGRATING
    values: dict[str, Any] = {"status": status, "fingerprint": mark, "error": error}
    values |= {"finished_at": now} if done else {"started_at": now, "finished_at": None}
    with public_context():
        SchemaStatus.objects.update_or_create(
            schema_name=schema_name, defaults=values, create_defaults={"started_at": now, **values}
        )
