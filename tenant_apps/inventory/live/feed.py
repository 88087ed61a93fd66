"""Following the feeds of performances and telling everyone who watches.

Each feed is read every 100 ms, so changes are gathered by the reading itself. What was read is put
into words once and kept for a while; every watcher walks along that list by itself. A watcher who
falls off its end is told to fetch a snapshot.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import hiredis
import orjson
import structlog

from kernel.db import AWAY
from kernel.errors import DomainError
from kernel.event_stream import HEARTBEAT_S
from kernel.script_pipe import PipeBroken
from kernel.together import Together, TooMuchAtOnce
from tenant_apps.inventory import holds
from tenant_apps.inventory.domain import Scope

if TYPE_CHECKING:
    from tenant_apps.inventory.live.hall import Hall

log = structlog.get_logger(__name__)

GATHER_S = 0.1
TIDY_S = 0.5
HEARTEN_S = 1.0
# A quiet performance is tidied for so long after somebody last looked at it.
REMEMBER_S = 3_600
# As many as can be remembered within that time.
MOST_TIDIED = 20_000
READ_AT_MOST = 1_000
KEPT_MESSAGES = 600
STILL_HERE = b": still here\n\n"
RESET = b"event: reset\ndata: {}\n\n"


class Feed:
    """One performance's feed as this process has read it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.key = holds.feed_key(scope)
        self.epoch = ""
        self.last_id = ""
        self.watchers = 0
        self.seen_at = 0.0
        # Numbered from the first message on, so that a watcher knows how far it is.
        self.messages: deque[bytes] = deque(maxlen=KEPT_MESSAGES)
        self.count = 0
        self._told_at = 0.0
        # Thousands wait for the same message. A future each and no timer each costs least.
        self._waiting: list[asyncio.Future[None]] = []

    def tell(self, message: bytes) -> None:
        """Give a message to everybody who waits, and to those who come from further back."""
        self.messages.append(message)
        self.count += 1
        self._told_at = asyncio.get_running_loop().time()
        waiting, self._waiting = self._waiting, []
        for news in waiting:
            if not news.done():  # else its watcher has gone
                news.set_result(None)

    def hearten(self) -> None:
        """Tell those who wait that the line is up, when they have heard nothing for a while."""
        if asyncio.get_running_loop().time() - self._told_at >= HEARTBEAT_S:
            self.tell(STILL_HERE)

    async def wait_beyond(self, position: int) -> None:
        """Wait until there is a message after the position: HEARTBEAT_S at most, or so."""
        while self.count <= position:
            news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(news)
            await news

    def since(self, position: int) -> list[bytes] | None:
        """Return the messages after a position; None when they are not kept any more."""
        missing = self.count - position
        if missing > len(self.messages):
            return None
        if missing == 1:
            return [self.messages[-1]]
        return list(self.messages)[len(self.messages) - missing :]


class Feeds:
    """All feeds that somebody watches, and the three loops that keep them going."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._feeds: dict[Scope, Feed] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._tidying: Together[Scope, None] = Together(most=MOST_TIDIED)

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(_for_ever(self._read_all, GATHER_S)),
            asyncio.create_task(_for_ever(self._tidy_all, TIDY_S)),
            asyncio.create_task(_for_ever(self._hearten_all, HEARTEN_S)),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._tidying.stop()

    def remember(self, scope: Scope) -> Feed:
        """Return the feed; from now on it is tidied, for a while."""
        feed = self._feeds.get(scope)
        if feed is None:
            feed = self._feeds[scope] = Feed(scope)
        feed.seen_at = asyncio.get_running_loop().time()
        return feed

    @contextlib.asynccontextmanager
    async def watch(self, scope: Scope) -> AsyncIterator[Feed]:
        """Follow the feed for as long as the block runs."""
        feed = self.remember(scope)
        if not feed.epoch:
            await self._catch_up(feed)
        feed.watchers += 1
        try:
            yield feed
        finally:
            feed.watchers -= 1
            if not feed.watchers:
                # Nobody reads on; who comes next begins at a fresh snapshot.
                feed.epoch = ""

    async def missed(self, feed: Feed, position: str) -> list[bytes] | None:
        """Return what came after a position and before the feed's messages; None for a gap."""
        epoch, _, feed_id = position.partition("-")
        if epoch != feed.epoch or not _is_feed_id(feed_id):
            return None
        if _order(feed_id) >= _order(feed.last_id):
            return []
        try:
            return await self._between(feed, feed_id)
        except (PipeBroken, hiredis.ReplyError):
            return None

    async def _between(self, feed: Feed, feed_id: str) -> list[bytes] | None:
        oldest = await self._hall.pipe.command("XRANGE", feed.key, "-", "+", "COUNT", 1)
        if not oldest or _order(oldest[0][0].decode()) > _order(feed_id):
            return None
        until = feed.last_id
        entries = await self._hall.pipe.command(
            "XRANGE", feed.key, f"({feed_id}", until, "COUNT", 20_000
        )
        message = self._message(feed, entries)
        return [message] if message else []

    async def _catch_up(self, feed: Feed) -> None:
        now = await self._hall.run(holds.snapshot(feed.scope), feed.scope, holds.read_snapshot)
        if not feed.epoch:
            feed.epoch, feed.last_id = now.epoch, now.feed_id

    async def _read_all(self) -> None:
        watched = [feed for feed in self._feeds.values() if feed.watchers and feed.epoch]
        if watched:
            await asyncio.gather(*(self._read(feed) for feed in watched))

    async def _read(self, feed: Feed) -> None:
        reply = await self._hall.pipe.command(
            "XREAD", "COUNT", READ_AT_MOST, "STREAMS", feed.key, feed.last_id
        )
        if not reply:
            return
        entries = reply[0][1] if isinstance(reply, list) else next(iter(reply.values()))
        for entry_id, fields in entries:
            if b"e" in fields:
                feed.epoch = fields[fields.index(b"e") + 1].decode()
                feed.last_id = entry_id.decode()
                feed.tell(b"id: %s-%s\n%s" % (feed.epoch.encode(), entry_id, RESET))
        message = self._message(feed, entries)
        feed.last_id = entries[-1][0].decode()
        if message:
            feed.tell(message)

    @staticmethod
    def _message(feed: Feed, entries: list[Any]) -> bytes | None:
        """Put all that changed into one message: the last word on each place."""
        newest: dict[int, int] = {}
        for _, fields in entries:
            newest.update(holds.read_changes(fields[fields.index(b"c") + 1]))
        if not newest:
            return None
        position = f"{feed.epoch}-{entries[-1][0].decode()}"
        data = orjson.dumps({"changes": list(newest.items())})
        return b"event: places\nid: %s\ndata: %s\n\n" % (position.encode(), data)

    async def _hearten_all(self) -> None:
        for feed in self._feeds.values():
            if feed.watchers:
                feed.hearten()

    async def _tidy_all(self) -> None:
        """Free what is past its time, and load what a restarted server has forgotten."""
        now = asyncio.get_running_loop().time()
        for scope, feed in list(self._feeds.items()):
            if not feed.watchers and now - feed.seen_at > REMEMBER_S:
                del self._feeds[scope]
                continue
            with contextlib.suppress(TooMuchAtOnce):
                # Not waited for: one that has to be loaded may take seconds.
                self._tidying.begin(scope, functools.partial(self._tidy, scope))

    async def _tidy(self, scope: Scope) -> None:
        try:
            await self._hall.run(holds.expire(scope), scope, holds.read_done)
        except DomainError:
            pass
        except AWAY as error:
            # It has to be loaded, and PostgreSQL is away.
            log.warning(
                "tidying_waits", performance_id=scope.performance_id, error=type(error).__name__
            )
        except Exception:
            log.exception("tidying_failed", performance_id=scope.performance_id)


async def _for_ever(step: Any, pause_s: float) -> None:
    while True:
        started = asyncio.get_running_loop().time()
        try:
            await step()
        except PipeBroken:
            await asyncio.sleep(0.2)
        except Exception:
            log.exception("feed_loop_failed", step=step.__name__)
            await asyncio.sleep(1)
        spent = asyncio.get_running_loop().time() - started
        await asyncio.sleep(max(0.001, pause_s - spent))


def _is_feed_id(text: str) -> bool:
    first, dash, second = text.partition("-")
    numbers = first + second
    return bool(dash) and numbers.isascii() and first.isdigit() and second.isdigit()


def _order(feed_id: str) -> tuple[int, int]:
    first, _, second = feed_id.partition("-")
    return int(first), int(second or 0)
