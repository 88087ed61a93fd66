"""What a refusal becomes in the API: Django REST framework's part of `problems`."""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from eventflow import problems
from kernel import errors


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every answer that is not a success has the same shape."""
    refusal = problems.refusal_of(error)
    if refusal is not None:
        return Response(
            problems.problem_of(refusal),
            status=problems.status_of(refusal),
            headers=problems.headers_of(refusal),
            content_type=problems.CONTENT_TYPE,
        )
    if isinstance(error, exceptions.ValidationError):
        body = problems.plain_problem(422, errors.Invalid.code, errors.Invalid.message)
        body["errors"] = _flatten(error.detail)[:50]
        return Response(body, status=422, content_type=problems.CONTENT_TYPE)
    response = exception_handler(error, context)
    if response is None:
        return None
    code, title = problems.PLAIN.get(response.status_code, ("refused", "The request was refused."))
    response.data = problems.plain_problem(response.status_code, code, title)
    response.content_type = problems.CONTENT_TYPE
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
