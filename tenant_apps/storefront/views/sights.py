"""Pictures and notes of a plan's parts, for everybody who has their address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from tenant_apps.storefront.queries import sights as queries
from tenant_apps.storefront.views.seating import A_YEAR_S
from tenant_apps.venues import queries as venues
from tenant_apps.venues.domain import pictures

# Opened by itself, a picture is a document of its own: it may do nothing.
PICTURE_POLICY = "default-src 'none'; sandbox"


@require_safe
def sights(request: HttpRequest, version_id: str) -> HttpResponse:
    """Say what is shown and said of a plan version's places."""
    found = queries.sights_of(venues.get_version(version_id))
    answer = JsonResponse(queries.as_json(found))
    answer["Cache-Control"] = f"public, max-age={queries.SECONDS}"
    return answer


@require_safe
def picture(request: HttpRequest, picture_id: str, width: int) -> HttpResponseBase:
    """Serve a picture in one of its widths: the same bytes for everybody and for ever."""
    if width not in pictures.WIDTHS:
        raise venues.NoSuchPicture
    content = venues.picture(picture_id, width)
    answer = HttpResponse(content, content_type=pictures.CONTENT_TYPE)
    answer["Cache-Control"] = f"public, max-age={A_YEAR_S}, immutable"
    answer["Content-Security-Policy"] = PICTURE_POLICY
    # After it was read: what was taken away is gone for those as well who have it.
    etag = quote_etag(f"{picture_id}-{width}")
    answer["ETag"] = etag
    return get_conditional_response(request, etag, response=answer) or answer
