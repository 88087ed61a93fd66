"""The live addresses of a performance. Bodies are JSON, refusals are problem+json."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
from dataclasses import dataclass
from typing import Any

import orjson
from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from kernel import ids
from kernel.asgi import header
from kernel.event_stream import STREAM_LIFE_S, leaving, say
from kernel.valkey import Call
from tenant_apps.inventory import domain, holds
from tenant_apps.inventory.domain import Hold
from tenant_apps.inventory.live.feed import RESET, Feed
from tenant_apps.inventory.live.hall import Hall
from tenant_apps.inventory.live.requests import (
    BadBody,
    Visit,
    ensure_may_ask,
    ensure_within_limits,
    network_of,
    note_hold,
    read_object,
    visit,
)

# Everyone who looks within this time sees the same snapshot.
SNAPSHOT_LIFE_S = 0.1

POSITION = "EventFlow-Position"
NO_STORE = {"Cache-Control": "no-store"}


class TooManyStreams(domain.Loading):
    code = "too_many_streams"
    message = "Too many people watch right now. Ask for the availability instead."


@dataclass(frozen=True, slots=True)
class _Shot:
    taken_at: float
    position: str
    places: bytes
    packed: bytes


# The last snapshot of as many performances as are looked at together.
_shots: LRUCache[domain.Scope, asyncio.Task[_Shot]] = LRUCache(256)


async def availability(request: Request) -> Response:
    """Every place's state: a byte each, or `?format=json`."""
    seen = await visit(request)
    seen.ensure_session()
    seen.hall.feeds.remember(seen.performance.scope)
    shot = await _shot(seen.hall, seen.performance.scope)
    headers = {POSITION: shot.position, **NO_STORE, "Vary": "Accept-Encoding"}
    if request.query_params.get("format") == "json":
        body = {"position": shot.position, "places": base64.b64encode(shot.places).decode()}
        return seen.keep_session(json_answer(body, headers=headers))
    if "gzip" in header(request.scope, b"accept-encoding"):
        content, headers["Content-Encoding"] = shot.packed, "gzip"
    else:
        content = shot.places
    response = Response(content, media_type="application/octet-stream", headers=headers)
    return seen.keep_session(response)


async def make_hold(request: Request) -> Response:
    """Hold places by number, or so many of an area."""
    seen = await visit(request)
    session = seen.ensure_session()
    body = await read_object(request)
    # Whoever holds something has been asked: the other routes keep the limits alone.
    await ensure_may_ask(seen)
    refuse_unknown(body, {"hold", "places", "area", "count"})
    hold_id = body["hold"] if "hold" in body else ids.new("hld")
    domain.ensure_good_hold_id(hold_id)
    if "area" in body:
        if "places" in body:
            raise BadBody(field="places", reason="either places or an area")
        call = _area_call(seen, hold_id, session, body)
    else:
        ordinals = domain.ordered(body.get("places"), field="places")
        call = holds.hold(
            seen.performance.scope,
            hold_id=hold_id,
            session=session,
            ordinals=ordinals,
            most_ms=seen.hall.gate.hold_ms(seen.score),
        )
    # Whoever holds something has been let in: adding to it asks nobody.
    await seen.hall.gate.ensure_admitted(seen.performance.scope, session)
    seen.hall.feeds.remember(seen.performance.scope)
    hold = await seen.hall.run(
        call, seen.performance.scope, lambda reply: holds.read_hold(hold_id, reply)
    )
    note_hold(seen, hold)
    return seen.keep_session(_hold_answer(hold, status=201))


async def change_hold(request: Request) -> Response:
    """Add places to a hold and drop others from it."""
    seen = await visit(request)
    session = seen.need_session()
    body = await read_object(request)
    await ensure_within_limits(seen)
    refuse_unknown(body, {"add", "drop"})
    hold_id = _hold_id(request)
    call = holds.change(
        seen.performance.scope,
        hold_id=hold_id,
        session=session,
        add=domain.ordered(body.get("add", []), field="add", least=0),
        drop=domain.ordered(body.get("drop", []), field="drop", least=0),
    )
    hold = await seen.hall.run(
        call, seen.performance.scope, lambda reply: holds.read_hold(hold_id, reply)
    )
    if hold is None:
        seen.hall.gate.note_release(seen.performance.scope, hold_id)
    note_hold(seen, hold)
    return _hold_answer(hold)


async def extend_hold(request: Request) -> Response:
    """Give a hold a whole new time, so often as the performance allows."""
    seen = await visit(request)
    session = seen.need_session()
    await ensure_within_limits(seen)
    hold_id = _hold_id(request)
    call = holds.extend(seen.performance.scope, hold_id=hold_id, session=session)
    hold = await seen.hall.run(
        call, seen.performance.scope, lambda reply: holds.read_hold(hold_id, reply)
    )
    note_hold(seen, hold)
    return _hold_answer(hold)


async def release_hold(request: Request) -> Response:
    """Give a hold's places back."""
    seen = await visit(request)
    session = seen.need_session()
    hold_id = _hold_id(request)
    call = holds.release(seen.performance.scope, hold_id=hold_id, session=session)
    # Only what was held is worth a note: to hold is limited, to ask for a release is not.
    if await seen.hall.run(call, seen.performance.scope, holds.read_released):
        seen.hall.gate.note_release(seen.performance.scope, hold_id)
    return Response(status_code=204, headers=NO_STORE)


async def find_holds(request: Request) -> Response:
    """The session's running holds at this performance, or one of them."""
    seen = await visit(request)
    found: list[Hold] = []
    wanted = request.path_params.get("hold", "")
    if seen.session is not None:
        call = holds.find(seen.performance.scope, session=seen.session, hold_id=wanted)
        found = await seen.hall.run(call, seen.performance.scope, holds.read_holds)
    if wanted:
        if not found:
            raise domain.NoSuchHold
        return _hold_answer(found[0])
    return json_answer({"holds": [hold_body(hold) for hold in found]}, headers=NO_STORE)


async def feed(request: Request) -> Response:
    """The changes as server-sent events, from `?after=` or `Last-Event-ID` on."""
    seen = await visit(request)
    network = network_of(request)
    if not seen.hall.streams.has_room_for(network):
        raise TooManyStreams(retry_after_s=30)
    after = header(request.scope, b"last-event-id") or request.query_params.get("after", "")
    return Stream(seen.hall, seen.performance.scope, after[:80], network)


class Stream(Response):
    """One watcher. It walks along the feed's messages; falling off the end, it is told so."""

    media_type = "text/event-stream"

    def __init__(self, hall: Hall, scope: domain.Scope, after: str, network: str) -> None:
        super().__init__(headers={**NO_STORE, "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._hall = hall
        self._performance = scope
        self._after = after
        self._network = network

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._hall.streams.open(self._network), leaving(receive) as gone:
            async with self._hall.feeds.watch(self._performance) as followed:
                await send(
                    {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
                )
                with contextlib.suppress(TimeoutError):
                    await self._walk(followed, send, gone)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _walk(self, followed: Feed, send: Send, gone: asyncio.Future[None]) -> None:
        position = followed.count
        opening = b"retry: 1000\nevent: hello\nid: %s-%s\ndata: {}\n\n" % (
            followed.epoch.encode(),
            followed.last_id.encode(),
        )
        if self._after:
            missed = await self._hall.feeds.missed(followed, self._after)
            opening += RESET if missed is None else b"".join(missed)
        await say(send, opening)
        clock = asyncio.get_running_loop().time
        end_at = clock() + STREAM_LIFE_S
        while not gone.done() and clock() < end_at:
            await followed.wait_beyond(position)
            messages = followed.since(position)
            position = followed.count
            await say(send, RESET if messages is None else b"".join(messages))


async def free_places(hall: Hall, scope: domain.Scope) -> int:
    """Count the places that nobody has or holds, as of the last snapshot. Refuses like a hold."""
    return (await _shot(hall, scope)).places.count(domain.PlaceState.FREE)


async def _shot(hall: Hall, scope: domain.Scope) -> _Shot:
    """Return a snapshot at most 100 ms old; whoever comes while it is made waits for it."""
    clock = asyncio.get_running_loop().time
    task = _shots.get(scope)
    is_old = task is None or (
        task.done()
        and (
            task.cancelled()
            or task.exception() is not None
            or clock() - task.result().taken_at > SNAPSHOT_LIFE_S
        )
    )
    if task is None or is_old:
        task = _shots[scope] = asyncio.ensure_future(_take_shot(hall, scope))
    return await asyncio.shield(task)


async def _take_shot(hall: Hall, scope: domain.Scope) -> _Shot:
    taken = await hall.run(holds.snapshot(scope), scope, holds.read_snapshot)
    return _Shot(
        taken_at=asyncio.get_running_loop().time(),
        position=taken.position,
        places=taken.places,
        packed=gzip.compress(taken.places, compresslevel=1, mtime=0),
    )


def _area_call(seen: Visit, hold_id: str, session: str, body: dict[str, Any]) -> Call:
    area, count = body["area"], body.get("count", 1)
    if not isinstance(area, str) or area not in seen.performance.areas:
        raise domain.AreaUnknown(field="area", value=str(area)[:40])
    if type(count) is not int or not 1 <= count <= domain.MOST_PLACES_PER_REQUEST:
        raise domain.BadRequest(
            field="count", expected=f"a whole number from 1 to {domain.MOST_PLACES_PER_REQUEST}"
        )
    first, last = seen.performance.areas[area]
    return holds.hold_area(
        seen.performance.scope,
        hold_id=hold_id,
        session=session,
        first=first,
        last=last,
        count=count,
        most_ms=seen.hall.gate.hold_ms(seen.score),
    )


def refuse_unknown(body: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(body) - known)
    if unknown:
        raise BadBody(field=unknown[0][:40], reason="unknown field")


def _hold_id(request: Request) -> str:
    hold_id: str = request.path_params["hold"]
    if not domain.HOLD_ID.fullmatch(hold_id):
        raise domain.NoSuchHold
    return hold_id


def hold_body(hold: Hold) -> dict[str, Any]:
    return {
        "hold": hold.hold_id,
        "places": list(hold.places),
        "expires_at": hold.expires_at.isoformat(),
        "seconds_left": hold.seconds_left,
        "extensions_left": hold.extensions_left,
    }


def _hold_answer(hold: Hold | None, *, status: int = 200) -> Response:
    if hold is None:
        return Response(status_code=204, headers=NO_STORE)
    return json_answer(hold_body(hold), status=status, headers=NO_STORE)


def json_answer(
    body: object, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    return Response(
        orjson.dumps(body), status_code=status, media_type="application/json", headers=headers
    )


_BASE = "/live/performances/{performance}"

# What a rush asks for.
_hot = [
    Route(f"{_BASE}/holds", make_hold, methods=["POST"]),
    Route(f"{_BASE}/availability", availability, methods=["GET"]),
    Route(f"{_BASE}/holds/{{hold}}", change_hold, methods=["PATCH"]),
    Route(f"{_BASE}/holds/{{hold}}", release_hold, methods=["DELETE"]),
]
# By method, the word behind the performance, and how many parts the path has.
_hot_by_shape = {
    (method, route.path.split("/")[4], route.path.count("/") + 1): route
    for route in _hot
    for method in route.methods or ()
}

routes = [
    *_hot,
    Route(f"{_BASE}/holds/{{hold}}", find_holds, methods=["GET"]),
    Route(f"{_BASE}/holds", find_holds, methods=["GET"]),
    Route(f"{_BASE}/feed", feed, methods=["GET"]),
    Route(f"{_BASE}/holds/{{hold}}/extend", extend_hold, methods=["POST"]),
]


def find_hot(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the route and its parameters, if the address is one that a rush asks for."""
    parts = path.split("/")
    if not path.startswith("/live/performances/") or len(parts) < 5:
        return None
    route = _hot_by_shape.get((method, parts[4], len(parts)))
    if route is None:
        return None
    return route, {"performance": parts[3]} | ({"hold": parts[5]} if len(parts) > 5 else {})
