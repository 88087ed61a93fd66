"""Pages that say the same to everybody: how a view says so.

@for_everybody
def event(request: HttpRequest, slug: str) -> HttpResponse:
    ...
    return changes_in(render(...), seconds)

Such a page follows from organizer, host, path, language and the moment. It is made from a request
that knows nothing else (`eventflow.shared_pages`): no cookie, no query, no address of anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers

View = Callable[..., HttpResponse]


def for_everybody(view: View) -> View:
    """Let what the view answers to a stranger be given to every stranger, for seconds.

    By itself the answer is one visitor's own: it may have their cart in its head.
    """

    @wraps(view)
    def shared(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ("Cookie",))
        return response

    shared.is_for_everybody = True  # type: ignore[attr-defined]
    return shared


def is_for_everybody(view: View) -> bool:
    """Whether the view's page says the same to everybody."""
    return getattr(view, "is_for_everybody", False)


def changes_in(response: HttpResponse, seconds: float | None) -> HttpResponse:
    """Note when the page will say something else by itself; None: not foreseen."""
    response.changes_in_s = seconds  # type: ignore[attr-defined]
    return response


def seconds_until_change(response: object) -> float | None:
    """Return what `changes_in` noted."""
    seconds: float | None = getattr(response, "changes_in_s", None)
    return seconds
