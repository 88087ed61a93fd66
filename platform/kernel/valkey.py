"""Connections to Valkey, and scripts as files with a header."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError
from redis.retry import Retry

# A buyer who waits longer than this has left; the caller answers Unavailable instead.
TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script: its text and the name that Valkey caches it under."""

    name: str
    text: str
    sha: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a script. The run id and the time are added by whoever has the connection."""

    script: Script
    keys: tuple[str, ...]
    arguments: tuple[Any, ...]


def load_script(package: str, name: str, *, prelude: str = "") -> Script:
    """Read `lua/<name>.lua` of a package, with a shared prelude in front of it."""
    text = files(package).joinpath(f"lua/{name}.lua").read_text(encoding="utf-8")
    whole = prelude + text
    sha = hashlib.sha1(whole.encode(), usedforsecurity=False).hexdigest()
    return Script(name=name, text=whole, sha=sha)


def run_script(client: Redis, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
    """Call a script that does not ask which server it runs on; one that forgot it gets it anew."""
    try:
        return client.evalsha(script.sha, len(keys), *keys, *arguments)
    except NoScriptError:
        return client.eval(script.text, len(keys), *keys, *arguments)


@cache
def limits_client() -> Redis:
    """The sync client for rate limits and other small, losable things."""
    return connect(settings.CACHE_URL)


def connect(url: str, *, max_connections: int = 64, timeout_s: float = TIMEOUT_S) -> Redis:
    """Return a sync client that fails fast and never repeats a command by itself.

    A repeated script could run against a server that restarted in between.
    """
    return Redis.from_url(
        url,
        max_connections=max_connections,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
        protocol=3,
    )
