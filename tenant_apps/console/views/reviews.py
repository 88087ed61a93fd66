"""The organizer's pages about buyers: orders to be looked at, who is blocked, who is trusted."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kernel import clock, errors
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.access.guards import member_page
from tenant_apps.checkout import services as checkout
from tenant_apps.console import pages
from tenant_apps.console.pages import reviews as shown
from tenant_apps.console.views.frame import show
from tenant_apps.orders import queries as orders
from tenant_apps.queueing import queries as queueing
from tenant_apps.queueing import services as lists
from tenant_apps.queueing.domain.lists import REASON_MAX, Verdict, ensure_good_reason
from tenant_apps.queueing.domain.reviews import ReviewState
from tenant_apps.tickets import queries as tickets

PAGE_SIZE = 25


@require_safe
@member_page(Permission.ORDERS_VIEW)
def reviews(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    """The orders that a rule points at, the oldest first."""
    page = Paginator(queueing.reviews_visible_to(actor), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    found = orders.orders_by_ids(actor, [review.order_ref for review in page])
    context = {"page": page, "reviews": shown.review_rows(page, found, clock.now()), "rest": ""}
    return show(request, "reviews", actor, context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.ORDERS_VIEW)
def review(request: HttpRequest, order_id: str, *, actor: Actor) -> HttpResponse:
    """One such order, why, and what to do about it."""
    if request.method != "POST":
        return _review_page(request, order_id, actor)
    try:
        _decide(order_id, request.POST.get("decision", ""), request.POST.get("reason", ""), actor)
    except errors.Invalid as fault:
        return _review_page(request, order_id, actor, fault=fault, status=422)
    except errors.Conflict as refusal:
        return _review_page(request, order_id, actor, refusal=refusal, status=409)
    return redirect("console:review", order_id=order_id)


def _decide(order_id: str, decision: str, reason: str, actor: Actor) -> None:
    match decision:
        case "refund":
            checkout.refund_looked_at(
                order_id=order_id, reason=ensure_good_reason(reason), actor=actor
            )
        case "block":
            checkout.block_buyer(order_id=order_id, reason=ensure_good_reason(reason), actor=actor)
        case "accept":
            checkout.accept_order(order_id=order_id, actor=actor)
        case _:
            raise errors.Invalid(field="decision")


def _review_page(
    request: HttpRequest,
    order_id: str,
    actor: Actor,
    *,
    fault: errors.Invalid | None = None,
    refusal: errors.Conflict | None = None,
    status: int = 200,
) -> HttpResponse:
    found = orders.get_order_visible_to(actor, order_id)
    looked_at = queueing.get_review(order_id)
    context = {
        "review": shown.review_row(looked_at, found, clock.now()),
        "order": pages.order_row(found),
        "lines": pages.line_rows(found, tickets.tickets_of_order(order_id)),
        "may_decide": looked_at.state == ReviewState.OPEN and actor.may(Permission.ORDERS_REFUND),
        "reason": request.POST.get("reason", "")[:REASON_MAX],
        "reason_max": REASON_MAX,
        "fault": fault,
        "refusal": refusal,
    }
    return show(request, "review", actor, context, status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.ORDERS_VIEW)
def listings(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    """Whom the organizer does not sell to, and whom it trusts; and one more of them."""
    if request.method != "POST":
        return _listings_page(request, actor, shown.ListingForm())
    form = shown.read_listing_form(request.POST)
    try:
        tenant = request.tenant  # type: ignore[attr-defined]
        lists.list_buyer(form.entry(tenant.timezone), actor=actor)
    except errors.Invalid as fault:
        return _listings_page(request, actor, form, fault=fault, status=422)
    except errors.Conflict as refusal:
        return _listings_page(request, actor, form, refusal=refusal, status=409)
    return redirect("console:listings")


@require_POST
@member_page(Permission.ORDERS_VIEW, Permission.ORDERS_REFUND)
def unlist(request: HttpRequest, listing_id: str, *, actor: Actor) -> HttpResponse:
    """Take an entry off the list."""
    lists.unlist_buyer(public_id=listing_id, actor=actor)
    return redirect("console:listings")


def _listings_page(
    request: HttpRequest,
    actor: Actor,
    form: shown.ListingForm,
    *,
    fault: errors.Invalid | None = None,
    refusal: errors.Conflict | None = None,
    status: int = 200,
) -> HttpResponse:
    found = queueing.listings_visible_to(actor)
    verdict = request.GET.get("verdict", "")
    if verdict in set(Verdict):
        found = found.filter(verdict=verdict)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "listings": shown.listing_rows(page, clock.now()),
        "verdict": verdict,
        "rest": urlencode({"verdict": verdict}) if verdict in set(Verdict) else "",
        "form": form,
        "may_change": actor.may(Permission.ORDERS_REFUND),
        "reason_max": REASON_MAX,
        "fault": fault,
        "refusal": refusal,
    }
    return show(request, "listings", actor, context, status)
