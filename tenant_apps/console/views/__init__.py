"""The organizer's pages: what is on, what was sold, and giving an order's money back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from kernel import clock, errors
from kernel.money import Money
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.access.guards import member_page
from tenant_apps.checkout import services as checkout
from tenant_apps.console import pages
from tenant_apps.console.views.frame import show
from tenant_apps.events import queries as events
from tenant_apps.orders import queries as order_queries
from tenant_apps.orders.domain import OrderState
from tenant_apps.queueing import queries as rooms
from tenant_apps.queueing import services as queueing
from tenant_apps.tickets import queries as tickets

PAGE_SIZE = 25
SHOWN_AT_FIRST = 5
SEARCH_MAX = 100
REASON_MAX = 200


@require_safe
@member_page(Permission.EVENTS_VIEW, Permission.ORDERS_VIEW)
def overview(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    """What comes next, and what was ordered last."""
    now = clock.now()
    coming = events.upcoming_performances(actor, now)[:SHOWN_AT_FIRST]
    newest = order_queries.orders_visible_to(actor)[:SHOWN_AT_FIRST]
    context = {
        "performances": pages.performance_rows(list(coming), now),
        "orders": [pages.order_row(order) for order in newest],
    }
    return show(request, "overview", actor, context)


@require_safe
@member_page(Permission.ORDERS_VIEW)
def orders(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    """Every order, newest first, narrowed by words and by state."""
    wanted = request.GET.get("q", "").replace("\0", "").strip()[:SEARCH_MAX]
    state = request.GET.get("state", "")
    found = order_queries.search(order_queries.orders_visible_to(actor), wanted)
    if state in set(OrderState):
        found = found.filter(state=state)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "orders": [pages.order_row(order) for order in page],
        "q": wanted,
        "state": state,
        "states": [(known.value, pages.ORDER_CHIPS[known].words) for known in OrderState],
        "rest": urlencode({"q": wanted, "state": state}),
    }
    return show(request, "orders", actor, context)


@require_safe
@member_page(Permission.ORDERS_VIEW)
def order(request: HttpRequest, order_id: str, *, actor: Actor) -> HttpResponse:
    """One order with its places, its tickets and its history."""
    return _order_page(request, "order", order_id, actor)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.ORDERS_VIEW, Permission.ORDERS_REFUND)
def refund(request: HttpRequest, order_id: str, *, actor: Actor) -> HttpResponse:
    """Ask once more, then give the money back whole."""
    if request.method != "POST":
        return _order_page(request, "refund", order_id, actor)
    reason = " ".join(request.POST.get("reason", "").split())
    if not 0 < len(reason) <= REASON_MAX or not reason.isprintable():
        return _order_page(
            request, "refund", order_id, actor, status=422, reason=reason[:REASON_MAX], wrong=True
        )
    try:
        checkout.refund_order(order_id=order_id, reason=reason, actor=actor)
    except errors.Conflict as refusal:
        return _order_page(request, "order", order_id, actor, status=409, refusal=refusal)
    return redirect("console:order", order_id=order_id)


@require_safe
@member_page(Permission.EVENTS_VIEW)
def performances(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    """Every performance with the state of its sale, the next ones first."""
    now = clock.now()
    is_past = request.GET.get("when") == "past"
    found = (
        events.past_performances(actor, now)
        if is_past
        else events.upcoming_performances(actor, now)
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "performances": pages.performance_rows(list(page), now),
        "is_past": is_past,
        "rest": "when=past" if is_past else "",
    }
    return show(request, "performances", actor, context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.EVENTS_VIEW, Permission.EVENTS_EDIT)
def waiting_room(request: HttpRequest, performance_id: str, *, actor: Actor) -> HttpResponse:
    """Whether and how a performance's sale is waited for."""
    performance = events.get_performance(performance_id, actor)
    fault: errors.Invalid | None = None
    if request.method == "POST":
        form = pages.read_room_form(request.POST)
        try:
            queueing.set_room(
                performance_id=performance.pk, draft=form.draft(performance), actor=actor
            )
        except errors.Invalid as refusal:
            fault = refusal
        else:
            return redirect("console:waiting_room", performance_id=performance_id)
    else:
        form = pages.room_form(performance, rooms.find_room(performance.pk))
    context = {
        "performance": pages.performance_rows([performance], clock.now())[0],
        "form": form,
        "fault": fault,
    }
    return show(request, "waiting_room", actor, context, status=422 if fault else 200)


def _order_page(
    request: HttpRequest, name: str, order_id: str, actor: Actor, status: int = 200, **more: Any
) -> HttpResponse:
    shown = order_queries.get_order_visible_to(actor, order_id)
    context = {
        "order": pages.order_row(shown),
        "lines": pages.line_rows(shown, tickets.tickets_of_order(order_id)),
        "steps": pages.step_rows(shown),
        "amounts": {
            "fees": Money(shown.fees_minor, shown.currency),
            "taxes": Money(shown.taxes_minor, shown.currency),
        },
        "may_refund": shown.state == OrderState.PAID and actor.may(Permission.ORDERS_REFUND),
        "reason_max": REASON_MAX,
        **more,
    }
    return show(request, name, actor, context, status)
