"""The commands of the embedded run: what each process is, and how to see that it is ready."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eventflow.local.children import Child
from eventflow.local.options import ROOT
from eventflow.local.supervisor import Service

READY_FILE = "EVENTFLOW_READY_FILE"
# The embedded run is itself alone: a shell's leftovers must not lead it to another database.
OURS = (
    *("DATABASE_URL", "REDIS_URL", "HOLDS_URL", "BROKER_URL", "CACHE_URL"),
    *("SECRET_KEY", "ENCRYPTION_KEYS", "STRIPE_API_KEY", "STRIPE_API_BASE"),
    *("STRIPE_WEBHOOK_SECRET", "PUBLIC_PORT", "PUBLIC_SCHEME", "EVENTFLOW_ENV"),
)


@dataclass(frozen=True, slots=True)
class Processes:
    """Makes each process with the run's folder and variables."""

    folder: Path
    variables: Mapping[str, str]

    def manage(self, name: str, *arguments: str) -> Child:
        """Give one of Django's commands, to be run to its end."""
        return self._python(f"manage.py {name}", name, str(ROOT / "manage.py"), *arguments)

    def web(self, port: int, sockets: Sequence[socket.socket]) -> Service:
        """Give live in front and WSGI behind it, on sockets that stay open between restarts."""
        numbers = [listener.fileno() for listener in sockets]
        arguments = ("-m", "eventflow.local.web", *map(str, numbers))

        async def is_ready() -> bool:
            return await answers(port, "/readyz")

        return Service(
            name="web",
            child=self._python("Web and live", "web", *arguments),
            is_ready=is_ready,
            keep_open=numbers,
            stop_turn=2,
        )

    def stripe(self, port: int, web_port: int) -> Service:
        """Give the Stripe double, which sends its webhooks to the web process."""
        child = self._python(
            *("The Stripe double", "stripe", "-m", "eventflow.local.stripe_double"),
            *("--port", str(port), "--public-url", f"http://localhost:{port}"),
            *("--state", str(self.folder / "stripe.sqlite3"), "--adopt-accounts"),
            *("--api-key", self.variables["STRIPE_API_KEY"]),
            *("--webhook-url", f"http://127.0.0.1:{web_port}/webhooks/stripe/"),
            *("--webhook-secret", self.variables["STRIPE_WEBHOOK_SECRET"]),
        )

        async def is_ready() -> bool:
            return await accepts(port)

        return Service(name="stripe", child=child, is_ready=is_ready, stop_turn=3)

    def worker(self) -> Service:
        """Give the Celery worker; it says through a file that it takes tasks."""
        ready_file = self.folder / "worker.ready"
        child = self._python(
            *("The worker", "worker", "-m", "eventflow.local.worker", "--concurrency", "2"),
            *("--loglevel", "WARNING", "--without-gossip", "--without-mingle"),
        )
        child.env = {**(child.env or {}), READY_FILE: str(ready_file)}

        async def is_ready() -> bool:
            return ready_file.exists()

        return Service(
            name="worker",
            child=child,
            is_ready=is_ready,
            stop_turn=2,
            before_start=lambda: ready_file.unlink(missing_ok=True),
        )

    def beat(self) -> Service:
        """Give the clock that sends the regular tasks."""
        schedule = str(self.folder / "beat.schedule")
        child = self._python(
            "The clock for regular tasks", "beat", "-m", "eventflow.local.beat", schedule
        )

        async def is_ready() -> bool:
            return True

        return Service(name="beat", child=child, is_ready=is_ready, stop_turn=1)

    def _python(self, title: str, name: str, *arguments: str) -> Child:
        inherited = {key: value for key, value in os.environ.items() if key not in OURS}
        return Child(
            name=title,
            command=[sys.executable, *arguments],
            log_path=self.folder / "logs" / f"{name}.log",
            env={**inherited, **self.variables, "EVENTFLOW_PROCESS": name},
            cwd=ROOT,
        )


async def accepts(port: int) -> bool:
    """Try whether something listens."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 1)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def answers(port: int, path: str) -> bool:
    """Try whether a GET is answered with 200."""
    try:
        return await asyncio.wait_for(_ask(port, path), 5) == b"200"
    except (OSError, TimeoutError):
        return False


async def _ask(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        words = (await reader.readline()).split(b" ")
        return words[1] if len(words) > 1 else b""
    finally:
        writer.close()
