"""The waiting room in front of the seats. The buyer's session is what has the place in it.

A cookie keeps the signed place too: with it a room that has forgotten everybody is put in order.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kernel import clock
from tenant_apps.events import queries as events
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory import sessions
from tenant_apps.inventory.domain import PlaceState
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain import RoomDown, Rules, Standing, State
from tenant_apps.storefront.queries import parts, waiting
from tenant_apps.storefront.views.limits import count_arrival, ensure_trusted

COOKIE = "ef_place"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an open room, and the token that it is signed in."""

    rules: Rules
    standing: Standing
    token: str

    @property
    def is_admitted(self) -> bool:
        return self.standing.state is State.ADMITTED

    def minutes_left(self, now: datetime) -> int:
        """Return the minutes of the turn, at least one."""
        left_ms = self.standing.lease_until_ms - now.timestamp() * 1000
        return max(1, int(left_ms // 60_000))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def room(request: HttpRequest, performance_id: str) -> HttpResponse:
    """Where one stands, told again and again until one may go in; a POST gives the place up."""
    performance = events.performance_for_sale(performance_id)
    if request.method == "POST":
        queueing.leave(performance_id=performance.pk, session=sessions.ensure(request))
        left = HttpResponseRedirect(parts.event_url(performance.event))
        left.delete_cookie(COOKIE, path=_path(performance))
        return left
    place = take_place(request, performance)
    if place is None or place.is_admitted:
        return keep_place(HttpResponseRedirect(parts.seats_url(performance)), performance, place)
    page = waiting.waiting_page(
        performance, place.rules, place.standing, place=place.token, now=clock.now()
    )
    answer = render(request, "storefront/waiting.html", {"page": page})
    return keep_place(answer, performance, place)


def take_place(request: HttpRequest, performance: Performance) -> Place | None:
    """Return the buyer's place in the room, a new one if need be; None where nobody waits.

    Refuses with TooMany who takes new places again and again, a suspicious one with ProofNeeded or
    HoldsRefused, and with RoomFull and RoomDown.
    """
    rules = queueing.find_open_rules(performance.pk)
    if rules is None:
        return None
    session, token = sessions.ensure(request), request.COOKIES.get(COOKIE, "")
    if not queueing.number_of(token, rules=rules, session=session):
        count_arrival(request)
        ensure_trusted(request, performance)

    def free_places() -> int:
        return inventory.snapshot(performance.pk).places.count(PlaceState.FREE)

    standing, token = queueing.join(rules, session=session, place=token, free_places=free_places)
    return Place(rules, standing, token)


def keep_place(
    response: HttpResponse, performance: Performance, place: Place | None
) -> HttpResponse:
    """Let the browser keep the signed place, for the pages of this performance alone."""
    if place is not None:
        response.set_cookie(
            COOKIE,
            place.token,
            max_age=queueing.LIFE,
            path=_path(performance),
            httponly=True,
            secure=settings.SECURE,
            samesite="Lax",
        )
    return response


def must_wait(request: HttpRequest, performance: Performance, place: Place | None) -> bool:
    """Whether the buyer may not choose now. Who has places already goes on with them."""
    if place is None or place.is_admitted:
        return False
    session = sessions.ensure(request)
    return not inventory.holds_of_session(performance_id=performance.pk, session=session)


def to_room(performance: Performance) -> HttpResponse:
    return HttpResponseRedirect(waiting.room_url(performance))


def leave_rooms(request: HttpRequest, performance_ids: set[int]) -> None:
    """Give the leases of who has ordered to the next ones in line."""
    for performance_id in performance_ids:
        # Not worth a failed order: the lease ends by itself.
        with contextlib.suppress(RoomDown):
            queueing.leave(performance_id=performance_id, session=sessions.ensure(request))


def _path(performance: Performance) -> str:
    return parts.seats_url(performance)
