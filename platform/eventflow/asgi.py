"""Live and web behind one port, for the embedded run. Production runs them apart."""

from __future__ import annotations

from a2wsgi import WSGIMiddleware
from starlette.types import Receive, Scope, Send

from eventflow.live import application as live
from eventflow.wsgi import application as web

# As many pages at once as the pool of database connections bears.
WEB_THREADS = 8

_web = WSGIMiddleware(web, workers=WEB_THREADS)  # type: ignore[arg-type]  # a2wsgi types it stricter


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Give `/live/` and the lifespan to the live app, everything else to Django."""
    if scope["type"] == "http" and not scope["path"].startswith("/live/"):
        await _web(scope, receive, send)  # type: ignore[arg-type]
    else:
        await live(scope, receive, send)
