"""The live process: a small Starlette app with each app's live routes."""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import sys
import time
from collections.abc import AsyncIterator

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventflow.settings")
django.setup()

import orjson  # noqa: E402
import structlog  # noqa: E402
from django.conf import settings  # noqa: E402
from starlette.applications import Starlette  # noqa: E402
from starlette.exceptions import HTTPException  # noqa: E402
from starlette.requests import Request  # noqa: E402
from starlette.responses import JSONResponse, Response  # noqa: E402
from starlette.routing import Route  # noqa: E402
from starlette.types import ASGIApp, Message, Receive, Scope, Send  # noqa: E402

from eventflow import problems  # noqa: E402
from eventflow.middleware import request_id_of  # noqa: E402
from kernel.asgi import ADDED_HEADERS, header  # noqa: E402
from kernel.askers import Asker  # noqa: E402
from kernel.db import AWAY  # noqa: E402
from kernel.errors import DomainError  # noqa: E402
from kernel.script_pipe import PipeBroken  # noqa: E402
from kernel.turns import LineFull, Turns  # noqa: E402
from public_apps.tenants import queries as tenants  # noqa: E402
from tenant_apps.inventory import live as inventory  # noqa: E402
from tenant_apps.inventory.domain import Hold  # noqa: E402
from tenant_apps.inventory.domain import Scope as Performance  # noqa: E402
from tenant_apps.queueing import live as queueing  # noqa: E402
from tenant_apps.queueing import suspicion  # noqa: E402
from tenant_apps.queueing.domain.rules import hold_ms_of  # noqa: E402

# A round of the loop takes a quarter of a millisecond for each that begins in it, and a hold takes
# about five rounds. So a calm organizer's hold takes about one millisecond longer beside a storm.
BEGUN_ALONE, BEGUN_TOGETHER = 16, 1
# Of one tenant: about half a second's worth. Who comes then hears at once that it is too much.
MOST_WAITING = 2_000
SWITCH_S = 0.0005
GARBAGE = 10_000

log = structlog.get_logger("eventflow.live")


async def healthz(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    try:
        await request.app.state.hall.pipe.command("PING")
    except PipeBroken:
        return JSONResponse({"status": "not ready", "parts": {"holds": False}}, status_code=503)
    return JSONResponse({"status": "ready", "parts": {"holds": True}})


PROBES = {
    "/healthz": healthz,
    "/readyz": readyz,
    # Behind one port with the web process only what begins with /live/ comes here.
    "/live/healthz": healthz,
    "/live/readyz": readyz,
}


async def refused(request: Request, error: Exception) -> Response:
    """A refusal as problem+json, by the same table as everywhere."""
    refusal = problems.refusal_of(error)
    assert refusal is not None
    return Response(
        orjson.dumps(problems.problem_of(refusal), default=str),
        status_code=problems.status_of(refusal),
        media_type=problems.CONTENT_TYPE,
        headers={**problems.headers_of(refusal), "Cache-Control": "no-store"},
    )


async def not_served(request: Request, error: Exception) -> Response:
    """404 and 405 in the same shape."""
    assert isinstance(error, HTTPException)
    body = {
        "type": "about:blank",
        "title": error.detail,
        "status": error.status_code,
        "code": "missing" if error.status_code == 404 else "method_not_allowed",
    }
    return Response(
        orjson.dumps(body),
        status_code=error.status_code,
        media_type=problems.CONTENT_TYPE,
        headers=error.headers,
    )


async def broken(request: Request, error: Exception) -> Response:
    """A bug: said to the log in full, to the client without a word of it."""
    log.error("live_failed", route=route_of(request.scope), exc_info=error)
    return our_fault(request)


def our_fault(request: Request) -> Response:
    """Return the answer to what broke here, with the id that the log has too."""
    body = {
        "type": "about:blank",
        "title": "Something went wrong on our side.",
        "status": 500,
        "code": "internal_error",
        "request_id": request.scope["request_id"],
    }
    return Response(orjson.dumps(body), status_code=500, media_type=problems.CONTENT_TYPE)


def route_of(scope: Scope) -> str:
    """Return the pattern that the address met, never the address."""
    route = scope.get("route")
    return route.path if isinstance(route, Route) else "(no route)"


class RequestLines:
    """Give each request an id, bind it and the tenant, and log what failed.

    What went well has a line with LOG_LEVEL=DEBUG alone: in a rush the lines would cost more than
    the holds.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope["request_id"] = request_id_of(header(scope, b"x-request-id"))
        host = tenants.host_name(header(scope, b"host"))
        # Each request is a task, so nothing is bound here yet but what a pipelined one before it
        # has left, and that is overwritten.
        tenant = scope["tenant"] = tenant_at(host)
        structlog.contextvars.bind_contextvars(request_id=request_id, tenant=tenant)
        started, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
                for name, value in scope.get(ADDED_HEADERS, {}).items():
                    message["headers"].append((name.lower().encode(), value.encode()))
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            if status >= 500 or settings.LOG_LEVEL == "DEBUG":
                structlog.contextvars.bind_contextvars(tenant=tenant_at(host))
                (log.warning if status >= 500 else log.info)(
                    "request",
                    method=scope["method"],
                    route=route_of(scope),
                    status=status,
                    duration_ms=round((time.perf_counter() - started) * 1000, 1),
                )


class InTurn:
    """Let no tenant's rush keep another's requests waiting. Hosts nobody knows are one tenant.

    Probes wait for nobody: in a storm a process that answers late is busy, not ill.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.turns = Turns(alone=BEGUN_ALONE, together=BEGUN_TOGETHER, most_waiting=MOST_WAITING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in PROBES:
            try:
                turn = self.turns.wait(scope["tenant"])
            except LineFull as error:
                answer = await refused(Request(scope), error)
                await answer(scope, receive, send)
                return
            if turn is not None:
                await turn
        await self.app(scope, receive, send)


class Shortcut:
    """Answer what a rush asks for without the router, its middlewares and their handlers.

    The same endpoints, the same refusals. Whatever else is asked, also what nearly is one of these,
    is the router's.
    """

    def __init__(self, app: Starlette) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_http = scope["type"] == "http"
        found = inventory.find_hot(scope["method"], scope["path"]) if is_http else None
        if found is None:
            await self.app(scope, receive, send)
            return
        route, scope["path_params"] = found
        scope["route"], scope["app"] = route, self.app
        request = Request(scope, receive, send)
        try:
            response = await route.endpoint(request)
        except (DomainError, *AWAY) as error:
            response = await refused(request, error)
        except Exception:
            log.exception("live_failed", route=route.path)
            response = our_fault(request)
        await response(scope, receive, send)


def tenant_at(host: str) -> str:
    """Return the schema as far as it is known: no query for a log's line or a turn."""
    tenant = tenants.last_known_tenant_at(host)
    return tenant.schema_name if tenant else ""


class Door:
    """What buyers pass before they hold places, and who sees what they do then.

    Doubts about them, the waiting room, and the witness for the scores.
    """

    def __init__(
        self, rooms: queueing.Rooms, doubts: queueing.Doubts, witness: queueing.Witness
    ) -> None:
        self._rooms = rooms
        self._witness = witness
        self.hold_ms = hold_ms_of
        self.scores_of = suspicion.keys_of
        self.note_refusal = doubts.note_refusal
        self.is_vouched_for = doubts.is_vouched_for
        self.ensure_trusted = doubts.ensure_trusted

    async def ensure_admitted(self, scope: Performance, session: str) -> None:
        await self._rooms.ensure_admitted((scope.schema_name, scope.performance_id), session)

    def note_hold(self, asker: Asker, scope: Performance, hold: Hold) -> None:
        self._witness.note_hold(
            asker,
            performance_id=scope.performance_id,
            hold_id=hold.hold_id,
            until=hold.expires_at,
            places=hold.places,
        )

    def note_release(self, scope: Performance, hold_id: str) -> None:
        self._witness.note_release(scope.schema_name, scope.performance_id, hold_id)


async def guest_of(request: Request) -> queueing.Guest:
    """Say who asks at a waiting room, in a room's words."""
    seen = await inventory.visit(request)
    return queueing.Guest(
        schema_name=seen.performance.scope.schema_name,
        performance_id=seen.performance.scope.performance_id,
        network=inventory.network_of(request),
        session=seen.session,
        ensure_session=seen.ensure_session,
        keep_session=seen.keep_session,
        ensure_may_ask=functools.partial(inventory.ensure_may_arrive, seen),
    )


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Put the halls and the waiting rooms together: neither knows the other."""
    hall = app.state.hall = inventory.Hall()

    async def free_places(schema_name: str, performance_id: int) -> int:
        return await inventory.free_places(hall, Performance(schema_name, performance_id))

    rooms = app.state.rooms = queueing.Rooms(hall.pipe, free_places)
    app.state.guest_of = guest_of
    witness = app.state.witness = queueing.Witness()
    hall.gate = Door(rooms, queueing.Doubts(hall.limits), witness)
    await hall.start()
    rooms.start()
    witness.start()
    # A thread that looks something up hands the interpreter back after half a millisecond, not
    # after five: the loop has many answers to give meanwhile.
    sys.setswitchinterval(SWITCH_S)
    # What was imported stays: the collector need not walk through it again and again. What a
    # request leaves behind is seldom in circles: to look a dozen times a second is enough.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 20, 20)
    try:
        yield
    finally:
        await witness.stop()
        await rooms.stop()
        await hall.stop()


served = Starlette(
    routes=[
        *inventory.routes,
        *queueing.routes,
        *(Route(path, answer) for path, answer in PROBES.items()),
    ],
    exception_handlers={
        DomainError: refused,
        # PostgreSQL is away: what is loaded goes on, what has to be loaded waits.
        **dict.fromkeys(AWAY, refused),
        HTTPException: not_served,
        Exception: broken,
    },
    lifespan=lifespan,
)
# An address with a slash too many is unknown: a redirect would name whatever host was sent.
served.router.redirect_slashes = False
application = RequestLines(InTurn(Shortcut(served)))
