"""A change of a seat, seen by 5,000 who watch: their event streams are held open by this process.

Most of the time is the live process' own choice: it reads a feed every 100 ms, so that whatever
changes meanwhile goes out as one message.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import uvloop

from benchmarks import stage
from benchmarks.figures import Row, figure
from benchmarks.load import CannotMeasure, Times, http_request
from benchmarks.rig import Rig
from benchmarks.stage import Sale
from kernel.db import tenant_context
from tenant_apps.inventory import services as inventory

WATCHERS = 5_000
AT_ONCE = 100
CHANGES = 20
PATIENCE_S = 30.0
BETWEEN_S = 0.25
PER_CLIENT_KB = 30
SESSION = "who-changes-seats"


@figure
def watchers(rig: Rig) -> Iterator[Row]:
    """Hold a seat and give it back, again and again, while all watch."""
    sale = stage.stadium_sale(rig, slug="gala")
    rig.stop("live")  # what earlier figures have left in it is not a watcher's memory
    rig.start_live()
    idle_mb = rig.resident_mb("live")
    with watching(rig, sale) as crowd:
        watched_mb = rig.resident_mb("live")
        seen = [took for number in range(CHANGES) for took in change(crowd, sale, number)]
    rig.stop("live")
    times = percentiles(seen)
    yield Row(
        what=f"change of a seat, seen by {WATCHERS:,} SSE clients (95th percentile)",
        ours=times.p95,
        unit="ms",
        bar=500,
        most_is_best=False,
        times=times,
        note=f"{2 * CHANGES} changes; a feed is read every 100 ms",
    )
    yield Row(
        what="… memory of the live process for each of them",
        ours=(watched_mb - idle_mb) * 1024 / WATCHERS,
        unit="KB",
        bar=PER_CLIENT_KB,
        most_is_best=False,
        note=f"{idle_mb:.0f} MB before, {watched_mb:.0f} MB with all of them",
    )


class Crowd:
    """All watchers; what they have seen since somebody last asked."""

    def __init__(self) -> None:
        self.open = 0
        self.seen: list[float] = []
        self.is_complete = Event()

    def opened(self) -> None:
        self.open += 1
        if self.open == WATCHERS:
            self.is_complete.set()

    def saw(self) -> None:
        self.seen.append(time.perf_counter())
        if len(self.seen) == WATCHERS:
            self.is_complete.set()

    def wait(self, for_what: str) -> None:
        """Wait until each has seen it. Refuses with CannotMeasure."""
        if not self.is_complete.wait(PATIENCE_S):
            raise CannotMeasure(f"{for_what}: {self.open} streams, {len(self.seen)} have seen it.")
        self.is_complete.clear()


class Watcher(asyncio.Protocol):
    """One event stream. A message is far smaller than a packet, so none comes in two parts."""

    def __init__(self, crowd: Crowd, request: bytes) -> None:
        self._crowd = crowd
        self._request = request

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        if b"event: hello" in data:
            self._crowd.opened()
        if b"event: places" in data:
            self._crowd.saw()


@contextmanager
def watching(rig: Rig, sale: Sale) -> Iterator[Crowd]:
    """Open all streams in a thread of their own, and close them at the end."""
    crowd, loop = Crowd(), uvloop.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    sent = http_request("GET", f"{sale.live_path}/feed", host=sale.house.host)

    async def come() -> list[asyncio.BaseTransport]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one() -> asyncio.BaseTransport:
            async with gate:
                transport, _ = await loop.create_connection(
                    lambda: Watcher(crowd, sent), "127.0.0.1", rig.ports["live"]
                )
                return transport  # type: ignore[return-value]  # uvloop names its protocol

        return list(await asyncio.gather(*(one() for _ in range(WATCHERS))))

    transports = asyncio.run_coroutine_threadsafe(come(), loop).result(PATIENCE_S)
    try:
        crowd.wait("opening")
        yield crowd
    finally:
        for transport in transports:
            loop.call_soon_threadsafe(transport.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()


def change(crowd: Crowd, sale: Sale, number: int) -> Iterator[float]:
    """Hold a seat, wait until all have seen it, give it back, wait again: milliseconds each."""
    with tenant_context(sale.house.schema_name):
        begun = prepare(crowd)
        hold = inventory.hold_places(
            performance_id=sale.performance_id, session=SESSION, ordinals=[number]
        )
        yield from _seen(crowd, begun)
        begun = prepare(crowd)
        inventory.release_hold(
            performance_id=sale.performance_id, session=SESSION, hold_id=hold.hold_id
        )
        yield from _seen(crowd, begun)


def prepare(crowd: Crowd) -> float:
    """Forget what was seen, at a moment that has nothing to do with the feed's own beat."""
    time.sleep(BETWEEN_S + time.time() % 0.1)
    crowd.seen.clear()
    return time.perf_counter()


def _seen(crowd: Crowd, begun: float) -> list[float]:
    crowd.wait("a change")
    return [(moment - begun) * 1000 for moment in crowd.seen]


def percentiles(took_ms: list[float]) -> Times:
    """Sort the times of all changes at all watchers."""
    ordered = sorted(took_ms)

    def share(part: float) -> float:
        return ordered[min(int(part * len(ordered)), len(ordered) - 1)]

    return Times(per_s=0, bad=0, p50=share(0.5), p95=share(0.95), p99=share(0.99))
