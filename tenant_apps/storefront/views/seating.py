"""Choosing places, with and without a script."""

from __future__ import annotations

import gzip

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from kernel import clock
from kernel.errors import DomainError
from tenant_apps.events import queries as events
from tenant_apps.events.models import Performance
from tenant_apps.inventory import sessions
from tenant_apps.inventory.domain.best import MOST_SEATS
from tenant_apps.queueing.domain import NotAdmitted
from tenant_apps.storefront import services
from tenant_apps.storefront.pages.seat_words import SEAT_WORDS
from tenant_apps.storefront.pages.seating import NEED_WORDS, SeatFilter
from tenant_apps.storefront.queries import parts, seating, sieve
from tenant_apps.storefront.views import buying, memory, problems, waiting
from tenant_apps.storefront.views.limits import asks_for_places, ensure_trusted, hold_ms, note_holds
from tenant_apps.storefront.views.problems import Problem
from tenant_apps.venues import queries as venues

MOST_DIGITS = 7
A_YEAR_S = 365 * 24 * 3600


@require_safe
@never_cache
def seats(request: HttpRequest, performance_id: str) -> HttpResponse:
    performance = events.performance_for_sale(performance_id)
    place = waiting.take_place(request, performance)
    if waiting.must_wait(request, performance, place):
        return waiting.keep_place(waiting.to_room(performance), performance, place)
    if not performance.sale_state(clock.now()).is_open:
        return HttpResponseRedirect(parts.event_url(performance.event))
    found = problems.APART.get(request.GET.get("found", ""))
    turn = place.minutes_left(clock.now()) if place and place.is_admitted else 0
    return _page(request, performance, _asked(request), found, turn)


@require_safe
def plan(request: HttpRequest, version_id: str) -> HttpResponse:
    """Serve a plan version's compact form: the same bytes for everybody and for ever."""
    packed = seating.packed_plan(version_id)
    takes_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    answer = HttpResponse(
        packed if takes_gzip else gzip.decompress(packed), content_type="application/octet-stream"
    )
    if takes_gzip:
        answer["Content-Encoding"] = "gzip"
    answer["Cache-Control"] = f"public, max-age={A_YEAR_S}, immutable"
    patch_vary_headers(answer, ("Accept-Encoding",))
    return answer


@require_POST
@asks_for_places
def choose(request: HttpRequest, performance_id: str) -> HttpResponse:
    """Hold what the form says and go on."""
    performance = events.performance_for_sale(performance_id)
    ensure_trusted(request, performance)
    layout = venues.layout(performance.plan_version_id)
    section, from_row = request.POST.get("section", "")[:80], whole_number(request.POST.get("from"))
    try:
        holds = services.choose_places(
            performance=performance,
            session=sessions.ensure(request),
            seats=_ordinals(request),
            shown=seating.shown_ordinals(layout, section, from_row),
            areas={
                name.removeprefix("area-"): whole_number(request.POST.get(name))
                for name in request.POST
                if name.startswith("area-")
            },
            most_ms=hold_ms(request),
        )
    except NotAdmitted:
        return waiting.to_room(performance)
    except DomainError as refusal:
        asked = seating.Request(section=section, from_row=from_row)
        return _page(request, performance, asked, problems.said(refusal, performance))
    if not holds:
        asked = seating.Request(section=section, from_row=from_row)
        return _page(request, performance, asked, problems.WORDS["cart_empty"])
    note_holds(request, performance.pk, holds)
    return _go_on(request, performance)


@require_POST
@asks_for_places
def together(request: HttpRequest, performance_id: str) -> HttpResponse:
    """Hold the best seats side by side and show them in their section."""
    performance = events.performance_for_sale(performance_id)
    ensure_trusted(request, performance)
    chosen = _filter(request.POST)
    section = request.POST.get("section", "")[:80]
    wish = sieve.wish_of(
        performance,
        chosen,
        count=max(1, min(whole_number(request.POST.get("count")), MOST_SEATS)),
        section=seating.known_section(performance, section),
    )
    try:
        section, closeness, holds = services.find_together(
            performance=performance,
            session=sessions.ensure(request),
            wish=wish,
            most_ms=hold_ms(request),
        )
    except NotAdmitted:
        return waiting.to_room(performance)
    except DomainError as refusal:
        asked = seating.Request(section=section, chosen=chosen)
        return _page(request, performance, asked, problems.said(refusal, performance))
    note_holds(request, performance.pk, holds)
    # How they lie is said on the page itself, when they are not side by side.
    apart = "" if closeness in services.SIDE_BY_SIDE else closeness
    return HttpResponseRedirect(seating.section_url(performance, section, apart))


def _page(
    request: HttpRequest,
    performance: Performance,
    asked: seating.Request,
    problem: Problem | None = None,
    turn_minutes: int = 0,
) -> HttpResponse:
    house = seating.house_of(performance, sessions.ensure(request))
    page = seating.seat_page(house, asked)
    answer = render(
        request,
        "storefront/seats.html",
        {"page": page, "problem": problem, "turn_minutes": turn_minutes, "words": SEAT_WORDS},
        status=problem.status if problem else 200,
    )
    remembered = memory.read(request)
    remembered.visit(performance.public_id)
    return memory.keep(answer, remembered)


def _go_on(request: HttpRequest, performance: Performance) -> HttpResponse:
    remembered = memory.read(request)
    remembered.visit(performance.public_id)
    going_on = buying.after_choice(request, remembered)
    return memory.keep(HttpResponseRedirect(going_on), remembered)


def _asked(request: HttpRequest) -> seating.Request:
    return seating.Request(
        section=request.GET.get("section", "")[:80],
        from_row=whole_number(request.GET.get("from")),
        chosen=_filter(request.GET),
    )


def _filter(asked: QueryDict) -> SeatFilter:
    need = asked.get("need", "")
    return SeatFilter(price=asked.get("price", "")[:10], need=need if need in NEED_WORDS else "")


def _ordinals(request: HttpRequest) -> list[int]:
    return [whole_number(text, otherwise=-1) for text in request.POST.getlist("place")]


def whole_number(text: str | None, *, otherwise: int = 0) -> int:
    """Read a whole number from 0; what is none, or far too long, is the other."""
    good = text is not None and text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if good and text else otherwise
