"""Bring the public schema and every tenant's up to date."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, connections
from django.db.migrations.autodetector import MigrationAutodetector

from kernel.db import public_context
from public_apps.tenants import queries, schemas
from public_apps.tenants.domain import TenantState


class Command(BaseCommand):
    # Django's checks compare it with that of makemigrations.
    autodetector = MigrationAutodetector
    help = (
        "Migrate the public schema, then every tenant's: those that are up to date are skipped, "
        "the rest run in parallel, and what failed or was cut off is taken up again next time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--schema", help="only this tenant's schema")
        parser.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1))
        parser.add_argument(
            "--check-all", action="store_true", help="look into schemas that are noted as current"
        )

    def handle(self, *, schema: str | None, jobs: int, check_all: bool, **options: Any) -> None:
        started = time.monotonic()
        mark = schemas.fingerprint()
        if schema is None:
            schemas.migrate_public(mark)
        with public_context():
            tenants = queries.all_tenants(TenantState.ACTIVE, TenantState.SUSPENDED)
            names = [tenant.schema_name for tenant in tenants]
        if schema is not None:
            if schema not in names:
                raise CommandError(f"There is no tenant with the schema {schema!r}.")
            names = [schema]
        current = set() if check_all else schemas.current_schemas(mark)
        waiting = [name for name in names if name not in current]
        failed = self._run(waiting, mark, jobs)
        with public_context():
            schemas.ensure_template()
        self.stdout.write(
            f"{len(names)} schemas: {len(names) - len(waiting)} up to date, "
            f"{len(waiting) - len(failed)} migrated, {len(failed)} failed, "
            f"{time.monotonic() - started:.1f} s"
        )
        if failed:
            raise CommandError("Failed: " + ", ".join(sorted(failed)))

    def _run(self, waiting: list[str], mark: str, jobs: int) -> list[str]:
        if not waiting:
            return []
        if jobs <= 1 or len(waiting) == 1:
            return [name for name in waiting if not self._one(name, mark)]
        # A child must not share its parent's connections.
        connections.close_all()
        connection.close_pool()  # type: ignore[attr-defined]
        failed = []
        with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
            running = {pool.submit(schemas.migrate, name, mark=mark): name for name in waiting}
            for done in as_completed(running):
                if done.exception():
                    failed.append(running[done])
                    self.stderr.write(f"{running[done]}: {done.exception()}")
        return failed

    def _one(self, name: str, mark: str) -> bool:
        try:
            schemas.migrate(name, mark=mark)
        except Exception as error:  # noqa: BLE001 - one bad schema must not stop the others
            self.stderr.write(f"{name}: {error}")
            return False
        return True
