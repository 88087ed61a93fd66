"""The parts that are measured, started as production runs them: each process by itself.

PostgreSQL syncs every commit and Valkey writes its file, as in production. Only the limits per
buyer and per network are higher: here all buyers come from one address.
"""

from __future__ import annotations

import copy
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from benchmarks.neighbours import own_ticks, tree
from eventflow.local import secrets_file
from eventflow.local.children import Child, free_port
from eventflow.local.options import ROOT
from eventflow.local.postgres import EmbeddedPostgres, binaries
from eventflow.local.valkey import EmbeddedValkey

BASE_DOMAIN = "bench.localhost"
READY_WITHIN_S = 60
PLENTY = "1000000"
OUR_LIMITS = (
    *("HOLDS_PER_SESSION_BURST", "HOLDS_PER_SESSION_PER_S"),
    *("HOLDS_PER_DEVICE_BURST", "HOLDS_PER_DEVICE_PER_S"),
    *("HOLDS_PER_PREFIX_BURST", "HOLDS_PER_PREFIX_PER_S"),
    *("HOLDS_PER_TENANT_BURST", "HOLDS_PER_TENANT_PER_S", "STREAMS_PER_NETWORK"),
)
LIVE = (
    *("-m", "uvicorn", "--no-proxy-headers", "eventflow.live:application"),
    *("--no-access-log", "--log-level", "warning"),
)
GUNICORN = ("--workers", "2", "--threads", "4", "--keep-alive", "75", "--log-level", "warning")


class Rig:
    """Servers and processes of one run; `close` ends them and removes their data."""

    def __init__(self) -> None:
        # A connection is an open file, here and in the live process.
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.folder = Path(tempfile.mkdtemp(prefix="eventflow-bench-"))
        self.folder.chmod(0o755)  # PostgreSQL may run as another user
        self.postgres = EmbeddedPostgres(self.folder / "postgres")
        self.valkey = EmbeddedValkey(self.folder / "valkey")
        self.ports = {
            name: free_port() for name in ("live", "other live", "web", "plain", "stripe")
        }
        self.children: dict[str, Child] = {}

    def start_stores(self) -> None:
        """Start PostgreSQL and Valkey, and leave their addresses in the environment."""
        self.postgres.start()
        self.valkey.start()
        os.environ.update(
            secrets_file.load_or_make(self.folder),
            DJANGO_SETTINGS_MODULE="eventflow.settings",
            EVENTFLOW_ENV="local",
            EVENTFLOW_DATA=str(self.folder),
            EVENTFLOW_PROCESS="bench",
            DATABASE_URL=self.postgres.dsn(),
            PG_DUMP=str(binaries() / "pg_dump"),
            REDIS_URL=self.valkey.url(0),
            HOLDS_URL=self.valkey.url(0),
            BROKER_URL=self.valkey.url(1),
            CACHE_URL=self.valkey.url(2),
            STRIPE_API_BASE=f"http://127.0.0.1:{self.ports['stripe']}",
            BASE_DOMAIN=BASE_DOMAIN,
            # As behind a proxy: each connection of the generator is a network of its own.
            TRUSTED_PROXIES="1",
            PUBLIC_SCHEME="http",
            PUBLIC_PORT=str(self.ports["web"]),
            EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
            LOG_LEVEL="WARNING",
            **dict.fromkeys(OUR_LIMITS, PLENTY),
        )

    def start_live(self) -> Child:
        """Start one live process, which takes uvloop and httptools, if it does not run yet."""
        return self._ensure("live", *LIVE, "--port", str(self.ports["live"]))

    def beside_live(self) -> Rig:
        """Return the same run with another live process, which nobody else asks."""
        other = copy.copy(self)
        other.ports = {**self.ports, "live": self.ports["other live"]}
        self._ensure("other live", *LIVE, "--port", str(other.ports["live"]))
        return other

    def start_web(self) -> Child:
        """Start gunicorn with two workers of four threads, if it does not run yet."""
        return self._ensure(
            "web",
            *("-m", "gunicorn", "eventflow.wsgi", "--bind", f"127.0.0.1:{self.ports['web']}"),
            *GUNICORN,
        )

    def start_static(self, size: int) -> Child:
        """Start the same server with an answer of so many bytes that nobody thinks about."""
        application = f"benchmarks.static_answer:of({size})"
        bind = f"127.0.0.1:{self.ports['plain']}"
        return self._ensure("plain", "-m", "gunicorn", application, "--bind", bind, *GUNICORN)

    def start_plain_web(self) -> float:
        """Start gunicorn with one worker of one thread, as it is by itself; the seconds."""
        bind = f"127.0.0.1:{self.ports['web']}"
        return self.start_anew("web", "-m", "gunicorn", "eventflow.wsgi", "--bind", bind)

    def start_stripe(self) -> Child:
        """Start the Stripe double, which sends signed webhooks to web, if it does not run yet."""
        return self._ensure(
            "stripe",
            *("-m", "eventflow.local.stripe_double", "--port", str(self.ports["stripe"])),
            *("--adopt-accounts", "--api-key", os.environ["STRIPE_API_KEY"]),
            *("--webhook-url", f"http://127.0.0.1:{self.ports['web']}/webhooks/stripe/"),
            *("--webhook-secret", os.environ["STRIPE_WEBHOOK_SECRET"]),
        )

    def start_worker(self) -> Child:
        """Start a Celery worker with two processes, if it does not run yet."""
        return self._ensure(
            "worker",
            *("-m", "celery", "--app", "eventflow.celery", "worker", "--concurrency", "2"),
            *("--loglevel", "WARNING", "--without-gossip", "--without-mingle"),
        )

    def start_anew(self, name: str, *arguments: str) -> float:
        """Start one of the processes on its own; the seconds until it answers."""
        self.stop(name)
        started_at = time.monotonic()
        self._ensure(name, *arguments)
        return time.monotonic() - started_at

    def stop(self, name: str) -> None:
        """Stop one of the processes, so that it takes nothing from what is measured next."""
        child = self.children.pop(name, None)
        if child is not None:
            child.stop()

    def close(self) -> None:
        """End everything and remove what it wrote."""
        for name in list(self.children):
            self.stop(name)
        self.valkey.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def child(self, name: str, *arguments: str, **variables: str) -> Child:
        """Give a Python process that ends with this one."""
        return Child(
            name=name,
            command=[sys.executable, *arguments],
            log_path=self.folder / f"{name}.log",
            env={**os.environ, "EVENTFLOW_PROCESS": name, **variables},
            cwd=ROOT,
            death_signal=signal.SIGKILL,
        )

    def resident_mb(self, name: str) -> float:
        """Return what one of the processes and its children keep in memory.

        Of pages that several share each counts its share (PSS).
        """
        return sum(_pss_kb(pid) for pid in tree(self.children[name].pid)) / 1024

    def processor_s(self, name: str) -> float:
        """Return the processor time that one of the processes has used."""
        return own_ticks(self.children[name].pid) / os.sysconf("SC_CLK_TCK")

    def _ensure(self, name: str, *arguments: str) -> Child:
        if name not in self.children:
            child = self.children[name] = self.child(name, *arguments)
            child.start()
            child.wait_until(self._readiness(name), READY_WITHIN_S)
        return self.children[name]

    def _readiness(self, name: str) -> Callable[[], bool]:
        if name == "worker":
            return self._worker_answers
        path = {"stripe": "/_double/state"}.get(name, "/readyz")
        return lambda: answers(self.ports[name], path)

    @staticmethod
    def _worker_answers() -> bool:
        from eventflow.celery import app

        return bool(app.control.ping(timeout=0.5))


def _pss_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def answers(port: int, path: str) -> bool:
    """Try whether a GET at the platform's own host is answered with 200."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Host": BASE_DOMAIN}
    )
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
