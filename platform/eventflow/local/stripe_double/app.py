"""The double as one Starlette application."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from .api import Api, Cuttable
from .clock import Clock
from .control import Control, unknown
from .page import Pages
from .store import PLATFORM, Store
from .webhooks import Courier, ensure
from .world import Settings, World

STATIC = Path(__file__).parent / "static"
EVERY_METHOD = ["GET", "POST", "DELETE", "PUT", "PATCH"]


def build_world(settings: Settings, state: Path | None = None) -> World:
    """Return a world as the state file remembers it, or an empty one."""
    store = Store(state)
    note = store.find("note", PLATFORM, "clock") or {"offset_s": 0.0}
    return World(store=store, clock=Clock(note["offset_s"]), settings=settings)


def build_app(world: World) -> ASGIApp:
    """Return the application: the API, the payment pages and the switches."""
    api, pages, control = Api(world), Pages(world), Control(world)

    @contextlib.asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        courier = asyncio.create_task(Courier(world).run())
        try:
            yield
        finally:
            courier.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await courier
            world.store.close()

    async def icon(request: Request) -> Response:
        return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")

    assets = StaticFiles(directory=STATIC)
    app = Starlette(
        lifespan=life,
        routes=[
            Route("/v1/{path:path}", api.answer, methods=EVERY_METHOD),
            Mount("/c/assets", assets),
            # Browsers ask for it by themselves and complain when it is not there.
            Route("/favicon.ico", icon),
            Route("/c/pay/{session}", pages.pay, methods=["GET", "POST"]),
            Route("/c/pay/{session}/authenticate", pages.authenticate, methods=["GET", "POST"]),
            *control.routes(),
            Route("/{path:path}", unknown, methods=EVERY_METHOD),
        ],
    )
    return Cuttable(app)


def add_endpoint(world: World, url: str, secret: str, events: list[str]) -> None:
    """Deliver the connected accounts' events to this address."""
    ensure(world, url=url, secret=secret, enabled_events=events)
    world.store.commit()
