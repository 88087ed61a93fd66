"""What is on, one event, and the organizer's colour."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kernel import clock
from kernel.colours import is_colour
from kernel.everybody import changes_in, for_everybody
from tenant_apps.storefront import domain
from tenant_apps.storefront.queries import programme


@require_safe
@for_everybody
def home(request: HttpRequest) -> HttpResponse:
    page = programme.home_page(clock.now())
    return changes_in(render(request, "storefront/home.html", {"page": page}), page.opens_in_s)


@require_safe
@for_everybody
def event(request: HttpRequest, slug: str) -> HttpResponse:
    page = programme.event_page(slug, clock.now())
    return changes_in(render(request, "storefront/event.html", {"page": page}), page.opens_in_s)


@require_safe
def brand(request: HttpRequest) -> HttpResponse:
    """Serve the organizer's colour as design tokens; the address changes with the colour."""
    colour = request.tenant.brand_colour  # type: ignore[attr-defined]
    sheet = domain.brand_sheet(colour) if is_colour(colour) else ""
    answer = HttpResponse(sheet, content_type="text/css; charset=utf-8")
    answer["Cache-Control"] = "public, max-age=86400"
    return answer
