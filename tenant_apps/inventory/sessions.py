"""Who a buyer is without an account: a signed session.

On the storefront it is a first-party HttpOnly cookie, on partner pages a header token. It is
signed for its tenant, so another organizer's is rubbish here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from kernel import signing
from kernel.errors import DomainError
from tenant_apps.inventory.domain import SESSION

HEADER = "EventFlow-Session"
PURPOSE = "buyer-session"
LIFE = timedelta(days=7)


def new_session() -> str:
    """Return a fresh session: 128 random bits."""
    return secrets.token_urlsafe(16)


def token_of(session: str, *, schema_name: str | None = None) -> str:
    """Return what the buyer carries."""
    return signing.sign(PURPOSE, {"s": session}, schema_name=schema_name)


def session_of(token: str | None, *, schema_name: str | None = None) -> str | None:
    """Return the session of a token; None for none, a forged, a foreign or an old one."""
    if not token:
        return None
    try:
        payload = signing.unsign(PURPOSE, token, max_age=LIFE, schema_name=schema_name)
    except DomainError:
        return None
    session = payload.get("s")
    return session if isinstance(session, str) and SESSION.fullmatch(session) else None


def find(request: HttpRequest) -> str | None:
    """Return the session that the request carries, if it carries a good one."""
    return session_of(
        request.headers.get(HEADER) or request.COOKIES.get(settings.BUYER_COOKIE_NAME)
    )


def ensure(request: HttpRequest) -> str:
    """Return the request's session, a new one when it has none; `keep` then sends it."""
    session = find(request) or getattr(request, "_new_buyer_session", None)
    if session is None:
        session = new_session()
        request._new_buyer_session = session  # type: ignore[attr-defined]
    return session


def keep(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Set the cookie when `ensure` has made a session for this request."""
    session = getattr(request, "_new_buyer_session", None)
    if session is not None:
        response.set_cookie(
            settings.BUYER_COOKIE_NAME,
            token_of(session),
            max_age=LIFE,
            httponly=True,
            secure=settings.SECURE,
            samesite="Lax",
        )
    return response


class BuyerSessionMiddleware:
    """Send the cookie of a session that a view has made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return keep(request, self.get_response(request))
