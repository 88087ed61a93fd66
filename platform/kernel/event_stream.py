"""What every stream of server-sent events needs: a patient send, and to know who has gone."""

from __future__ import annotations

import asyncio

from starlette.types import Receive, Send

# A client is told from time to time that the line is up.
HEARTBEAT_S = 15.0
# A stream is ended from time to time, so that a deploy or a new server gets its share.
STREAM_LIFE_S = 1_800.0
MOST_STREAMS = 20_000
# Who reads nothing for so long has gone.
PATIENCE_S = 30.0


async def disconnected(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def say(send: Send, body: bytes) -> None:
    """Send a part of the stream. Raises TimeoutError when the client does not read."""
    async with asyncio.timeout(PATIENCE_S):
        await send({"type": "http.response.body", "body": body, "more_body": True})
