"""What a refusal becomes on the wire: problem+json (RFC 9457), or a page for a person.

The one table of status codes. DRF, the live process and plain pages all use it.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from kernel import errors

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
    errors.DomainError: 400,  # last: the kinds above are all DomainErrors
}


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
        headers["Retry-After"] = str(max(1, round(float(str(retry_after_s)))))
    if isinstance(error, errors.Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    return headers


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
    status = status_of(error)
    page = render(
        request,
        [f"{status}.html", "message.html"],
        {"problem": {**problem_of(error), "message": error.message}, "error": error},
        status=status,
    )
    for name, value in headers_of(error).items():
        page[name] = value
    return page


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every answer that is not a success has the same shape."""
    if isinstance(error, errors.DomainError):
        return Response(
            problem_of(error),
            status=status_of(error),
            headers=headers_of(error),
            content_type=CONTENT_TYPE,
        )
    if isinstance(error, exceptions.ValidationError):
        fields = _flatten(error.detail)
        return Response(
            {
                "type": "about:blank",
                "title": str(errors.Invalid.message),
                "status": 422,
                "code": errors.Invalid.code,
                "errors": fields[:50],
            },
            status=422,
            content_type=CONTENT_TYPE,
        )
    response = exception_handler(error, context)
    if response is None:
        return None
    code = getattr(error, "default_code", "error")
    title = str(getattr(error, "detail", error))
    response.data = {
        "type": "about:blank",
        "title": title,
        "status": response.status_code,
        "code": code,
    }
    response.content_type = CONTENT_TYPE
    return response


def _flatten(detail: Any, path: str = "") -> list[dict[str, str]]:
    if isinstance(detail, dict):
        return [
            line
            for name, inner in detail.items()
            for line in _flatten(inner, f"{path}.{name}" if path else str(name))
        ]
    if isinstance(detail, list):
        return [
            line
            for place, inner in enumerate(detail)
            for line in _flatten(
                inner, f"{path}[{place}]" if isinstance(inner, (dict, list)) else path
            )
        ]
    return [{"field": path, "code": getattr(detail, "code", "invalid"), "message": str(detail)}]
