"""Running scripts on a server that is known by its run id.

A script that must not run against a server that has restarted (and so forgotten, or been rewound)
is told the run id of the server that its caller connected to. So the id must come from the very
connection that carries the call; redis-py's clients hide which one that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis
from redis.connection import Connection, ConnectionPool
from redis.exceptions import (
    BusyLoadingError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
)
from redis.exceptions import ConnectionError as ValkeyGone
from redis.exceptions import TimeoutError as ValkeySlow

from kernel import valkey
from kernel.valkey import Script

# What means that the server is away; anything else is a bug and stays loud.
AWAY = (ValkeyGone, ValkeySlow, BusyLoadingError, OutOfMemoryError, ReadOnlyError, OSError)


@cache
def holds_runner() -> ScriptRunner:
    """Return this process's connections to the server of the holds and the waiting rooms."""
    return ScriptRunner(settings.HOLDS_URL)


def run_id_of(info: bytes | str) -> str:
    """Return the run id out of the answer to INFO SERVER."""
    text = info.decode() if isinstance(info, bytes) else info
    return next(
        line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("run_id:")
    )


def _learn_run_id(connection: Connection) -> None:
    connection.on_connect()
    connection.send_command("INFO", "server")
    connection.run_id = run_id_of(connection.read_response())  # type: ignore[attr-defined]


class ScriptRunner:
    """Runs scripts for threads, each call on a connection that knows its server."""

    def __init__(self, url: str) -> None:
        self.client: Redis = valkey.connect(url)
        self._pool: ConnectionPool = self.client.connection_pool
        self._pool.connection_kwargs["redis_connect_func"] = _learn_run_id

    def run(self, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """Call the script with the run id as its first argument; repeated once if it was cut off.

        So a script must be one that may run twice. Raises one of AWAY when the server is away.
        """
        try:
            return self._once(script, keys, arguments)
        except AWAY:
            return self._once(script, keys, arguments)

    def _once(self, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        connection = self._pool.get_connection()
        try:
            call = (len(keys), *keys, connection.run_id, *arguments)  # type: ignore[attr-defined]
            connection.send_command("EVALSHA", script.sha, *call)
            try:
                return connection.read_response()
            except NoScriptError:
                connection.send_command("EVAL", script.text, *call)
                return connection.read_response()
        except BaseException:
            # An answer may still be on its way; nobody else must read it.
            connection.disconnect()
            raise
        finally:
            self._pool.release(connection)

    def close(self) -> None:
        """Close every connection."""
        self._pool.disconnect()
