"""Each variable that is read stands in docs/running.md, and a bad one stops the start."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from eventflow import env
from eventflow.local.options import ROOT

READERS = {"text", "choice", "secret", "secrets", "flag", "number", "url", "items", "duration"}
# Read before there are readers, or by the standard library's own means.
READ_OTHERWISE = {"EVENTFLOW_DATA"}
COMPLETE = {
    "EVENTFLOW_ENV": "production",
    "SECRET_KEY": "k" * 64,
    "ENCRYPTION_KEYS": "e" * 64,
    "DATABASE_URL": "postgresql://u:hunter2@db.invalid:5432/eventflow",
    "REDIS_URL": "redis://:hunter2@valkey.invalid:6379/0",
    "BASE_DOMAIN": "tickets.example",
    "PUBLIC_SCHEME": "https",
    "STRIPE_WEBHOOK_SECRET": "whsec_hunter2",
}


def variables_read() -> Iterator[str]:
    """Find the first argument of each call of a reader."""
    for folder in ("platform", "public_apps", "tenant_apps"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(
                        func=ast.Attribute(value=ast.Name(id="env"), attr=attribute),
                        args=[ast.Constant(value=str(name)), *_],
                    ) if attribute in READERS:
                        yield name


def test_the_readers_are_all_known() -> None:
    public = {
        name
        for name, thing in vars(env).items()
        if callable(thing) and getattr(thing, "__module__", "") == env.__name__ and name.islower()
    }
    assert {name for name in public if not name.startswith("_")} - {"finish"} == READERS


def test_each_variable_stands_in_the_docs_and_no_other() -> None:
    text = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    table = text[text.index("## Settings") :]
    documented = re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)

    assert len(documented) == len(set(documented))
    assert set(documented) == set(variables_read()) | READ_OTHERWISE


def load_settings(variables: dict[str, str], then: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {then}"],
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "eventflow.settings"}
        | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_complete_settings_load() -> None:
    loaded = load_settings(COMPLETE)

    assert loaded.returncode == 0, loaded.stderr


def test_over_https_every_cookie_is_bound_to_its_host() -> None:
    names = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "BUYER_COOKIE_NAME", "CART_COOKIE_NAME")
    show = "from django.conf import settings as s; " + "; ".join(
        f"print(s.{name})" for name in names
    )

    for scheme, is_bound in (("https", True), ("http", False)):
        shown = load_settings(COMPLETE | {"PUBLIC_SCHEME": scheme}, show).stdout.split()
        assert [name.startswith("__Host-") for name in shown] == [is_bound] * len(names)


def test_all_that_is_missing_in_production_is_said_at_once(tmp_path: Path) -> None:
    stopped = load_settings({"EVENTFLOW_ENV": "production", "EVENTFLOW_DATA": str(tmp_path)})

    assert stopped.returncode != 0
    for name in set(COMPLETE) - {"EVENTFLOW_ENV"}:
        assert f"{name} is not set: expected " in stopped.stderr


def test_a_database_that_was_named_is_never_used_with_keys_that_were_made_up(
    tmp_path: Path,
) -> None:
    stopped = load_settings(
        {"DATABASE_URL": COMPLETE["DATABASE_URL"], "EVENTFLOW_DATA": str(tmp_path)}
    )

    assert stopped.returncode != 0
    assert "SECRET_KEY is not set: expected a secret of at least 32 characters." in stopped.stderr
    assert "hunter2" not in stopped.stderr


def test_a_database_that_was_named_is_never_taken_for_a_local_one() -> None:
    stopped = load_settings({k: v for k, v in COMPLETE.items() if k != "EVENTFLOW_ENV"})

    assert stopped.returncode != 0
    assert "EVENTFLOW_ENV is not set: expected one of local, test, production." in stopped.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "hunter2"),
        ("ENCRYPTION_KEYS", "e" * 64 + ",hunter2"),
        ("EVENTFLOW_ENV", "prod"),
        ("DATABASE_URL", "mysql://u:hunter2@db.invalid/eventflow"),
        ("REDIS_URL", "redis://:hunter2@valkey.invalid:port/0"),
        ("DATABASE_POOL_MOST", "many"),
        ("PUBLIC_SCHEME", "ftp"),
        ("DEBUG", "perhaps"),
    ],
)
def test_a_bad_value_stops_the_start_and_shows_no_secret(name: str, value: str) -> None:
    stopped = load_settings(COMPLETE | {name: value})

    assert stopped.returncode != 0
    assert name in stopped.stderr.splitlines()[-1]
    assert "hunter2" not in stopped.stderr


def test_the_live_process_keeps_no_part_in_memory_that_it_never_uses() -> None:
    unused = "{'rest_framework.views', 'drf_spectacular.utils', 'stripe', 'reportlab'}"
    loaded = load_settings(
        COMPLETE, f"import sys, eventflow.live; assert not {unused} & set(sys.modules)"
    )

    assert loaded.returncode == 0, loaded.stderr[-2_000:]
