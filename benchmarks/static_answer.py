"""What a web server can do at most: an answer of the right size that is only handed over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

# As many headers as a page has.
HEADERS = 12
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def of(size: int) -> Application:
    """Return a WSGI application that answers everything with so many bytes."""
    body = b"x" * size
    headers = [("Content-Type", "text/html"), ("Content-Length", str(size))]
    headers += [(f"X-Header-{number}", "of some length") for number in range(HEADERS)]

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", headers)
        return [body]

    return application
