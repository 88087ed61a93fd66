"""Cart, details, review, and on to the payment page."""

from __future__ import annotations

import math
from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kernel import errors
from kernel.errors import DomainError
from tenant_apps.checkout import queries as checkout_queries
from tenant_apps.checkout import services as checkout
from tenant_apps.checkout.domain import CartPart, checkout_key
from tenant_apps.events import queries as events
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory import sessions
from tenant_apps.inventory.domain import Hold
from tenant_apps.orders import queries as orders
from tenant_apps.orders.domain import (
    EMAIL_MAX,
    NAME_MAX,
    OVER,
    OrderState,
)
from tenant_apps.payments import services as payments
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain import NotAdmitted
from tenant_apps.storefront.pages.buying import CartPage, DetailsPage, ExpiredPage, ReviewPage
from tenant_apps.storefront.pages.parts import Text
from tenant_apps.storefront.queries import cart as carts
from tenant_apps.storefront.queries import parts
from tenant_apps.storefront.queries.cart import Priced
from tenant_apps.storefront.views import contact, memory, problems, waiting
from tenant_apps.storefront.views.limits import (
    asks_for_places,
    ensure_trusted,
    hold_ms,
    network_of,
    note_holds,
)
from tenant_apps.storefront.views.memory import Memory, Part
from tenant_apps.storefront.views.problems import Problem
from tenant_apps.venues import queries as venues

UNPAID = frozenset({OrderState.PENDING, OrderState.EXPIRING})


@require_safe
@never_cache
def cart(request: HttpRequest) -> HttpResponse:
    return _cart(request)


def _cart(request: HttpRequest, problem: Problem | None = None) -> HttpResponse:
    remembered = memory.read(request)
    lapsed = dict(remembered.parts)
    priced = running(request, remembered)
    if not priced:
        return _order_or_expired(request, remembered, lapsed, problem)
    page = CartPage(
        groups=[carts.group_of(each) for each in priced],
        summary=carts.summary_of(priced),
        timer=parts.timer_of(each.hold for each in priced),
        details_url=reverse("storefront:details"),
        home_url=reverse("storefront:home"),
    )
    answer = render(
        request,
        "storefront/cart.html",
        {"page": page, "problem": problem},
        status=problem.status if problem else 200,
    )
    return memory.keep(answer, remembered)


def running(request: HttpRequest, remembered: Memory) -> list[Priced]:
    """Return the holds that run, and remember them as they are now."""
    session = sessions.find(request)
    if session is None or not remembered.visited:
        return []
    tiers = {hold: part.tiers for hold, part in remembered.parts.items()}
    priced = carts.running(remembered.visited, session=session, tiers=tiers)
    if priced:
        remembered.parts = {
            each.hold.hold_id: Part(each.performance.public_id, each.tiers) for each in priced
        }
        remembered.until = math.floor(min(each.hold.expires_at for each in priced).timestamp())
    return priced


def after_choice(request: HttpRequest, remembered: Memory) -> str:
    """Return where who has chosen goes: to the cart only if there is something to decide."""
    priced = running(request, remembered)
    if carts.has_choices(priced):
        return reverse("storefront:cart")
    return reverse("storefront:details")


def _order_or_expired(
    request: HttpRequest, remembered: Memory, lapsed: dict[str, Part], problem: Problem | None
) -> HttpResponse:
    remembered.until = 0
    link = _running_order(remembered)
    if link:
        return memory.keep(HttpResponseRedirect(link), remembered)
    home_url = reverse("storefront:home")
    for part in lapsed.values() if remembered.parts else ():
        try:
            performance = events.performance_for_sale(part.performance)
        except DomainError:
            continue
        places = venues.places(performance.plan_version_id, sorted(part.tiers))
        expired = ExpiredPage(
            head=parts.head_of(performance),
            places=[venues.place_name(place) for place in places.values()],
            again_url=reverse("storefront:again"),
            home_url=home_url,
            kept_details=bool(remembered.name or remembered.email),
        )
        answer = render(
            request,
            "storefront/expired.html",
            {"page": expired, "problem": problem},
            status=problem.status if problem else 200,
        )
        return memory.keep(answer, remembered)
    page = CartPage(groups=(), summary=None, timer=None, details_url="", home_url=home_url)
    answer = render(
        request,
        "storefront/cart.html",
        {"page": page, "problem": problem},
        status=problem.status if problem else 200,
    )
    return memory.keep(answer, remembered)


def _running_order(remembered: Memory) -> str:
    """Return the link to the order that the cart became, unless that is over."""
    if not remembered.order:
        return ""
    try:
        order = checkout_queries.order_by_link(remembered.order)
    except DomainError:
        return ""
    if order.state in UNPAID:
        return checkout_queries.order_link(order)
    remembered.order = ""
    if order.state not in OVER:
        # Paid: the cart has become tickets.
        remembered.parts = {}
    return ""


@require_POST
@asks_for_places
def change(request: HttpRequest, hold_id: str) -> HttpResponse:
    """Give tickets to the places of a hold, add the next best one, drop one, or give all back."""
    remembered = memory.read(request)
    each = next((p for p in running(request, remembered) if p.hold.hold_id == hold_id), None)
    if each is None:
        return _cart(request, problems.WORDS["no_such_hold"])
    session = sessions.ensure(request)
    drop = request.POST.get("drop", "")
    try:
        if "release" in request.POST:
            inventory.release_hold(
                performance_id=each.performance.pk, session=session, hold_id=hold_id
            )
            note_holds(request, each.performance.pk, [], released=hold_id)
            del remembered.parts[hold_id]
        elif "more" in request.POST:
            hold = inventory.hold_one_more(
                performance_id=each.performance.pk, session=session, hold_id=hold_id
            )
            note_holds(request, each.performance.pk, [hold])
        elif drop.isdecimal() and drop.isascii() and len(drop) <= 8:
            kept = inventory.change_hold(
                performance_id=each.performance.pk,
                session=session,
                hold_id=hold_id,
                drop=[int(drop)],
            )
            # Without its last place a hold is gone.
            note_holds(
                request, each.performance.pk, [kept] if kept else [],
                released="" if kept else hold_id,
            )  # fmt: skip
            remembered.parts[hold_id].tiers.pop(int(drop), None)
    except DomainError as refusal:
        return _cart(request, problems.said(refusal, each.performance))
    if hold_id in remembered.parts:
        tiers = remembered.parts[hold_id].tiers
        for place in tiers:
            tiers[place] = request.POST.get(f"tier-{place}", tiers[place])[:40]
        if not tiers:
            del remembered.parts[hold_id]
    return memory.keep(HttpResponseRedirect(reverse("storefront:cart")), remembered)


@require_POST
@asks_for_places
def extend(request: HttpRequest) -> HttpResponse:
    """Give the buyer more time, for all that is held; as JSON for the page's script."""
    remembered = memory.read(request)
    priced = running(request, remembered)
    wants_json = "application/json" in request.headers.get("Accept", "")
    problem: Problem | None = None if priced else problems.WORDS["hold_lapsed"]
    extended: list[Hold] = []
    try:
        for each in priced:
            hold = inventory.extend_hold(
                performance_id=each.performance.pk,
                session=sessions.ensure(request),
                hold_id=each.hold.hold_id,
            )
            extended.append(hold)
            note_holds(request, each.performance.pk, [hold])
    except DomainError as refusal:
        problem = problems.said(refusal)
    if wants_json:
        timer = parts.timer_of(extended)
        body = {"seconds_left": timer.seconds_left, "extensions_left": timer.extensions_left}
        answer = JsonResponse(body, status=409 if problem else 200)
        if extended:
            remembered.until = math.floor(min(h.expires_at for h in extended).timestamp())
        return memory.keep(answer, remembered)
    if problem:
        return _cart(request, problem)
    return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Return the page of ours that the form was on."""
    came_from = request.headers.get("Referer", "")
    own = f"{request.scheme}://{request.get_host()}/"
    return "/" + came_from.removeprefix(own) if came_from.startswith(own) else "/cart/"


@require_POST
@asks_for_places
def again(request: HttpRequest) -> HttpResponse:
    """Try to hold once more what was held when the time ran out."""
    remembered = memory.read(request)
    session = sessions.ensure(request)
    for lapsed, part in list(remembered.parts.items()):
        performance = events.performance_for_sale(part.performance)
        ensure_trusted(request, performance)
        try:
            queueing.ensure_admitted(performance_id=performance.pk, session=session)
            hold = inventory.hold_places(
                performance_id=performance.pk,
                session=session,
                ordinals=sorted(part.tiers),
                most_ms=hold_ms(request),
            )
            note_holds(request, performance.pk, [hold])
        except NotAdmitted:
            return waiting.to_room(performance)
        except DomainError as refusal:
            return _cart(request, problems.said(refusal, performance))
        del remembered.parts[lapsed]
        remembered.parts[hold.hold_id] = part
        remembered.visit(part.performance)
    return memory.keep(HttpResponseRedirect(reverse("storefront:cart")), remembered)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def details(request: HttpRequest) -> HttpResponse:
    """Ask who buys. What was typed is kept, whatever becomes of the places."""
    remembered = memory.read(request)
    faults: dict[str, Text] = {}
    if request.method == "POST":
        remembered.name = request.POST.get("name", "")[: NAME_MAX + 1]
        remembered.email = request.POST.get("email", "")[: EMAIL_MAX + 1]
        faults = contact.faults(remembered)
    priced = running(request, remembered)
    summary = carts.summary_of(priced)
    if summary is None:
        return _cart(request)
    if request.method == "POST" and not faults:
        return memory.keep(HttpResponseRedirect(reverse("storefront:review")), remembered)
    page = DetailsPage(
        fields=contact.fields(remembered, faults),
        groups=[carts.group_of(each) for each in priced],
        summary=summary,
        timer=parts.timer_of(each.hold for each in priced),
        form_url=reverse("storefront:details"),
        cart_url=reverse("storefront:cart"),
    )
    answer = render(
        request, "storefront/details.html", {"page": page}, status=422 if faults else 200
    )
    return memory.keep(answer, remembered)


@require_safe
@never_cache
def review(request: HttpRequest) -> HttpResponse:
    return _review(request)


def _review(request: HttpRequest, problem: Problem | None = None) -> HttpResponse:
    remembered = memory.read(request)
    priced = running(request, remembered)
    summary = carts.summary_of(priced)
    if summary is None:
        return _cart(request, problem)
    if contact.faults(remembered):
        return memory.keep(HttpResponseRedirect(reverse("storefront:details")), remembered)
    page = ReviewPage(
        name=remembered.name,
        email=remembered.email,
        groups=[carts.group_of(each) for each in priced],
        summary=summary,
        timer=parts.timer_of(each.hold for each in priced),
        pay_url=reverse("storefront:pay"),
        details_url=reverse("storefront:details"),
        cart_url=reverse("storefront:cart"),
        seller=request.tenant.name,  # type: ignore[attr-defined]
        free=not summary.total,
    )
    answer = render(
        request,
        "storefront/review.html",
        {"page": page, "problem": problem},
        status=problem.status if problem else 200,
    )
    return memory.keep(answer, remembered)


@require_POST
@payments.someone_waits()
def pay(request: HttpRequest) -> HttpResponse:
    """Make the order and go where it is paid.

    From what the browser remembers, not from the holds: the second click of a double click comes
    when the first has already used them, and must find the same order.
    """
    remembered = memory.read(request)
    session = sessions.ensure(request)
    if not remembered.parts or contact.faults(remembered):
        return _review(request)
    parts_of_cart = _cart_parts(remembered)
    try:
        started = checkout.start_checkout(
            session=session,
            parts=parts_of_cart,
            contact=contact.contact(remembered, getattr(request, "LANGUAGE_CODE", "en")),
            network=network_of(request),
        )
    except errors.Unavailable as refusal:
        return _after_failure(request, remembered, problems.said(refusal))
    except DomainError as refusal:
        return _review(request, problems.said(refusal))
    waiting.leave_rooms(request, {part.performance_id for part in parts_of_cart})
    return _to_order(remembered, started.link, is_payable=bool(started.pay_url))


def _cart_parts(remembered: Memory) -> Sequence[CartPart]:
    ids = events.ids_for_sale({part.performance for part in remembered.parts.values()})
    return [
        CartPart(ids[part.performance], hold_id, dict(part.tiers))
        for hold_id, part in remembered.parts.items()
    ]


def _to_order(remembered: Memory, link: str, *, is_payable: bool) -> HttpResponse:
    remembered.order = link.removeprefix("/orders/").rstrip("/")
    remembered.until = 0
    # An own page first: a form that ends on another site would be stopped by our own policy.
    return memory.keep(HttpResponseRedirect(f"{link}pay/" if is_payable else link), remembered)


def _after_failure(request: HttpRequest, remembered: Memory, problem: Problem) -> HttpResponse:
    """Show the order that waits for its payment page, if there is one by now."""
    key = checkout_key(sessions.ensure(request), _cart_parts(remembered))
    waiting = orders.find_running(key)
    if waiting is None:
        return _review(request, problem)
    return _to_order(remembered, checkout_queries.order_link(waiting), is_payable=False)
