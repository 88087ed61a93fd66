"""Making, changing, publishing and cancelling events and their performances.

Every change of a performance is told as the fact `performance.changed` (subject: its public id;
payload: `performance_id`, its database id, and `event_id`), so that whoever keeps a copy of its
sale window and limits reads them again.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.db.utils import IntegrityError

from kernel import clock
from kernel.db import violated_constraint
from public_apps.audit import services as audit
from public_apps.outbox import services as outbox
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.events import domain
from tenant_apps.events.domain import (
    NO_RULES,
    Limits,
    SeatRules,
    SlugTaken,
    State,
    Step,
    Texts,
    Times,
)
from tenant_apps.events.domain.sale import USUAL_LIMITS
from tenant_apps.events.models import ONE_SLUG, Event, Performance
from tenant_apps.events.queries import NoSuchEvent
from tenant_apps.venues import queries as venues

Row = TypeVar("Row", Event, Performance)

__all__ = [
    "cancel_event",
    "cancel_performance",
    "create_event",
    "create_performance",
    "publish_event",
    "publish_performance",
    "update_event",
    "update_performance",
]


def create_event(*, texts: Texts, actor: Actor) -> Event:
    """Make an event, a draft. Refuses with SlugTaken and what `ensure_good_texts` refuses."""
    actor.ensure(Permission.EVENTS_EDIT)
    domain.ensure_good_texts(texts)
    now = clock.now()
    try:
        with transaction.atomic(durable=True):
            event = Event.objects.create(**asdict(texts), created_at=now, updated_at=now)
            audit.record(action="event.created", actor=actor, subject=event.public_id)
    except IntegrityError as error:
        _refuse_taken(error, texts)
        raise
    return event


def update_event(*, event_id: int, texts: Texts, actor: Actor) -> Event:
    """Replace what is said about an event. Refuses like `create_event`, and CancelledForGood."""
    actor.ensure(Permission.EVENTS_EDIT)
    domain.ensure_good_texts(texts)
    try:
        with transaction.atomic(durable=True):
            event = _locked_event(event_id)
            if event.state == State.CANCELLED:
                raise domain.CancelledForGood
            changed = _assign(event, asdict(texts))
            if changed:
                event.updated_at = clock.now()
                event.save(update_fields=[*changed, "updated_at"])
                audit.record(
                    action="event.changed", actor=actor, subject=event.public_id, fields=changed
                )
    except IntegrityError as error:
        _refuse_taken(error, texts)
        raise
    return event


def publish_event(*, event_id: int, actor: Actor) -> Event:
    """Show an event to buyers, and its drafted performances with it. Refuses with StepRefused."""
    actor.ensure(Permission.EVENTS_EDIT)
    with transaction.atomic(durable=True):
        event = _step_event(event_id, Step.PUBLISH, actor)
        for performance in _locked(event.performances.filter(state=State.DRAFT)):
            _step_performance(performance, Step.PUBLISH, actor)
        outbox.publish(
            kind="event.published", subject=event.public_id, payload={"event_id": event.pk}
        )
    return event


def cancel_event(*, event_id: int, reason: str, actor: Actor) -> Event:
    """Cancel an event for good, and its published performances. Refuses with StepRefused."""
    actor.ensure(Permission.EVENTS_EDIT)
    with transaction.atomic(durable=True):
        event = _step_event(event_id, Step.CANCEL, actor, reason)
        for performance in _locked(event.performances.filter(state=State.PUBLISHED)):
            _step_performance(performance, Step.CANCEL, actor, reason)
        outbox.publish(
            kind="event.cancelled", subject=event.public_id, payload={"event_id": event.pk}
        )
    return event


def create_performance(
    *,
    event_id: int,
    plan_version_id: int,
    timezone: str,
    starts_at: datetime,
    ends_at: datetime,
    actor: Actor,
    doors_at: datetime | None = None,
    sale_opens_at: datetime | None = None,
    sale_closes_at: datetime | None = None,
    limits: Limits = USUAL_LIMITS,
    rules: SeatRules = NO_RULES,
) -> Performance:
    """Make a performance, a draft. The sale runs from now to the start unless said otherwise.

    Refuses with TimesOutOfOrder, LastsTooLong, OutOfBounds, UnknownTimezone, TimeOutOfRange,
    CancelledForGood (the event), and Missing for an unknown event or plan version.
    """
    actor.ensure(Permission.EVENTS_EDIT)
    now = clock.now()
    times = _checked(
        Times(
            starts_at=starts_at,
            ends_at=ends_at,
            doors_at=doors_at,
            sale_opens_at=sale_opens_at or min(now, starts_at),
            sale_closes_at=sale_closes_at or starts_at,
        ),
        limits=limits,
        timezone=timezone,
    )
    domain.ensure_rules_fit(rules, limits)
    version = venues.plan_version(plan_version_id)
    with transaction.atomic(durable=True):
        event = _locked_event(event_id)
        if event.state == State.CANCELLED:
            raise domain.CancelledForGood
        performance = Performance.objects.create(
            event=event,
            plan_version_id=version.pk,
            timezone=timezone,
            **asdict(times),
            **asdict(limits),
            **asdict(rules),
            created_at=now,
            updated_at=now,
        )
        audit.record(
            action="performance.created",
            actor=actor,
            subject=performance.public_id,
            event=event.public_id,
        )
    return performance


def update_performance(
    *,
    performance_id: int,
    times: Times,
    limits: Limits,
    timezone: str,
    actor: Actor,
    plan_version_id: int | None = None,
    rules: SeatRules | None = None,
) -> Performance:
    """Replace a performance's times, zone, limits and rules; its plan only while it is a draft.

    Without rules it keeps those that it has. The moments stay what they are when the zone changes.
    Refuses with CancelledForGood, PlanFixed and like `create_performance`.
    """
    actor.ensure(Permission.EVENTS_EDIT)
    times = _checked(times, limits=limits, timezone=timezone)
    wanted: dict[str, object] = {**asdict(times), **asdict(limits), "timezone": timezone}
    if plan_version_id is not None:
        wanted["plan_version_id"] = venues.plan_version(plan_version_id).pk
    with transaction.atomic(durable=True):
        performance = _locked_performance(performance_id)
        if performance.state == State.CANCELLED:
            raise domain.CancelledForGood
        other_plan = wanted.get("plan_version_id", performance.plan_version_id)
        if performance.state != State.DRAFT and other_plan != performance.plan_version_id:
            raise domain.PlanFixed(field="plan_version")
        rules = rules or performance.seat_rules
        domain.ensure_rules_fit(rules, limits)
        wanted |= asdict(rules)
        changed = _assign(performance, wanted)
        if changed:
            performance.updated_at = clock.now()
            performance.save(update_fields=[*changed, "updated_at"])
            _tell(performance, "performance.changed", actor, fields=changed)
    return performance


def publish_performance(*, performance_id: int, actor: Actor) -> Performance:
    """Show one more performance of a published event.

    Refuses with EventNotPublished or StepRefused.
    """
    actor.ensure(Permission.EVENTS_EDIT)
    with transaction.atomic(durable=True):
        # First the event, then the performance: the order of every service here.
        event = _locked_event(_event_of(performance_id))
        if event.state != State.PUBLISHED:
            raise domain.EventNotPublished
        performance = _locked_performance(performance_id)
        _step_performance(performance, Step.PUBLISH, actor)
    return performance


def cancel_performance(*, performance_id: int, reason: str, actor: Actor) -> Performance:
    """Cancel one performance for good. Refuses with StepRefused."""
    actor.ensure(Permission.EVENTS_EDIT)
    with transaction.atomic(durable=True):
        performance = _locked_performance(performance_id)
        _step_performance(performance, Step.CANCEL, actor, reason)
    return performance


def _checked(times: Times, *, limits: Limits, timezone: str) -> Times:
    """Return the times in whole seconds. Refuses what is out of order or out of bounds."""
    domain.ensure_timezone(timezone)
    domain.ensure_within_bounds(limits)
    whole: dict[str, datetime | None] = {}
    for field, moment in asdict(times).items():
        whole[field] = moment.replace(microsecond=0) if moment else None
        if moment:
            domain.ensure_in_range(moment, field=field)
    checked = Times(**whole)  # type: ignore[arg-type]
    domain.ensure_in_order(checked)
    return checked


def _event_of(performance_id: int) -> int:
    found = Performance.objects.filter(pk=performance_id).values_list("event_id", flat=True)
    if not found:
        raise domain.NoSuchPerformance
    return found[0]


def _locked_event(event_id: int) -> Event:
    event = _locked(Event.objects.filter(pk=event_id)).first()
    if event is None:
        raise NoSuchEvent
    return event


def _locked_performance(performance_id: int) -> Performance:
    performance = _locked(Performance.objects.filter(pk=performance_id)).first()
    if performance is None:
        raise domain.NoSuchPerformance
    return performance


def _locked(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Lock rows in the order of their ids; whoever inserts rows that name them does not wait."""
    return rows.select_for_update(no_key=True).order_by("pk")


def _step_event(event_id: int, step: Step, actor: Actor, reason: str = "") -> Event:
    event = _locked_event(event_id)
    event.state = domain.advance(State(event.state), step)
    event.updated_at = clock.now()
    event.save(update_fields=["state", "updated_at"])
    audit.record(
        action=f"event.{event.state}", actor=actor, subject=event.public_id, reason=reason[:300]
    )
    return event


def _step_performance(performance: Performance, step: Step, actor: Actor, reason: str = "") -> None:
    performance.state = domain.advance(State(performance.state), step)
    performance.updated_at = clock.now()
    performance.save(update_fields=["state", "updated_at"])
    _tell(performance, f"performance.{performance.state}", actor, reason=reason[:300])


def _tell(performance: Performance, action: str, actor: Actor, **details: object) -> None:
    audit.record(action=action, actor=actor, subject=performance.public_id, **details)
    outbox.publish(
        kind="performance.changed",
        subject=performance.public_id,
        payload={"performance_id": performance.pk, "event_id": performance.event_id},
    )


def _assign(row: Event | Performance, values: dict[str, object]) -> list[str]:
    """Set what differs; the names of those fields."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed


def _refuse_taken(error: IntegrityError, texts: Texts) -> None:
    if violated_constraint(error) == ONE_SLUG:
        raise SlugTaken(field="slug", value=texts.slug) from error
