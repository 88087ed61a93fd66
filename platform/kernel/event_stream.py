"""What every stream of server-sent events needs: a patient send, and to know who has gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator

from django.conf import settings
from starlette.types import Receive, Send

# A client is told from time to time that the line is up.
HEARTBEAT_S = 15.0
# A stream is ended from time to time, so that a deploy or a new server gets its share.
STREAM_LIFE_S = 1_800.0
MOST_STREAMS = 20_000
# Who reads nothing for so long has gone.
PATIENCE_S = 30.0


class Streams:
    """The streams that are open in this process, by the network of who reads them."""

    def __init__(self) -> None:
        self._by_network: Counter[str] = Counter()
        self._open = 0

    def has_room_for(self, network: str) -> bool:
        """Whether one more may be opened."""
        return (
            self._open < MOST_STREAMS and self._by_network[network] < settings.STREAMS_PER_NETWORK
        )

    @contextlib.contextmanager
    def open(self, network: str) -> Iterator[None]:
        """Count a stream for as long as the block runs."""
        self._by_network[network] += 1
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1
            self._by_network[network] -= 1
            if not self._by_network[network]:
                # Networks come and go for as long as the process lives.
                del self._by_network[network]


@contextlib.contextmanager
def leaving(receive: Receive) -> Iterator[asyncio.Future[None]]:
    """Give a future that is done when the client has gone."""
    gone = asyncio.ensure_future(_disconnected(receive))
    try:
        yield gone
    finally:
        gone.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def say(send: Send, body: bytes) -> None:
    """Send a part of the stream. Raises TimeoutError when the client does not read."""
    async with asyncio.timeout(PATIENCE_S):
        await send({"type": "http.response.body", "body": body, "more_body": True})
