"""The whole application on one port: what the embedded run serves."""

from __future__ import annotations

from a2wsgi import WSGIMiddleware

from eventflow.wsgi import application as pages

THREADS = 10

application = WSGIMiddleware(pages, workers=THREADS)  # type: ignore[arg-type]
