"""What a refusal becomes on the wire: problem+json (RFC 9457), or a page for a person.

The one table of status codes. The API (`api_problems`), the live process and plain pages all use
it; what it imports, all of them keep in memory.
"""

from __future__ import annotations

import json
from math import ceil
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext
from psycopg_pool import PoolTimeout
from redis import RedisError

from kernel import errors

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json"

STATUS_BY_KIND: dict[type[errors.DomainError], int] = {
    errors.Invalid: 422,
    errors.Unauthenticated: 401,
    errors.NotAllowed: 403,
    errors.Missing: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooMany: 429,
    errors.Unavailable: 503,
    errors.TooLarge: 413,
    errors.DomainError: 400,  # last: the kinds above are all DomainErrors
}


# What HTTP itself refuses, before any of our rules is asked.
PLAIN: dict[int, tuple[str, str]] = {
    400: ("malformed", "The request cannot be read. Is the body valid JSON?"),
    401: (errors.Unauthenticated.code, errors.Unauthenticated.message),
    403: (errors.NotAllowed.code, errors.NotAllowed.message),
    404: (errors.Missing.code, errors.Missing.message),
    405: ("method_not_allowed", "This address does not take this method."),
    406: ("not_acceptable", "The API answers application/json; the Accept header refuses that."),
    415: ("unsupported_media_type", "The API takes application/json."),
    429: (errors.TooMany.code, errors.TooMany.message),
    500: ("internal_error", "That was our mistake, and we have been told."),
}

PROGRAM_PATHS = ("/api/v1/", "/oauth/", "/webhooks/")


def status_of(error: errors.DomainError) -> int:
    """Return the HTTP status of a refusal."""
    return next(status for kind, status in STATUS_BY_KIND.items() if isinstance(error, kind))


def problem_of(error: errors.DomainError) -> dict[str, Any]:
    """Return the problem document: status, code, title and the refusal's details as members."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": str(error.message),
        "status": status_of(error),
        "code": error.code,
    }
    return {**{name: value for name, value in error.details.items() if name not in body}, **body}


def headers_of(error: errors.DomainError) -> dict[str, str]:
    """Return the headers that belong to the refusal: when to come back, how to sign in."""
    headers = {}
    retry_after_s = error.details.get("retry_after_s")
    if retry_after_s is None and isinstance(error, errors.Unavailable):
        retry_after_s = 2
    if retry_after_s is not None:
        headers["Retry-After"] = str(max(1, ceil(float(str(retry_after_s)))))
    # RFC 6750, section 3: no error code for who sent no token at all.
    if isinstance(error, errors.Unauthenticated):
        known = "" if error.code == errors.Unauthenticated.code else f', error="{error.code}"'
        headers["WWW-Authenticate"] = f'Bearer realm="api"{known}'
    elif "scope" in error.details and isinstance(error, errors.NotAllowed):
        headers["WWW-Authenticate"] = (
            f'Bearer realm="api", error="{error.code}", scope="{error.details["scope"]}"'
        )
    return headers


def refusal_of(error: Exception) -> errors.DomainError | None:
    """Return what an error means to the caller; None for a mistake of ours.

    A database or a Valkey that does not answer is Unavailable, not a mistake.
    """
    if isinstance(error, errors.DomainError):
        return error
    if isinstance(error, (OperationalError, InterfaceError, PoolTimeout, RedisError)):
        log.warning("part_unavailable", error=type(error).__name__, exc_info=error)
        return errors.Unavailable(retry_after_s=2)
    return None


def problem_http_response(error: errors.DomainError) -> HttpResponse:
    """Return the problem as a plain Django answer."""
    return HttpResponse(
        json.dumps(problem_of(error), default=str),
        status=status_of(error),
        content_type=CONTENT_TYPE,
        headers=headers_of(error),
    )


def problem_page(request: HttpRequest, error: errors.DomainError) -> HttpResponse:
    """Return the problem as a page that says what happened and what to do."""
    names, context = _templates(error)
    page = render(request, names, context, status=status_of(error))
    for name, value in headers_of(error).items():
        page[name] = value
    return page


def bare_response(request: HttpRequest, error: errors.DomainError) -> HttpResponse:
    """Return the problem without asking for user, session or shop: their database may be away."""
    if is_for_program(request):
        return problem_http_response(error)
    page = HttpResponse(render_to_string(*_templates(error)), status=status_of(error))
    for name, value in headers_of(error).items():
        page[name] = value
    page["Cache-Control"] = "no-store"
    return page


def plain_problem_response(status: int) -> HttpResponse:
    """Return the problem that belongs to a status which no view decided: 404, 400, 500."""
    code, title = PLAIN[status]
    return HttpResponse(
        json.dumps(plain_problem(status, code, title)), status=status, content_type=CONTENT_TYPE
    )


def is_for_program(request: HttpRequest) -> bool:
    """Whether the answer is read by a program: by the path, then by what it accepts."""
    return request.path.startswith(PROGRAM_PATHS) or not request.accepts("text/html")


def plain_problem(status: int, code: str, title: object) -> dict[str, Any]:
    """Return a problem document without details."""
    return {"type": "about:blank", "title": str(title), "status": status, "code": code}


def _templates(error: errors.DomainError) -> tuple[list[str], dict[str, Any]]:
    # For people, in their language; programs go by the code.
    message = gettext(str(error.message))
    problem = {**problem_of(error), "title": message, "message": message}
    # A refusal that leads on has a page of its own; nearly all do with their status'.
    names = [f"errors/{error.code}.html", f"{status_of(error)}.html", "message.html"]
    return names, {"problem": problem, "error": error}
