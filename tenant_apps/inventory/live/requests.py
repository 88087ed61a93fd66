"""What a live request is: whose host, which performance, which buyer, within which limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from django.conf import settings
from starlette.requests import Request
from starlette.responses import Response

from kernel import addresses, askers, errors, limits
from kernel.asgi import ADDED_HEADERS, header, header_lines
from kernel.askers import Asker
from kernel.script_pipe import PipeBroken
from public_apps.tenants import queries as tenants
from public_apps.tenants.domain import TenantRecord
from tenant_apps.inventory import gateway, sessions
from tenant_apps.inventory.domain import Hold
from tenant_apps.inventory.live.hall import Hall, LivePerformance

MAX_BODY_BYTES = 16 * 1024
SESSION_HEADER = sessions.HEADER.lower().encode()
PROOF_HEADER = b"eventflow-proof"
SAID = [name.encode() for name in askers.SAID]


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

    __slots__ = (
        "asker",
        "hall",
        "is_new_session",
        "performance",
        "request",
        "score",
        "session",
        "tenant",
    )

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
        # Once the limits were asked.
        self.asker: Asker | None = None
        self.score = 0

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
                settings.BUYER_COOKIE_NAME,
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
    tenant = await hall.tenant_at(tenants.host_name(header(request.scope, b"host")))
    if tenant is None:
        raise NoSuchHost
    if not tenant.is_active:
        raise Suspended(retry_after_s=3600)
    performance = await hall.performance(tenant.schema_name, request.path_params["performance"])
    if performance is None:
        raise NoSuchPerformance
    token = header(request.scope, SESSION_HEADER)
    if not token and request.method not in {"GET", "HEAD"}:
        _ensure_same_site(request)
    session = hall.session_of(
        token or request.cookies.get(settings.BUYER_COOKIE_NAME, ""), schema_name=tenant.schema_name
    )
    return Visit(request, hall, tenant, performance, session)


async def read_object(request: Request) -> dict[str, Any]:
    """Return the body, a JSON object. Refuses with BadBody."""
    length = header(request.scope, b"content-length", "0")
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


BucketsOf = Callable[[Asker], Sequence[limits.Bucket]]


async def ensure_within_limits(
    visit: Visit, buckets_of: BucketsOf = gateway.hold_buckets
) -> limits.Verdict:
    """Take a token of each limit that there is for who asks. Refuses with TooMany.

    The answer to this request says what is left.
    """
    asker = visit.asker = asker_of(visit)
    buckets = buckets_of(asker)
    hall = visit.hall
    try:
        answer = await hall.limits.run_plain(
            limits.TAKE, *limits.call_of(buckets, hall.gate.scores_of(asker))
        )
        verdict = limits.verdict_of(answer, buckets)
    except PipeBroken:
        # A limit is losable; the holds' own server says when it is away.
        verdict = limits.unlimited(buckets)
    visit.request.scope[ADDED_HEADERS] = limits.headers_of(verdict)
    if not verdict.allowed:
        await hall.gate.note_refusal(asker, buckets[verdict.tightest].name)
    verdict.ensure()
    visit.score = verdict.score
    return verdict


async def ensure_may_ask(visit: Visit, buckets_of: BucketsOf = gateway.hold_buckets) -> None:
    """Be within the limits, and trusted as far as the gate asks for it. Refuses like both."""
    verdict = await ensure_within_limits(visit, buckets_of)
    # Nearly nobody has a score: they are asked nothing more.
    if verdict.score:
        request = visit.request
        assert visit.asker is not None
        if await visit.hall.gate.is_vouched_for(visit.asker):
            visit.score = 0
            return
        await visit.hall.gate.ensure_trusted(
            visit.asker,
            request.path_params["performance"],
            score=verdict.score,
            proof=header(request.scope, PROOF_HEADER),
        )


async def ensure_may_arrive(visit: Visit) -> None:
    """The same for who comes to a waiting room, and has to wait before any hold."""
    await ensure_may_ask(visit, gateway.arrival_buckets)


def note_hold(visit: Visit, hold: Hold | None) -> None:
    """Let the gate know how a hold stands after a request that was counted."""
    if hold is not None and visit.asker is not None:
        visit.hall.gate.note_hold(visit.asker, visit.performance.scope, hold)


def asker_of(visit: Visit) -> Asker:
    """Return who asks, as limits and scores tell people apart."""
    scope = visit.request.scope
    return askers.asker(
        visit.tenant.schema_name,
        session=visit.session or "",
        network=network_of(visit.request),
        said=[header(scope, name) for name in SAID],
    )


def network_of(request: Request) -> str:
    """Return what limits count by: the caller's address, or network in IPv6."""
    address = request.client.host if request.client else ""
    if settings.TRUSTED_PROXIES:
        noted = header_lines(request.scope, b"x-forwarded-for")
        address = addresses.client_address(address, noted, trusted_proxies=settings.TRUSTED_PROXIES)
    return addresses.prefix_of(address)


def _ensure_same_site(request: Request) -> None:
    """Refuse what a cookie was carried along with by another site's page."""
    site = header(request.scope, b"sec-fetch-site")
    if site:
        if site not in {"same-origin", "none"}:
            raise ForeignOrigin
        return
    origin = header(request.scope, b"origin")
    if origin and origin.partition("://")[2] != header(request.scope, b"host"):
        raise ForeignOrigin
