"""How often a buyer may ask for places through a page: the same limits as in the live process."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from kernel import addresses
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory import sessions

View = Callable[..., HttpResponse]


def asks_for_places(view: View) -> View:
    """Count a page's request for places. Refuses with TooMany, which has a page of its own."""

    @wraps(view)
    def counted(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        count_request(request)
        return view(request, *arguments, **named)

    return counted


def count_request(request: HttpRequest) -> None:
    """Take a token of the buyer's and of the network's. Refuses with TooMany."""
    network = addresses.prefix_of(
        addresses.client_address(
            request.META.get("REMOTE_ADDR", ""),
            request.headers.get("X-Forwarded-For", ""),
            trusted_proxies=settings.TRUSTED_PROXIES,
        )
    )
    inventory.ensure_within_limits(session=sessions.ensure(request), network=network)
