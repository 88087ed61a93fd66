"""The live process inside a test: real sockets, real PostgreSQL, real Valkey."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from public_apps.tenants.domain import TenantRecord


@contextmanager
def serving(application: object, *, patience_s: float = 1) -> Iterator[str]:
    """Serve an ASGI application on a free port of 127.0.0.1; its address.

    At the end it waits so long for requests. What is cut off keeps its database connection.
    """
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        application,  # type: ignore[arg-type]
        log_level="warning",
        lifespan="on",
        access_log=False,
        timeout_graceful_shutdown=patience_s,  # type: ignore[arg-type]
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    give_up_at = time.monotonic() + 10
    while not server.started and time.monotonic() < give_up_at:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def buyer(address: str, tenant: TenantRecord, **options: object) -> httpx.Client:
    """A browser of one buyer at the organizer's host."""
    return httpx.Client(
        base_url=address,
        headers={"Host": tenant.primary_host},
        timeout=10,
        trust_env=False,
        **options,  # type: ignore[arg-type]
    )
