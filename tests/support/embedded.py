"""PostgreSQL and Valkey for the tests, started before Django reads its settings.

Loaded by `-p` in pyproject.toml. With DATABASE_URL and REDIS_URL set, those are used instead. Each
worker of xdist has a database and a range of Valkey of its own.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Each worker gets three of Valkey's sixteen numbered databases.
PER_WORKER = 3
MAX_WORKERS = 5


def _start_servers() -> None:
    from eventflow.local.postgres import EmbeddedPostgres
    from eventflow.local.valkey import EmbeddedValkey

    folder = Path(tempfile.mkdtemp(prefix="eventflow-tests-"))
    folder.chmod(0o755)
    postgres = EmbeddedPostgres(folder / "postgres", durable=False)
    valkey = EmbeddedValkey(folder / "valkey", persistent=False)
    postgres.start()
    valkey.start()

    def stop() -> None:
        valkey.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    os.environ["DATABASE_URL"] = postgres.dsn()
    os.environ["EVENTFLOW_TEST_REDIS"] = valkey.url(0)
    os.environ["PG_DUMP"] = str(_wheel_pg_dump())


def _wheel_pg_dump() -> Path:
    from eventflow.local.postgres import binaries

    return binaries() / "pg_dump"


def _fill() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventflow.settings")
    os.environ["EVENTFLOW_ENV"] = "test"
    os.environ.setdefault("SECRET_KEY", "of-the-tests-and-of-nothing-else-0123456789")
    os.environ.setdefault("ENCRYPTION_KEYS", "seals-of-the-tests-and-nothing-else-0123")
    os.environ.setdefault("STRIPE_API_KEY", "sk_test_of_the_tests")
    os.environ.setdefault("STRIPE_WEBHOOK_SECRET", "whsec_of_the_tests")
    os.environ.setdefault("EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
    os.environ.setdefault("TENANT_CACHE_SECONDS", "5")
    # A test looks at what it has changed a moment ago.
    os.environ.setdefault("SHARED_PAGE_SECONDS", "0")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    first = (int(worker.removeprefix("gw")) % MAX_WORKERS) * PER_WORKER
    base = os.environ["EVENTFLOW_TEST_REDIS"].rsplit("/", 1)[0]
    os.environ["REDIS_URL"] = f"{base}/{first}"
    os.environ["HOLDS_URL"] = f"{base}/{first}"
    os.environ["BROKER_URL"] = f"{base}/{first + 1}"
    os.environ["CACHE_URL"] = f"{base}/{first + 2}"


if "DATABASE_URL" not in os.environ:
    _start_servers()
os.environ.setdefault(
    "EVENTFLOW_TEST_REDIS", os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
)
_fill()
