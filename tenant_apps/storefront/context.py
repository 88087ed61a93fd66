"""What every page of an organizer's shop has in its head and foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from tenant_apps.storefront.pages.parts import CartBadge
from tenant_apps.storefront.views import memory


@dataclass(frozen=True, slots=True)
class Shop:
    name: str
    home_url: str
    find_url: str
    brand_url: str
    # By code and own name; none on pages that are not translated.
    languages: Sequence[tuple[str, str]]
    languages_url: str
    # Where the visitor is: the choice of a language leads back there.
    here: str
    cart: CartBadge | None


def shop(request: HttpRequest) -> dict[str, Any]:
    """Add `shop` to the context of pages at an organizer's host."""
    tenant = getattr(request, "tenant", None)
    if tenant is None:
        return {}
    try:
        home_url = reverse("storefront:home")
    except NoReverseMatch:
        return {}
    count = memory.read(request).count
    colour = tenant.brand_colour.removeprefix("#")
    return {
        "shop": Shop(
            name=tenant.name,
            home_url=home_url,
            find_url=reverse("storefront:find_order"),
            brand_url=f"{reverse('storefront:brand')}?{colour}",
            languages=getattr(request, "languages", ()),
            languages_url=reverse("choose_language"),
            here=_here(request, home_url),
            cart=CartBadge(count, reverse("storefront:cart")) if count else None,
        )
    }


def _here(request: HttpRequest, home_url: str) -> str:
    """Return the page's address; of one that answers a form, that of the form's own page."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host():
        return home_url
    return came_from._replace(scheme="", netloc="", fragment="").geturl()
