"""One connection to Valkey for an event loop, over which calls share their round trips.

All that is asked in one turn of the loop goes out in one write, and answers come back in order. The
connection knows the run id of its server, so a call can never reach a server that restarted since.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Any

import hiredis
from redis.connection import parse_url

from kernel.scripts import run_id_of
from kernel.valkey import TIMEOUT_S, Script

MOST_WAITING = 20_000
# What a server says while it cannot serve, whatever is asked: full, a replica, still loading.
UNFIT = ("OOM", "READONLY", "LOADING", "MISCONF", "BUSY", "MASTERDOWN", "NOREPLICAS")


class PipeBroken(ConnectionError):
    """Valkey is away, or answered too slowly; whether the call ran is not known."""


class ScriptPipe:
    """Calls scripts and commands; connects by itself, and again after a loss."""

    def __init__(self, url: str) -> None:
        self._address: dict[str, Any] = dict(parse_url(url))
        self._wire: _Wire | None = None
        self._connecting: asyncio.Task[_Wire] | None = None

    async def run(self, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """Call the script with the server's run id as its first argument.

        Raises PipeBroken, or hiredis.ReplyError for what the server refuses.
        """
        wire = self._wire or await self._connect()
        return await self._evaluate(wire, script, (len(keys), *keys, wire.run_id, *arguments))

    async def run_plain(self, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """Call a script that does not ask which server it runs on."""
        wire = self._wire or await self._connect()
        return await self._evaluate(wire, script, (len(keys), *keys, *arguments))

    async def command(self, *words: Any) -> Any:
        """Send one command."""
        wire = self._wire or await self._connect()
        return await wire.ask(words)

    def close(self) -> None:
        """Close the connection; what waits fails with PipeBroken."""
        if self._wire:
            self._wire.close()

    async def _evaluate(self, wire: _Wire, script: Script, call: tuple[Any, ...]) -> Any:
        try:
            return await wire.ask(("EVALSHA", script.sha, *call))
        except hiredis.ReplyError as error:
            if not str(error).startswith("NOSCRIPT"):
                raise
            return await wire.ask(("EVAL", script.text, *call))

    async def _connect(self) -> _Wire:
        # Everyone who comes while it connects waits for the same connection.
        if self._connecting is None:
            self._connecting = asyncio.ensure_future(self._open())
            self._connecting.add_done_callback(lambda _: setattr(self, "_connecting", None))
        return await asyncio.shield(self._connecting)

    async def _open(self) -> _Wire:
        loop = asyncio.get_running_loop()
        address = self._address
        wire: _Wire | None = None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                if "path" in address:
                    _, wire = await loop.create_unix_connection(_Wire, address["path"])
                else:
                    secure = issubclass(
                        address.get("connection_class", object), _secure_connection()
                    )
                    _, wire = await loop.create_connection(
                        _Wire,
                        address.get("host", "localhost"),
                        address.get("port", 6379),
                        ssl=ssl.create_default_context() if secure else None,
                    )
                await wire.greet(address)
        except (OSError, TimeoutError, hiredis.ReplyError) as error:
            if wire is not None:
                wire.close()
            raise PipeBroken(f"Valkey does not answer: {error}") from error
        wire.on_close = self._forget
        self._wire = wire
        return wire

    def _forget(self) -> None:
        self._wire = None


class _Wire(asyncio.Protocol):
    def __init__(self) -> None:
        self.run_id = ""
        self.on_close: Any = None
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader()
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._buffer: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._answered = 0

    async def greet(self, address: dict[str, Any]) -> None:
        if address.get("password"):
            words = [address["username"]] if address.get("username") else []
            await self.ask(("AUTH", *words, address["password"]))
        if address.get("db"):
            await self.ask(("SELECT", str(address["db"])))
        self.run_id = run_id_of(await self.ask(("INFO", "server")))

    def ask(self, words: tuple[Any, ...]) -> asyncio.Future[Any]:
        """Queue a command for this turn's write; the future of its answer."""
        if self._transport is None or self._transport.is_closing():
            raise PipeBroken("the connection is closed")
        if len(self._waiting) >= MOST_WAITING:
            raise PipeBroken("too many calls are waiting")
        if not self._buffer:
            self._loop.call_soon(self._flush)
        self._buffer.append(hiredis.pack_command(words))
        future = self._loop.create_future()
        self._waiting.append(future)
        if self._watch is None:
            self._watch = self._loop.call_later(TIMEOUT_S, self._check, self._answered)
        return future

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            future = self._waiting.popleft()
            self._answered += 1
            if future.done():
                continue
            if isinstance(reply, hiredis.ReplyError):
                future.set_exception(self._error(reply))
            else:
                future.set_result(reply)

    def _error(self, reply: hiredis.ReplyError) -> Exception:
        said = str(reply)
        if not said.startswith(UNFIT):
            return reply
        if said.startswith(("READONLY", "LOADING")):
            # Another server has the say now; the next call connects anew.
            self._loop.call_soon(self.close)
        return PipeBroken(said)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._watch:
            self._watch.cancel()
        if self.on_close:
            self.on_close()
        broken = PipeBroken(f"Valkey went away: {error}")
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_exception(broken)

    def _flush(self) -> None:
        if self._transport is not None and self._buffer:
            self._transport.write(b"".join(self._buffer))
        self._buffer.clear()

    def _check(self, answered_then: int) -> None:
        """Give up a server that has not said anything for the whole time."""
        self._watch = None
        if not self._waiting:
            return
        if self._answered == answered_then:
            self.close()
        else:
            self._watch = self._loop.call_later(TIMEOUT_S, self._check, self._answered)


def _secure_connection() -> type:
    from redis.connection import SSLConnection

    return SSLConnection
