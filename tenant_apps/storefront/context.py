"""What every page of an organizer's shop has in its head and foot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
            cart=CartBadge(count, reverse("storefront:cart")) if count else None,
        )
    }
