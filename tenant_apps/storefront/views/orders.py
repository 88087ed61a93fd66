"""After the order: its page behind a signed link, tickets, paying, leaving, finding it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kernel import clock, limits
from kernel.db import current_schema
from kernel.errors import DomainError, Invalid
from kernel.languages import current_language
from tenant_apps.checkout import queries as checkout_queries
from tenant_apps.checkout import services as checkout
from tenant_apps.inventory import sessions
from tenant_apps.orders.domain import EMAIL_MAX, email_of
from tenant_apps.orders.models import Order
from tenant_apps.payments import services as payments
from tenant_apps.storefront import services
from tenant_apps.storefront.pages.orders import FindOrderPage, OrderLook
from tenant_apps.storefront.pages.parts import email_field
from tenant_apps.storefront.queries import orders as order_pages
from tenant_apps.storefront.queries.calendar import calendar_of
from tenant_apps.storefront.views import memory, problems
from tenant_apps.storefront.views.limits import network_of
from tenant_apps.storefront.views.problems import Problem
from tenant_apps.tickets import queries as tickets
from tenant_apps.tickets.rendering import render_pdf

# How often a waiting page loads itself again where no script asks more often.
RELOAD_S = 8


@require_safe
@never_cache
def order(request: HttpRequest, token: str) -> HttpResponse:
    return _page(request, token)


def _page(request: HttpRequest, token: str, problem: Problem | None = None) -> HttpResponse:
    returned = "paid" in request.GET
    found = _looked_up(token, ask=returned)
    page = order_pages.order_page(found, token, returned=returned, now=clock.now())
    answer = render(
        request,
        "storefront/order.html",
        {"page": page, "problem": problem, "was_mailed": "mailed" in request.GET},
        status=problem.status if problem else 200,
    )
    answer["Referrer-Policy"] = "same-origin"
    answer["X-Robots-Tag"] = "noindex"
    if page.look is OrderLook.WAITING:
        answer["Refresh"] = str(RELOAD_S)
    return answer


@require_safe
@never_cache
def order_status(request: HttpRequest, token: str) -> JsonResponse:
    """Say how the order stands, for the page that waits for it."""
    found = _looked_up(token, ask=True)
    look = order_pages.look_of(found, returned=True, now=clock.now())
    return JsonResponse({"look": look.value})


def _looked_up(token: str, *, ask: bool) -> Order:
    """Return the order; when its payment should be known by now, ask Stripe first."""
    found = checkout_queries.order_by_link(token)
    if ask and services.ask_about_payment(found):
        found = checkout_queries.order_by_link(token)
    return found


@require_safe
@never_cache
def order_pdf(request: HttpRequest, token: str) -> HttpResponse:
    found = checkout_queries.order_by_link(token)
    valid = tickets.valid_tickets_of_order(found.public_id)
    if not valid:
        return HttpResponseRedirect(reverse("storefront:order", args=[token]))
    body = render_pdf(
        valid,
        tenant=request.tenant,  # type: ignore[attr-defined]
        order_number=found.number,
        locale=current_language(),
    )
    answer = HttpResponse(body, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="tickets-{found.number}.pdf"'
    answer["Referrer-Policy"] = "same-origin"
    return answer


@require_safe
@never_cache
def order_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Give what was bought as a calendar file, while its tickets are valid."""
    found = checkout_queries.order_by_link(token)
    if not tickets.valid_tickets_of_order(found.public_id):
        return HttpResponseRedirect(reverse("storefront:order", args=[token]))
    origin = f"{request.scheme}://{request.get_host()}"
    answer = HttpResponse(
        calendar_of(found, origin=origin), content_type="text/calendar; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="order-{found.number}.ics"'
    answer["Referrer-Policy"] = "same-origin"
    return answer


@require_POST
def order_resend(request: HttpRequest, token: str) -> HttpResponse:
    """Send the tickets once more, to the address that ordered them and to no other."""
    found = checkout_queries.order_by_link(token)
    if not tickets.valid_tickets_of_order(found.public_id):
        return HttpResponseRedirect(reverse("storefront:order", args=[token]))
    bucket = limits.bucket(current_schema(), "resend", found.public_id)
    limits.take(bucket, capacity=3, refill_per_s=1 / 1200).ensure()
    services.send_tickets_again(order_id=found.public_id)
    return HttpResponseRedirect(f"{reverse('storefront:order', args=[token])}?mailed")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@payments.someone_waits()
def order_pay(request: HttpRequest, token: str) -> HttpResponse:
    """Lead to the payment page.

    A form must not end on another site (form-action of our policy), so it ends here, and this page
    leads on by itself, with or without a script.
    """
    address = reverse("storefront:order", args=[token])
    if request.method == "POST":
        return HttpResponseRedirect(reverse("storefront:order_pay", args=[token]))
    found = checkout_queries.order_by_link(token)
    try:
        started = checkout.continue_paying(found.public_id)
    except DomainError as refusal:
        return _page(request, token, problems.said(refusal))
    if not started.pay_url:
        return HttpResponseRedirect(address)
    answer = render(
        request, "storefront/to_payment.html", {"pay_url": started.pay_url, "order_url": address}
    )
    answer["Refresh"] = f"0; url={started.pay_url}"
    answer["Referrer-Policy"] = "same-origin"
    return answer


@require_POST
@payments.someone_waits()
def order_leave(request: HttpRequest, token: str) -> HttpResponse:
    """End the buyer's own unpaid order; its places are in the cart again."""
    found = checkout_queries.order_by_link(token)
    remembered = memory.read(request)
    try:
        checkout.leave_order(order_id=found.public_id, session=sessions.ensure(request))
    except DomainError as refusal:
        return _page(request, token, problems.said(refusal))
    _remember_places(found, remembered)
    return memory.keep(HttpResponseRedirect(reverse("storefront:cart")), remembered)


def _remember_places(left: Order, remembered: memory.Memory) -> None:
    """Put the places of an order that was left, and their tickets, back into the cart's memory."""
    lines = list(left.lines.all())
    remembered.order, remembered.parts = "", {}
    for performance_id, hold_id, _ordinals in left.holds:
        here = [line for line in lines if line.performance_id == performance_id]
        performance = here[0].performance.public_id
        tiers = {line.ordinal: line.tier_key for line in here}
        remembered.parts[hold_id] = memory.Part(performance, tiers)
        remembered.visit(performance)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def find_order(request: HttpRequest) -> HttpResponse:
    """Send the links to somebody's orders by mail. The answer is the same for every address."""
    form_url = reverse("storefront:find_order")
    if request.method != "POST":
        page = FindOrderPage(email_field(""), sent="sent" in request.GET, form_url=form_url)
        return _find(request, page)
    typed = request.POST.get("email", "")[: EMAIL_MAX + 1]
    try:
        email = email_of(typed)
    except Invalid as refusal:
        page = FindOrderPage(email_field(typed, gettext(str(refusal.message))), form_url=form_url)
        return _find(request, page, status=422)
    schema_name = current_schema()
    here = limits.bucket(schema_name, "find-order-from", network_of(request))
    limits.take(here, capacity=10, refill_per_s=1 / 60).ensure()
    # Per mailbox nothing is refused, so that nothing is told: later mails are just not sent.
    mailbox = limits.bucket(schema_name, "find-order-to", email.lower())
    if limits.take(mailbox, capacity=3, refill_per_s=1 / 600).allowed:
        services.send_order_links(email=email, locale=current_language())
    return HttpResponseRedirect(f"{form_url}?sent")


def _find(request: HttpRequest, page: FindOrderPage, status: int = 200) -> HttpResponse:
    return render(request, "storefront/find_order.html", {"page": page}, status=status)
