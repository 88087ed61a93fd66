"""Pages of the project itself: what Django shows when something is refused or breaks."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from eventflow import problems


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form was too old or came from elsewhere."""
    return render(request, "csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if problems.is_for_program(request):
        return problems.plain_problem_response(404)
    return render(request, "404.html", status=404)


def malformed(request: HttpRequest, exception: Exception) -> HttpResponse:
    if problems.is_for_program(request):
        return problems.plain_problem_response(400)
    return render(request, "400.html", status=400)


def broken(request: HttpRequest) -> HttpResponse:
    """Django calls this for what no view and no middleware has caught.

    A database that is away is met outside of views too: by the middleware that looks the organizer
    up, or by a session that is saved.
    """
    error = sys.exception()
    refusal = problems.refusal_of(error) if isinstance(error, Exception) else None
    if refusal is not None:
        return problems.bare_response(request, refusal)
    if problems.is_for_program(request):
        return problems.plain_problem_response(500)
    return render(request, "500.html", status=500)


def too_many(request: HttpRequest) -> HttpResponse:
    """Say that there were more requests than are fair; allauth asks for this page."""
    page = render(request, "429.html", status=429)
    page["Retry-After"] = "60"
    return page


@require_safe
def public_home(request: HttpRequest) -> HttpResponse:
    """The platform's own front page."""
    return render(request, "platform/home.html")
