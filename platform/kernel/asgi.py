"""A request's headers by name, put into a dictionary once: the live process asks for many."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

_NAMED = "eventflow.headers"
# Where in the scope a request leaves headers that its answer gets, whatever that answer will be.
ADDED_HEADERS = "eventflow.added_headers"


def header(scope: MutableMapping[str, Any], name: bytes, default: str = "") -> str:
    """Return a header, its last line where it was sent more than once. Names are lower-case."""
    named = scope.get(_NAMED)
    if named is None:
        named = scope[_NAMED] = dict(scope["headers"])
    raw = named.get(name)
    return raw.decode("latin-1") if raw is not None else default


def header_lines(scope: MutableMapping[str, Any], name: bytes) -> str:
    """Return all lines of a header that proxies add to, joined as RFC 9110 (5.3) says."""
    return ", ".join(raw.decode("latin-1") for key, raw in scope["headers"] if key == name)
