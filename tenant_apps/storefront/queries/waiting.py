"""A place in the waiting room, made ready for its page."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from tenant_apps.events.models import Performance
from tenant_apps.queueing.domain import Rules, Standing, State
from tenant_apps.storefront.pages.waiting import WaitingPage
from tenant_apps.storefront.queries.parts import event_url, head_of, seats_url, when_of


def room_url(performance: Performance) -> str:
    return reverse("storefront:room", args=[performance.public_id])


def waiting_page(
    performance: Performance, rules: Rules, standing: Standing, *, place: str, now: datetime
) -> WaitingPage:
    """Return the page of somebody who waits."""
    is_drawn = standing.state is not State.BEFORE
    seconds = max(0, round(rules.opens_ms / 1000 - now.timestamp()))
    return WaitingPage(
        head=head_of(performance),
        is_drawn=is_drawn,
        position=standing.position,
        waiting=standing.waiting,
        estimate_s=standing.estimate_s,
        is_stalled=is_drawn and standing.per_minute == 0,
        opens=None if is_drawn else when_of(performance, performance.sale_opens_at),
        seconds_until_open=0 if is_drawn else seconds,
        place=place,
        feed_url=f"/live/performances/{performance.public_id}/room/feed",
        enter_url=seats_url(performance),
        leave_url=event_url(performance.event),
    )
