"""Pages that say the same to everybody, answered from this process's memory for seconds.

Such a page is made from the request of nobody: organizer, host, path and language are all that it
can follow from. So it has no cart, no name and no form, whoever asked first. It stands in front of
Django, whose own way through all middlewares takes longer than the rest of the answer.
"""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.http import parse_etags
from django.utils.translation import get_language_from_request

from eventflow.middleware import begin_request, log_answer, request_id_of
from kernel import everybody
from kernel.shelf import Shelf
from public_apps.tenants import queries as tenants

log = structlog.get_logger(__name__)

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

MOST_BYTES = 16 * 1024 * 1024
# A page is made anew in milliseconds; while the database is away, it takes longer.
STALE_S = 10
LONGEST_PATH = 200

# What says who asks. Other cookies (of a form, of a buyer's holds) change nothing on such a page,
# but for a language that was chosen: its page is kept as well.
TELLING_HEADERS = ("HTTP_AUTHORIZATION", "HTTP_EVENTFLOW_SESSION")
# All that is known of nobody. An id goes into the log, and in what form one is refused is one's
# own choice: neither is on the page.
KNOWN = frozenset(
    {
        *("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "SERVER_NAME", "SERVER_PORT"),
        *("SERVER_PROTOCOL", "HTTP_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_REQUEST_ID"),
        *("HTTP_ACCEPT", "wsgi.version", "wsgi.url_scheme", "wsgi.errors", "wsgi.multithread"),
        *("wsgi.multiprocess", "wsgi.run_once"),
    }
)
NOT_MODIFIED = frozenset({"Cache-Control", "ETag", "Vary"})


@dataclass(frozen=True, slots=True)
class Page:
    """An answer as it goes out, but for the request's id."""

    body: bytes
    headers: Headers
    etag: str
    route: str


pages: Shelf[Page] = Shelf(most_bytes=MOST_BYTES, stale_s=STALE_S)


class SharedPages:
    """Give strangers what another stranger was given a moment ago; everything else is Django's."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        route = route_for_everybody(environ["PATH_INFO"])
        if route is None or not settings.SHARED_PAGE_SECONDS or not _is_stranger(environ):
            return self.application(environ, start_response)
        tenant = _tenant_of(environ)
        if tenant is None:
            # Unknown to the cache, or nobody, or suspended: TenantMiddleware says which.
            return self.application(environ, start_response)
        key = _key_of(environ, tenant)
        page = pages.find(key)
        if page is None:
            return self._make(key, route, environ, start_response)
        request_id = request_id_of(environ.get("HTTP_X_REQUEST_ID", ""))
        begin_request(request_id, tenant=tenant)
        status, body = _answer(page, request_id, environ, start_response)
        log_answer(environ["REQUEST_METHOD"], route, status, started)
        return body

    def _make(
        self, key: Hashable, route: str, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Make the page for all who come now; what cannot be kept is this visitor's alone."""
        said: list[Any] = []

        def hear(status: str, headers: Headers, exc_info: Any = None) -> None:
            said[:] = status, headers

        try:
            answer = self.application(_nobody(environ), hear)
            status, headers = said
            kept = _page_of(status, headers, answer, route)
            if kept is not None:
                page, life_s = kept
                pages.put(key, page, size=len(page.body), life_s=life_s)
        finally:
            pages.end_turn(key)
        if kept is None:
            start_response(status, headers)
            return answer
        request_id = next(value for name, value in headers if name == "X-Request-Id")
        return _answer(page, request_id, environ, start_response)[1]


@lru_cache(1_024)
def route_for_everybody(path: str) -> str | None:
    """Return the pattern of an organizer's page that says the same to everybody; else None."""
    if len(path) > LONGEST_PATH or not path.isascii():
        return None
    try:
        match = resolve(path, settings.TENANT_URLCONF)
    except Resolver404:
        return None
    return f"/{match.route}" if everybody.is_for_everybody(match.func) else None


def language_of(environ: Environ) -> str:
    """Return the language of the page that Django would make."""
    name = re.escape(settings.LANGUAGE_COOKIE_NAME)
    chosen = re.search(rf"(?:^|;)\s*{name}=([a-z-]{{2,12}})", environ.get("HTTP_COOKIE", ""))
    return _language_of(chosen[1] if chosen else "", environ.get("HTTP_ACCEPT_LANGUAGE", ""))


@lru_cache(1_024)
def _language_of(chosen: str, accepted: str) -> str:
    request = HttpRequest()
    request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = chosen
    request.META["HTTP_ACCEPT_LANGUAGE"] = accepted
    return get_language_from_request(request)


def _is_stranger(environ: Environ) -> bool:
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or environ.get("SCRIPT_NAME"):
        return False
    if any(name in environ for name in TELLING_HEADERS):
        return False
    cookies = environ.get("HTTP_COOKIE")
    # More may look like one of these than is one: that visitor gets a page of their own.
    return not cookies or not any(f"{name}=" in cookies for name in _telling_cookies())


def _telling_cookies() -> tuple[str, ...]:
    return settings.SESSION_COOKIE_NAME, settings.CART_COOKIE_NAME


def _tenant_of(environ: Environ) -> str | None:
    """Return the schema of the organizer at this host, if it is known and active."""
    host = tenants.host_name(environ.get("HTTP_HOST", ""))
    if tenants.is_public_host(host):
        return None
    _, tenant = tenants.cached_tenant_at(host)
    return tenant.schema_name if tenant is not None and tenant.is_active else None


def _key_of(environ: Environ, schema_name: str) -> Hashable:
    return (
        schema_name,
        # As it was sent, with its port: an absolute address on the page would have it.
        environ["HTTP_HOST"],
        environ["wsgi.url_scheme"],
        environ.get("HTTP_X_FORWARDED_PROTO") if settings.TRUSTED_PROXIES else None,
        environ["PATH_INFO"],
        language_of(environ),
    )


def _nobody(environ: Environ) -> Environ:
    """Return the request as somebody would send it of whom nothing is known but the language."""
    return {
        **{name: value for name, value in environ.items() if name in KNOWN},
        "HTTP_ACCEPT_LANGUAGE": language_of(environ),
        "QUERY_STRING": "",
        "REMOTE_ADDR": "",
        "wsgi.input": BytesIO(),
    }


def _page_of(
    status: str, headers: Headers, answer: Iterable[bytes], route: str
) -> tuple[Page, float] | None:
    """Read and close an answer that is for everybody: the page, and its life in seconds."""
    if not status.startswith("200"):
        return None
    if any(name == "Set-Cookie" for name, _ in headers):
        # Somebody put a form or a basket on it. Nobody else is given it, and we are told.
        log.error("shared_page_sets_cookies", route=route)
        return None
    changes_in_s = everybody.seconds_until_change(answer)
    try:
        body = b"".join(answer)
    finally:
        getattr(answer, "close", lambda: None)()
    life_s, proxies = float(settings.SHARED_PAGE_SECONDS), f", stale-while-revalidate={STALE_S}"
    if changes_in_s is not None:
        life_s, proxies = min(life_s, changes_in_s), ""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    # A browser asks each time and mostly gets a 304; a proxy's memory asks after seconds.
    caching = f"public, max-age=0, s-maxage={math.ceil(life_s)}{proxies}"
    kept = [pair for pair in headers if pair[0] not in {"X-Request-Id", "Cache-Control"}]
    kept += [("Cache-Control", caching), ("ETag", etag)]
    return Page(body, kept, etag, route), life_s


def _answer(
    page: Page, request_id: str, environ: Environ, start_response: StartResponse
) -> tuple[int, list[bytes]]:
    """Begin the answer; its status, and the body to send."""
    asked = environ.get("HTTP_IF_NONE_MATCH")
    if asked and (asked == "*" or page.etag in _strong(parse_etags(asked))):
        headers = [pair for pair in page.headers if pair[0] in NOT_MODIFIED]
        start_response("304 Not Modified", [*headers, ("X-Request-Id", request_id)])
        return 304, []
    start_response("200 OK", [*page.headers, ("X-Request-Id", request_id)])
    return 200, [] if environ["REQUEST_METHOD"] == "HEAD" else [page.body]


def _strong(tags: Iterable[str]) -> set[str]:
    """Return the tags as ours are: a proxy that compresses marks them as weak."""
    return {tag.removeprefix("W/") for tag in tags}
