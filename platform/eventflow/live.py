"""The live process: a small Starlette app with each app's live routes."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import AsyncIterator

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventflow.settings")
django.setup()

import orjson  # noqa: E402
import structlog  # noqa: E402
from django.db import InterfaceError, OperationalError  # noqa: E402
from starlette.applications import Starlette  # noqa: E402
from starlette.exceptions import HTTPException  # noqa: E402
from starlette.requests import Request  # noqa: E402
from starlette.responses import JSONResponse, Response  # noqa: E402
from starlette.routing import Route  # noqa: E402

from eventflow import problems  # noqa: E402
from kernel.errors import DomainError  # noqa: E402
from kernel.script_pipe import PipeBroken  # noqa: E402
from tenant_apps.inventory import live as inventory  # noqa: E402

log = structlog.get_logger("eventflow.live")


async def healthz(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    try:
        await request.app.state.hall.pipe.command("PING")
    except PipeBroken:
        return JSONResponse({"status": "not ready", "parts": {"valkey": False}}, status_code=503)
    return JSONResponse({"status": "ready", "parts": {"valkey": True}})


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
    request_id = uuid.uuid4().hex
    log.error("live_failed", path=request.url.path, request_id=request_id, exc_info=error)
    body = {
        "type": "about:blank",
        "title": "Something went wrong on our side.",
        "status": 500,
        "code": "internal_error",
        "request_id": request_id,
    }
    return Response(orjson.dumps(body), status_code=500, media_type=problems.CONTENT_TYPE)


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    app.state.hall = inventory.Hall()
    await app.state.hall.start()
    try:
        yield
    finally:
        await app.state.hall.stop()


application = Starlette(
    routes=[
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        *inventory.routes,
    ],
    exception_handlers={
        DomainError: refused,
        # PostgreSQL is away: what is loaded goes on, what has to be loaded waits.
        OperationalError: refused,
        InterfaceError: refused,
        HTTPException: not_served,
        Exception: broken,
    },
    lifespan=lifespan,
)
