"""Asking to be told when places come back, and ending that. Nobody learns who waits for what."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kernel import clock, limits
from kernel.db import current_schema
from kernel.errors import Invalid
from kernel.languages import current_language
from tenant_apps.events import queries as events
from tenant_apps.events.models import Performance
from tenant_apps.notifications import queries as alerts
from tenant_apps.notifications import services as notifications
from tenant_apps.notifications.domain import MOST_WANTED
from tenant_apps.orders.domain import EMAIL_MAX, email_of
from tenant_apps.storefront.pages.alerts import AlertPage, EndAlertPage
from tenant_apps.storefront.pages.parts import Text, email_field
from tenant_apps.storefront.queries import parts
from tenant_apps.storefront.queries.programme import has_places
from tenant_apps.storefront.views.limits import network_of
from tenant_apps.storefront.views.seating import whole_number

PLACES = 2


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def alert(request: HttpRequest, performance_id: str) -> HttpResponse:
    """Take an address to tell of places. The answer is the same whether it waits already."""
    performance = events.performance_for_sale(performance_id)
    if not performance.sale_state(clock.now()).is_open:
        return HttpResponseRedirect(parts.event_url(performance.event))
    if request.method != "POST":
        return _form(request, performance, noted="noted" in request.GET)
    typed = request.POST.get("email", "")[: EMAIL_MAX + 1]
    places = whole_number(request.POST.get("places"), otherwise=PLACES)
    try:
        email = email_of(typed)
    except Invalid as refusal:
        return _form(request, performance, typed, places, gettext(str(refusal.message)))
    here = limits.bucket(current_schema(), "alert-from", network_of(request))
    limits.take(here, capacity=10, refill_per_s=1 / 60).ensure()
    notifications.alert_me(
        performance=performance,
        email=email,
        places=min(places, _most(performance)),
        locale=current_language(),
    )
    return HttpResponseRedirect(f"{parts.alert_url(performance)}?noted")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def end_alert(request: HttpRequest, alert_token: str) -> HttpResponse:
    """Forget an alert. Programs that open links in mails change nothing: it takes the button."""
    found = alerts.alert_by_link(alert_token)
    page = EndAlertPage(
        title=found.performance.event.title,
        form_url=reverse("storefront:end_alert", args=[alert_token]),
        event_url=parts.event_url(found.performance.event),
        ended=request.method == "POST",
    )
    if page.ended:
        notifications.end_alert(found)
    answer = render(request, "storefront/end_alert.html", {"page": page})
    answer["Referrer-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _form(
    request: HttpRequest,
    performance: Performance,
    email: str = "",
    places: int = PLACES,
    error: Text = "",
    *,
    noted: bool = False,
) -> HttpResponse:
    page = AlertPage(
        head=parts.head_of(performance),
        email=email_field(email, error),
        places=places,
        most=_most(performance),
        form_url=parts.alert_url(performance),
        seats_url=parts.seats_url(performance) if has_places(performance) else "",
        noted=noted,
    )
    return render(request, "storefront/alert.html", {"page": page}, status=422 if error else 200)


def _most(performance: Performance) -> int:
    return min(performance.max_places_per_order, MOST_WANTED)
