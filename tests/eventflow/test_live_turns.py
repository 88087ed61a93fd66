"""A tenant whose requests pile up hears at once that it is too much, as a problem."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from eventflow.live import InTurn
from kernel.turns import Turns

SCOPE = {"type": "http", "method": "GET", "path": "/", "headers": [], "tenant": "storm"}


async def answering(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def nothing() -> Any:
    raise AssertionError("nobody reads")


def test_a_full_line_is_answered_with_503_and_when_to_come_back() -> None:
    said: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def run() -> None:
        app = InTurn(answering)
        app.turns = Turns(alone=1, together=1, most_waiting=1)
        await asyncio.gather(*(app(dict(SCOPE), nothing, send) for _ in range(3)))

    asyncio.run(run())
    starts = [message for message in said if message["type"] == "http.response.start"]
    refused = next(message for message in starts if message["status"] == 503)
    assert sorted(message["status"] for message in starts) == [200, 200, 503]
    assert (b"retry-after", b"1") in refused["headers"]
    bodies = [message["body"] for message in said if message.get("body")]
    assert orjson.loads(bodies[0])["code"] == "busy"
