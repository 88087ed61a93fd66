"""What a live request is: whose host, which performance, which buyer, within which limits."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from django.conf import settings
from starlette.requests import Request
from starlette.responses import Response

from kernel import addresses, errors, limits
from kernel.limits import Verdict
from kernel.script_pipe import PipeBroken
from public_apps.tenants import queries as tenants
from public_apps.tenants.domain import TenantRecord
from tenant_apps.inventory import sessions
from tenant_apps.inventory.live.hall import Hall, LivePerformance

MAX_BODY_BYTES = 16 * 1024


class NoSuchPerformance(errors.Missing):
    code = "no_such_performance"
    message = "There is no such performance here."


class NoSuchHost(errors.Missing):
    code = "no_such_organizer"
    message = "There is no organizer at this address."


class Suspended(errors.Unavailable):
    code = "organizer_suspended"
    message = "This organizer is closed for the moment."


class NoSession(errors.Unauthenticated):
    code = "no_session"
    message = "Fetch the availability first: its answer carries your session."


class ForeignOrigin(errors.NotAllowed):
    code = "foreign_origin"
    message = "This request comes from another site."


class BadBody(errors.Invalid):
    code = "bad_body"
    message = "The body must be a JSON object of at most 16 KB."


class Visit:
    """One request, looked at once."""

    __slots__ = ("hall", "is_new_session", "performance", "request", "session", "tenant")

    def __init__(
        self,
        request: Request,
        hall: Hall,
        tenant: TenantRecord,
        performance: LivePerformance,
        session: str | None,
    ) -> None:
        self.request = request
        self.hall = hall
        self.tenant = tenant
        self.performance = performance
        self.session = session
        self.is_new_session = False

    def ensure_session(self) -> str:
        """Return the session, a new one where there is none: the answer then carries it."""
        if self.session is None:
            self.session = sessions.new_session()
            self.is_new_session = True
        return self.session

    def need_session(self) -> str:
        """Return the session that the request carries. Refuses with NoSession."""
        if self.session is None:
            raise NoSession
        return self.session

    def keep_session(self, response: Response) -> Response:
        """Let the answer carry a session that was made for it."""
        if self.is_new_session and self.session:
            token = sessions.token_of(self.session, schema_name=self.tenant.schema_name)
            response.headers[sessions.HEADER] = token
            response.set_cookie(
                sessions.COOKIE,
                token,
                max_age=int(sessions.LIFE.total_seconds()),
                httponly=True,
                secure=settings.SECURE,
                samesite="lax",
            )
        return response


async def visit(request: Request) -> Visit:
    """Find out what the request is about. Refuses with NoSuchHost, Suspended, NoSuchPerformance."""
    hall: Hall = request.app.state.hall
    tenant = await hall.tenant_at(tenants.host_name(request.headers.get("host", "")))
    if tenant is None:
        raise NoSuchHost
    if not tenant.is_active:
        raise Suspended(retry_after_s=3600)
    performance = await hall.performance(tenant.schema_name, request.path_params["performance"])
    if performance is None:
        raise NoSuchPerformance
    header = request.headers.get(sessions.HEADER)
    token = header or request.cookies.get(sessions.COOKIE)
    session = sessions.session_of(token, schema_name=tenant.schema_name)
    if request.method not in {"GET", "HEAD"} and not header:
        _ensure_same_site(request)
    return Visit(request, hall, tenant, performance, session)


async def read_object(request: Request) -> dict[str, Any]:
    """Return the body, a JSON object. Refuses with BadBody."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        raise BadBody
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise BadBody
    try:
        parsed = orjson.loads(bytes(body)) if body else {}
    except orjson.JSONDecodeError as error:
        raise BadBody(reason=str(error)[:100]) from None
    if not isinstance(parsed, dict):
        raise BadBody
    return parsed


async def ensure_within_limits(visit: Visit) -> None:
    """Take a token of the session's and of the address prefix'. Refuses with TooMany."""
    schema_name = visit.tenant.schema_name
    verdicts = await asyncio.gather(
        _take(
            visit.hall,
            limits.bucket(schema_name, "hold-session", visit.session or ""),
            capacity=settings.HOLDS_PER_SESSION_BURST,
            refill_per_s=settings.HOLDS_PER_SESSION_PER_S,
        ),
        _take(
            visit.hall,
            limits.bucket(schema_name, "hold-prefix", network_of(visit.request)),
            capacity=settings.HOLDS_PER_PREFIX_BURST,
            refill_per_s=settings.HOLDS_PER_PREFIX_PER_S,
        ),
    )
    for verdict in verdicts:
        verdict.ensure()


async def _take(hall: Hall, key: str, *, capacity: int, refill_per_s: float) -> Verdict:
    arguments = limits.arguments_of(capacity, refill_per_s, 1)
    try:
        return limits.verdict_of(await hall.limits.run_plain(limits.TAKE, [key], arguments))
    except PipeBroken:
        # A limit is losable; the holds' own server says when it is away.
        return Verdict(allowed=True, remaining=capacity, retry_after_s=0.0)


def network_of(request: Request) -> str:
    """Return what limits count by: the caller's address, or network in IPv6."""
    peer = request.client.host if request.client else ""
    noted = request.headers.get("x-forwarded-for", "")
    return addresses.prefix_of(
        addresses.client_address(peer, noted, trusted_proxies=settings.TRUSTED_PROXIES)
    )


def _ensure_same_site(request: Request) -> None:
    """Refuse what a cookie was carried along with by another site's page."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            raise ForeignOrigin
        return
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host", ""):
        raise ForeignOrigin
