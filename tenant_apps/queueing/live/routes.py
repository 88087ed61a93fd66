"""The live addresses of a waiting room. Answers are JSON, refusals problem+json.

A place is a signed token in the header EventFlow-Place or the query, so a page that we do not own
can keep it without a cookie. It shows where one stands; places are held by the session alone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from kernel import clock, errors
from kernel.event_stream import HEARTBEAT_S, STREAM_LIFE_S, leaving, say
from tenant_apps.queueing import services
from tenant_apps.queueing.domain import BadPlace, NoRoom, RoomDown, Rules, Standing, State
from tenant_apps.queueing.live.rooms import Rooms

HEADER = "EventFlow-Place"
MOST_TOKEN = 1_000
NO_STORE = {"Cache-Control": "no-store"}
OVER = b"event: over\ndata: {}\n\n"


class TooManyStreams(errors.Unavailable):
    code = "too_many_streams"
    message = "Too many people watch right now. Ask for your place again in a while."


@dataclass(frozen=True, slots=True)
class Guest:
    """Who asks for what, as the composing process has found out: a room knows no buyers."""

    schema_name: str
    performance_id: int
    network: str
    # The session that the request carries, and the same or else a new one.
    session: str | None
    ensure_session: Callable[[], str]
    keep_session: Callable[[Response], Response]
    # Within the limits, and trusted or proven.
    ensure_may_ask: Callable[[], Awaitable[None]]


async def join(request: Request) -> Response:
    """Take a place, or keep the one that the session has. Takes the place that was given before."""
    guest, rules = await _guest_at_room(request)
    session = guest.ensure_session()
    await guest.ensure_may_ask()
    token = _token(request)
    number = services.number_of(token, rules=rules, session=session) if token else 0
    if token and not number:
        # Good, but somebody else's, is no more than none; what is no place of this room is wrong.
        services.read_place(token, rules=rules)
    standing = await _rooms(request).arrive(rules, session=session, number=number)
    body = standing_body(standing)
    body["place"] = services.sign_place(rules, session=session, number=standing.number)
    return guest.keep_session(_json(body))


async def prove(request: Request) -> Response:
    """Show a proof before it is asked for at a hold or a room; nothing else happens here."""
    guest = await _guest(request)
    guest.ensure_session()
    await guest.ensure_may_ask()
    return guest.keep_session(Response(status_code=204, headers=NO_STORE))


async def leave(request: Request) -> Response:
    """Give the place up."""
    guest, rules = await _guest_at_room(request)
    if guest.session is not None:
        await _rooms(request).leave(rules, session=guest.session)
    return Response(status_code=204, headers=NO_STORE)


async def feed(request: Request) -> Response:
    """Where the holder of a place stands, as server-sent events, until it may go in."""
    guest = await _guest(request)
    token = _token(request)
    if not token:
        raise BadPlace
    rules = await _rooms(request).find_rules((guest.schema_name, guest.performance_id))
    if rules is None:
        # Switched off between the page and its stream: its reader is told as all the others are.
        return Response(OVER, media_type="text/event-stream", headers=NO_STORE)
    session, number = services.read_place(token, rules=rules)
    if not _rooms(request).streams.has_room_for(guest.network):
        raise TooManyStreams(retry_after_s=30)
    return PlaceStream(_rooms(request), rules, session, number, guest.network)


class PlaceStream(Response):
    """One who waits: told whenever something has changed, often in front and seldom at the end."""

    media_type = "text/event-stream"

    def __init__(self, rooms: Rooms, rules: Rules, session: str, number: int, network: str) -> None:
        super().__init__(headers={**NO_STORE, "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._rooms = rooms
        self._rules = rules
        self._session = session
        self._number = number
        self._network = network

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._rooms.streams.open(self._network), leaving(receive) as gone:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            with contextlib.suppress(TimeoutError):
                await self._tell(send, gone)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, send: Send, gone: asyncio.Future[None]) -> None:
        clock_s = asyncio.get_running_loop().time
        end_at, said_at, said = clock_s() + STREAM_LIFE_S, 0.0, b""
        key = (self._rules.schema_name, self._rules.performance_id)
        await say(send, b"retry: 2000\n\n")
        while not gone.done() and clock_s() < end_at:
            rules = await self._rooms.find_rules(key)
            if rules is None or rules.round != self._rules.round:
                await say(send, OVER)
                return
            pause_s = 5.0
            with contextlib.suppress(RoomDown):
                standing = await self._rooms.join(rules, session=self._session, number=self._number)
                message = _message(standing)
                if message != said or clock_s() - said_at > HEARTBEAT_S:
                    await say(send, message)
                    said_at, said = clock_s(), message
                if standing.state is State.ADMITTED:
                    return
                pause_s = pause_of(standing)
            await asyncio.wait([gone], timeout=pause_s)


def pause_of(standing: Standing) -> float:
    """Return the seconds until it is worth to look again: one in front, ten far behind."""
    return 3.0 if standing.ahead is None else 1.0 + min(9.0, standing.ahead / 500)


def standing_body(standing: Standing) -> dict[str, Any]:
    """Return what a page is told of a place."""
    lease_s = standing.lease_until_ms / 1000
    is_in = standing.state is State.ADMITTED
    return {
        "state": standing.state.value,
        "position": standing.position,
        "ahead": standing.ahead,
        "waiting": standing.waiting,
        "estimate_s": standing.estimate_s,
        "per_minute": standing.per_minute,
        "admitted_until": datetime.fromtimestamp(lease_s, UTC).isoformat() if is_in else None,
        "seconds_left": max(0, int(lease_s - clock.now().timestamp())) if is_in else None,
    }


def _message(standing: Standing) -> bytes:
    kind = b"admitted" if standing.state is State.ADMITTED else b"place"
    return b"event: %s\ndata: %s\n\n" % (kind, orjson.dumps(standing_body(standing)))


async def _guest_at_room(request: Request) -> tuple[Guest, Rules]:
    guest = await _guest(request)
    rules = await _rooms(request).find_rules((guest.schema_name, guest.performance_id))
    if rules is None:
        raise NoRoom
    return guest, rules


async def _guest(request: Request) -> Guest:
    guest: Guest = await request.app.state.guest_of(request)
    return guest


def _rooms(request: Request) -> Rooms:
    rooms: Rooms = request.app.state.rooms
    return rooms


def _token(request: Request) -> str:
    token = request.headers.get(HEADER) or request.query_params.get("place", "")
    if len(token) > MOST_TOKEN:
        raise BadPlace
    return token


def _json(body: object) -> Response:
    return Response(orjson.dumps(body), media_type="application/json", headers=NO_STORE)


_BASE = "/live/performances/{performance}"

routes = [
    Route(f"{_BASE}/room", join, methods=["POST"]),
    Route(f"{_BASE}/room", leave, methods=["DELETE"]),
    Route(f"{_BASE}/room/feed", feed, methods=["GET"]),
    Route(f"{_BASE}/proof", prove, methods=["POST"]),
]
