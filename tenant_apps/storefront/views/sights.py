"""Pictures and notes of a plan's parts, for everybody who has their address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from tenant_apps.storefront.queries import sights as queries
from tenant_apps.storefront.views.seating import A_YEAR_S
from tenant_apps.venues import queries as venues
from tenant_apps.venues.domain import pictures


@require_safe
def sights(request: HttpRequest, version_id: str) -> HttpResponse:
    """Say what is shown and said of a plan version's places."""
    found = queries.sights_of(venues.get_version(version_id))
    answer = JsonResponse(queries.as_json(found))
    answer["Cache-Control"] = f"public, max-age={queries.SECONDS}"
    return answer


@require_safe
def picture(request: HttpRequest, picture_id: str, width: int) -> HttpResponse:
    """Serve a picture in one of its widths: the same bytes for everybody and for ever."""
    if width not in pictures.WIDTHS:
        raise venues.NoSuchPicture
    content = venues.picture(picture_id, width)
    answer = HttpResponse(content, content_type=pictures.CONTENT_TYPE)
    answer["Cache-Control"] = f"public, max-age={A_YEAR_S}, immutable"
    return answer
