"""Many organizers: how long one takes to make, and `manage.py migrate` over all of them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

from django.db import connection

from benchmarks import stage
from benchmarks.figures import Row, figure, long_figure
from benchmarks.load import CannotMeasure
from benchmarks.rig import Rig
from benchmarks.sameness import TURNS, row, steady
from eventflow.local.options import ROOT
from kernel.db import public_context, tenant_context
from public_apps.tenants import queries
from public_apps.tenants.models import SchemaStatus

TENANTS = 300
CROWD = 1_000
MIGRATE_WITHIN_S = 300


@figure
def tenants(rig: Rig) -> Iterator[Row]:
    """Make 300 organizers; migrate them with nothing to do, then with one migration to run."""
    took = make(TENANTS)
    yield Row(
        what="make a tenant",
        ours=median(took),
        unit="s",
        bar=0.5,
        most_is_best=False,
        note=f"the median of {len(took)}; the slowest took {max(took):.2f} s",
    )
    yield Row(
        what=f"migrate {TENANTS} tenants with nothing to do",
        ours=migrate(f"{len(made())} up to date, 0 migrated, 0 failed"),
        unit="s",
        bar=10,
        most_is_best=False,
        note="the whole command",
    )
    for schema_name in made():
        take_one_migration_back(schema_name)
    yield Row(
        what=f"migrate {TENANTS} tenants with one migration",
        ours=migrate(f"0 up to date, {len(made())} migrated, 0 failed"),
        unit="s",
        bar=60,
        most_is_best=False,
        note="the one that lets nobody change the audit log: a function and a trigger",
    )


@long_figure
def many_tenants(rig: Rig) -> Iterator[Row]:
    """A hold among 1,000 organizers against one among few, on the same live process.

    The few are measured first; making the others takes minutes, so this is asked for by name.
    """
    sale = stage.stadium_sale(rig)
    rig.start_live()
    before = len(made())
    few = [steady(rig, sale) for _ in range(TURNS)]
    make(CROWD - len(made()))
    rig.stop("live")
    rig.start_live()
    many = [steady(rig, sale) for _ in range(TURNS)]
    yield row(f"hold latency, {CROWD:,} tenants against {before}", many, few)


def make(count: int) -> list[float]:
    """Make so many organizers; the seconds that each took."""
    took = []
    first = len(made())
    for number in range(first, first + count):
        started_at = time.monotonic()
        stage.house(f"house-{number}")
        took.append(time.monotonic() - started_at)
    return took


def made() -> list[str]:
    """Return the schemas of all organizers."""
    return queries.standing_schemas()


def migrate(expected: str) -> float:
    """Run the command as a release does; the seconds. Refuses with CannotMeasure."""
    started_at = time.monotonic()
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=MIGRATE_WITHIN_S,
        check=False,
    )
    took = time.monotonic() - started_at
    if expected not in done.stdout:
        raise CannotMeasure(f"migrate said: {(done.stdout + done.stderr).strip()[-300:]}")
    return took


def take_one_migration_back(schema_name: str) -> None:
    """Leave a schema as it was before one migration, and let it be known as older."""
    with tenant_context(schema_name), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_only_added ON audit_entry")
        cursor.execute("DROP FUNCTION audit_refuse_change()")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'audit' AND name LIKE '0002%'")
    with public_context():
        SchemaStatus.objects.filter(schema_name=schema_name).update(fingerprint="older")
