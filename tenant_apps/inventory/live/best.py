"""The live address that finds the best seats and holds them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kernel import ids
from kernel.db import tenant_context
from kernel.threads import in_thread
from tenant_apps.inventory import domain, services
from tenant_apps.inventory.domain import Hold, Scope
from tenant_apps.inventory.domain.best import Closeness, Wish, wish_of
from tenant_apps.inventory.live.requests import ensure_may_ask, note_hold, read_object, visit
from tenant_apps.inventory.live.routes import NO_STORE, hold_body, json_answer, refuse_unknown

WISH = {"count", "zone", "section", "price_most", "accessible", "attribute"}


async def hold_best(request: Request) -> Response:
    """Find so many seats together, hold them, and say how they lie."""
    seen = await visit(request)
    session = seen.ensure_session()
    body = await read_object(request)
    await ensure_may_ask(seen)
    refuse_unknown(body, {"hold", *WISH})
    hold_id = body["hold"] if "hold" in body else ids.new("hld")
    domain.ensure_good_hold_id(hold_id)
    wish = wish_of({name: body[name] for name in WISH & set(body)})
    scope = seen.performance.scope
    await seen.hall.gate.ensure_admitted(scope, session)
    seen.hall.feeds.remember(scope)
    # A few milliseconds of searching, and tables that may not be in memory yet: not in the loop.
    most_ms = seen.hall.gate.hold_ms(seen.score)
    hold, closeness = await in_thread(_hold_best, scope, session, wish, hold_id, most_ms)
    note_hold(seen, hold)
    answer: dict[str, Any] = {**hold_body(hold), "closeness": closeness}
    return seen.keep_session(json_answer(answer, status=201, headers=NO_STORE))


def _hold_best(
    scope: Scope, session: str, wish: Wish, hold_id: str, most_ms: int
) -> tuple[Hold, Closeness | None]:
    with tenant_context(scope.schema_name):
        return services.hold_best(
            performance_id=scope.performance_id,
            session=session,
            wish=wish,
            hold_id=hold_id,
            most_ms=most_ms,
        )


routes = [Route("/live/performances/{performance}/best", hold_best, methods=["POST"])]
