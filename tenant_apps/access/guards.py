"""Who gets into a member's page. Views behind it are given the actor."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from tenant_apps.access import queries
from tenant_apps.access.domain import Permission

View = Callable[..., HttpResponse]


def member_page(*permissions: Permission) -> Callable[[View], View]:
    """Let members with these permissions in; strangers sign in first, others get a 403 page."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            actor = queries.actor_of_user(request.user)
            for permission in permissions:
                actor.ensure(permission)
            return view(request, *args, actor=actor, **kwargs)

        return never_cache(guarded)

    return declare
