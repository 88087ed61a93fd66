"""Request ids for the logs, and refusals as pages or problems."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from eventflow import problems
from kernel import logs

log = structlog.get_logger("eventflow.request")

GOOD_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def request_id_of(given: str) -> str:
    """Return the id that a proxy gave the request, or a new one where that is no good one."""
    return given if GOOD_ID.fullmatch(given) else secrets.token_hex(16)


def begin_request(request_id: str, **known: str) -> None:
    """Let every line of this thread name the request, and nothing of the one before it."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id, **known)


def log_answer(method: str | None, route: str, status: int, started: float) -> None:
    """Write the line of a request that began at `started` by `time.perf_counter`.

    The route, never the path or the query: they carry signed links, reset keys, mail addresses.
    """
    log.info(
        "request",
        method=method,
        route=route,
        status=status,
        duration_ms=round((time.perf_counter() - started) * 1000, 1),
    )


class RequestContextMiddleware:
    """Give each request an id, tell it to the client, and log one line when it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = request_id_of(request.headers.get("X-Request-Id", ""))
        begin_request(request_id)
        started = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        # What a view says of its limits, whatever its answer became.
        for name, value in getattr(request, "added_headers", {}).items():
            response[name] = value
        log_answer(request.method, logs.route_of(request), response.status_code, started)
        return response


class ProblemMiddleware:
    """Turn a refusal that a view lets pass into its page, or problem+json for a program."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        refusal = problems.refusal_of(error)
        if refusal is None:
            return None
        if problems.is_for_program(request):
            return problems.problem_http_response(refusal)
        return problems.problem_page(request, refusal)
