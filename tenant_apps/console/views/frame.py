"""What is around each of the organizer's pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tenant_apps.access.domain import Actor, Permission
from tenant_apps.queueing import queries as queueing

# Where a page belongs that has no entry of its own in the navigation.
PARENTS = {
    "order": "orders",
    "refund": "orders",
    "review": "reviews",
    "listings": "reviews",
    "waiting_room": "performances",
    "views": "plans",
}
# More than so many waiting orders need no exact number.
MANY = 99


def show(
    request: HttpRequest, name: str, actor: Actor, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Return the page `console/{name}.html` for a member."""
    tenant = request.tenant  # type: ignore[attr-defined]
    frame = {
        "here": PARENTS.get(name, name),
        "actor": actor,
        "house": tenant,
        "zone": tenant.timezone,
        "sees_orders": actor.may(Permission.ORDERS_VIEW),
        "sees_events": actor.may(Permission.EVENTS_VIEW),
        "sees_plans": actor.may(Permission.VENUES_VIEW),
        "edits_events": actor.may(Permission.EVENTS_EDIT),
        "to_look_at": queueing.reviews_visible_to(actor)[: MANY + 1].count(),
    }
    return render(request, f"console/{name}.html", {**frame, **context}, status=status)
