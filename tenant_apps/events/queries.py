"""Which events and performances there are, and who may see them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from kernel import errors
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.events import domain
from tenant_apps.events.domain import KNOWN_TO_BUYERS, NoSuchPerformance, State
from tenant_apps.events.models import Event, Performance


class NoSuchEvent(errors.Missing):
    code = "no_such_event"
    message = "There is no such event."


def events_visible_to(actor: Actor | None) -> QuerySet[Event]:
    """Return the events that the actor may see, by title; without an actor, as a buyer.

    Who has events:view sees every event. Buyers see what is published, and what was published and
    is cancelled: a link to it says so instead of leading nowhere.
    """
    events = Event.objects.order_by("title", "pk")
    return events if _sees_all(actor) else events.filter(state__in=KNOWN_TO_BUYERS)


def performances_visible_to(actor: Actor | None) -> QuerySet[Performance]:
    """Return the performances that the actor may see, in the order of time, with their events."""
    performances = Performance.objects.select_related("event").order_by("starts_at", "pk")
    if _sees_all(actor):
        return performances
    return performances.filter(state__in=KNOWN_TO_BUYERS, event__state__in=KNOWN_TO_BUYERS)


def upcoming_performances(actor: Actor | None, now: datetime) -> QuerySet[Performance]:
    """Return what is not over yet, the next one first, with event, plan and venue."""
    return _with_venue(performances_visible_to(actor)).filter(ends_at__gt=now)


def past_performances(actor: Actor | None, now: datetime) -> QuerySet[Performance]:
    """Return what is over, the last one first, with event, plan and venue."""
    over = _with_venue(performances_visible_to(actor)).filter(ends_at__lte=now)
    return over.order_by("-starts_at", "-pk")


def with_performances(
    events: QuerySet[Event], actor: Actor | None, *, since: datetime | None = None
) -> QuerySet[Event]:
    """Fetch each event's visible performances with it, in one more query.

    They stand in `event.visible_performances`, each with its plan version, plan and venue; `since`
    leaves out those that ended before.
    """
    performances = _with_venue(performances_visible_to(actor))
    if since is not None:
        performances = performances.filter(ends_at__gt=since)
    return events.prefetch_related(
        Prefetch("performances", queryset=performances, to_attr="visible_performances")
    )


def get_event(public_id: str, actor: Actor | None) -> Event:
    """Return one event by its public id. Refuses with NoSuchEvent."""
    return _one(events_visible_to(actor).filter(public_id=public_id))


def get_event_by_slug(slug: str, actor: Actor | None) -> Event:
    """Return one event by the name in its address. Refuses with NoSuchEvent."""
    return _one(events_visible_to(actor).filter(slug=slug))


def get_performance(public_id: str, actor: Actor | None) -> Performance:
    """Return one performance with event, plan and venue. Refuses with NoSuchPerformance."""
    performance = _with_venue(performances_visible_to(actor)).filter(public_id=public_id).first()
    if performance is None:
        raise NoSuchPerformance(performance=public_id[:64])
    return performance


def event_with_performances(slug: str) -> tuple[Event, list[Performance]]:
    """Return what a buyer may see of an event, with plan and venue, mostly in one query.

    Refuses with NoSuchEvent.
    """
    performances = list(_with_venue(performances_visible_to(None)).filter(event__slug=slug))
    return (performances[0].event if performances else get_event_by_slug(slug, None)), performances


def performances_of(event: Event, actor: Actor | None = None) -> list[Performance]:
    """Return the event's performances that the actor may see, with plan and venue."""
    return list(_with_venue(performances_visible_to(actor)).filter(event=event))


def performance_for_sale(public_id: str) -> Performance:
    """Return a published performance, whatever its sale window says.

    Refuses with NoSuchPerformance, or PerformanceCancelled. When it can be bought is
    `performance.sale_state(now)`, or `domain.ensure_open(performance, now)`.
    """
    performance = get_performance(public_id, None)
    if performance.state == State.CANCELLED:
        raise domain.PerformanceCancelled
    return performance


def ids_for_sale(public_ids: Collection[str]) -> dict[str, int]:
    """Return the database ids of published performances; refuses like `performance_for_sale`.

    One small statement, for who goes on with ids alone.
    """
    rows = performances_visible_to(None).filter(public_id__in=public_ids)
    found = {
        public_id: (pk, state)
        for public_id, pk, state in rows.values_list("public_id", "pk", "state")
    }
    for public_id in public_ids:
        if public_id not in found:
            raise NoSuchPerformance(performance=public_id[:64])
        if found[public_id][1] == State.CANCELLED:
            raise domain.PerformanceCancelled
    return {public_id: pk for public_id, (pk, _) in found.items()}


def is_cancelled(performance_id: int) -> bool:
    """Whether the performance does not take place."""
    return Performance.objects.filter(pk=performance_id, state=State.CANCELLED).exists()


def lock_for_sale(performance_id: int, now: datetime) -> Performance:
    """Lock the performance's row for share and return it if it can be bought at this moment.

    Sales run side by side; who cancels or changes the performance waits for them, and those who
    come later see what changed. Needs a transaction. Refuses like `domain.ensure_open`.
    """
    # Django's select_for_update knows no FOR SHARE.
    found = list(
        Performance.objects.raw(
            "SELECT * FROM events_performance WHERE id = %s FOR SHARE", [performance_id]
        )
    )
    if not found:
        raise NoSuchPerformance
    domain.ensure_open(found[0], now)
    return found[0]


def _with_venue(performances: QuerySet[Performance]) -> QuerySet[Performance]:
    """Fetch plan and venue too, without the plan's contents: megabytes for a stadium."""
    return performances.select_related("plan_version__plan__venue").defer(
        "plan_version__document", "plan_version__compact", "plan_version__plan__draft"
    )


def _sees_all(actor: Actor | None) -> bool:
    return actor is not None and actor.may(Permission.EVENTS_VIEW)


def _one(events: QuerySet[Event]) -> Event:
    event = events.first()
    if event is None:
        raise NoSuchEvent
    return event
