"""What a role for each tenant costs: entering and leaving a schema, with the role and without.

Run it while `make up` runs: `.venv/bin/python benchmarks/tenant_switch.py`. What it said stands in
`docs/decisions/role-per-tenant.md`.
"""

# ruff: noqa: E402 - Django wants its settings before its parts are imported
from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventflow.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")

import django

django.setup()

from django.db import connection
from django.test import Client

from kernel.db import public_context, tenant_context
from kernel.postgresql.base import ENTER
from kernel.postgresql.pool import LEAVE
from kernel.postgresql.roles import role_of
from public_apps.tenants import queries

ROUNDS = 100
PATH = "SELECT set_config('search_path', %s, false)"
NO_PATH = b"SELECT set_config('search_path', '', false)"
Act = Callable[[], object]


def microseconds(acts: dict[str, Act], repeat: int) -> dict[str, float]:
    """Time the acts in turn; the best round of each, which others on the machine slowed least."""
    found = dict.fromkeys(acts, float("inf"))
    for act in acts.values():
        act()
    for _ in range(ROUNDS):
        for name, act in acts.items():
            started_at = time.perf_counter()
            for _ in range(repeat):
                act()
            took = (time.perf_counter() - started_at) / repeat * 1e6
            found[name] = min(found[name], took)
    return found


def statements(schema_name: str) -> dict[str, Act]:
    """Enter, ask one thing, leave: as plain statements on one connection."""
    connection.ensure_connection()
    plain = connection.connection
    role = role_of(schema_name, connection.settings_dict["NAME"])
    path = f'"{schema_name}"'

    def with_role() -> None:
        plain.execute(ENTER, (role, path))
        plain.execute("SELECT 1")
        plain.execute(LEAVE, prepare=False)

    def with_path_alone() -> None:
        plain.execute(PATH, (path,))
        plain.execute("SELECT 1")
        plain.execute(NO_PATH, prepare=False)

    def without_a_switch() -> None:
        plain.execute("SELECT 1")

    return {
        "role and path": with_role,
        "path alone": with_path_alone,
        "no switch": without_a_switch,
    }


def ask(host: str, path: str) -> Act:
    client = Client(headers={"host": host, "accept": "text/html"})

    def request() -> None:
        status = client.get(path).status_code
        assert status < 400, (path, status)

    return request


def main(slug: str = "aurora", *paths: str) -> None:
    with public_context():
        tenant = next(each for each in queries.all_tenants() if each.slug == slug)
    with tenant_context(tenant.schema_name):
        costs = microseconds(statements(tenant.schema_name), repeat=100)
    connection.close()
    for name, cost in costs.items():
        print(f"{name:<28}{cost:10.1f} µs")
    role = costs["role and path"] - costs["path alone"]
    switch = costs["role and path"] - costs["no switch"]
    requests = {path: ask(tenant.primary_host, path) for path in paths or ("/",)}
    for path, cost in microseconds(requests, repeat=3).items():
        print(
            f"{path:<28}{cost:10.1f} µs;"
            f" the switch is {switch / cost:.1%} of it, the role alone {role / cost:.1%}"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
