from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kernel import clock, errors
from kernel.db import violated_constraint
from public_apps.audit.models import Entry
from public_apps.outbox.models import Fact
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import BUILTIN_ROLES, Actor, NotPermitted
from tenant_apps.events import domain, queries, services
from tenant_apps.events.domain import Limits, State, Texts
from tenant_apps.events.models import Event, Performance
from tests.support.performances import (
    OWNER,
    STRANGER,
    make_event,
    make_performance,
    make_plan_version,
)

pytestmark = pytest.mark.usefixtures("tenant")

STAFF = Actor(kind="member", ref="mbr_s", name="Sam", permissions=BUILTIN_ROLES["staff"])
DAY = timedelta(days=1)


def facts(kind: str) -> list[str]:
    return list(Fact.objects.filter(kind=kind).order_by("pk").values_list("subject", flat=True))


def test_a_new_event_is_a_draft_and_the_trail_says_who_made_it() -> None:
    event = make_event()

    assert event.state == State.DRAFT
    assert event.public_id.startswith("evt_")
    entry = Entry.objects.get(subject=event.public_id)
    assert (entry.action, entry.actor_name) == ("event.created", "Olive Owner")


def test_two_events_cannot_have_one_address() -> None:
    make_event("hamlet")

    with pytest.raises(domain.SlugTaken) as refusal:
        make_event("hamlet")

    assert refusal.value.details["field"] == "slug"


def test_an_event_cannot_take_the_address_of_another() -> None:
    make_event("hamlet")
    other = make_event("othello")

    with pytest.raises(domain.SlugTaken):
        services.update_event(
            event_id=other.pk, texts=replace(other.texts, slug="hamlet"), actor=OWNER
        )


def test_changing_an_event_writes_what_differs_and_the_trail_names_it() -> None:
    event = make_event()

    changed = services.update_event(
        event_id=event.pk, texts=replace(event.texts, summary="New."), actor=OWNER
    )

    assert changed.summary == "New."
    entry = Entry.objects.get(action="event.changed")
    assert entry.details == {"fields": ["summary"]}


def test_saving_what_is_there_already_changes_nothing() -> None:
    performance = make_performance()
    told, noted = Fact.objects.count(), Entry.objects.count()

    services.update_event(event_id=performance.event_id, texts=performance.event.texts, actor=OWNER)
    services.update_performance(
        performance_id=performance.pk,
        times=performance.times,
        limits=performance.limits,
        timezone=performance.timezone,
        actor=OWNER,
    )

    assert (Fact.objects.count(), Entry.objects.count()) == (told, noted)


def test_publishing_an_event_takes_its_drafts_along_and_tells_of_each() -> None:
    event = make_event()
    first = make_performance(event, published=False)
    second = make_performance(event, published=False)

    services.publish_event(event_id=event.pk, actor=OWNER)

    first.refresh_from_db()
    second.refresh_from_db()
    assert first.state == second.state == State.PUBLISHED
    assert facts("event.published") == [event.public_id]
    assert facts("performance.changed") == [first.public_id, second.public_id]
    payload = Fact.objects.filter(kind="performance.changed").order_by("pk")[0].payload
    assert payload == {"performance_id": first.pk, "event_id": event.pk}


def test_a_performance_goes_out_with_its_event_and_not_before() -> None:
    performance = make_performance(published=False)

    with pytest.raises(domain.EventNotPublished):
        services.publish_performance(performance_id=performance.pk, actor=OWNER)

    services.publish_event(event_id=performance.event_id, actor=OWNER)
    later = make_performance(performance.event, published=False)
    assert services.publish_performance(performance_id=later.pk, actor=OWNER).state == "published"


def test_publishing_twice_is_refused() -> None:
    performance = make_performance()

    with pytest.raises(domain.StepRefused):
        services.publish_event(event_id=performance.event_id, actor=OWNER)
    with pytest.raises(domain.StepRefused):
        services.publish_performance(performance_id=performance.pk, actor=OWNER)


def test_cancelling_an_event_cancels_what_was_published_of_it() -> None:
    performance = make_performance()
    draft = make_performance(performance.event, published=False)

    services.cancel_event(event_id=performance.event_id, reason="Flood", actor=OWNER)

    performance.refresh_from_db()
    draft.refresh_from_db()
    assert (performance.state, draft.state) == (State.CANCELLED, State.DRAFT)
    assert facts("event.cancelled") == [performance.event.public_id]
    assert facts("performance.changed")[-1] == performance.public_id
    assert Entry.objects.get(action="performance.cancelled").details == {"reason": "Flood"}
    with pytest.raises(domain.EventNotPublished):
        services.publish_performance(performance_id=draft.pk, actor=OWNER)


def test_one_performance_can_be_cancelled_by_itself() -> None:
    performance = make_performance()

    services.cancel_performance(performance_id=performance.pk, reason="Ill", actor=OWNER)

    assert Performance.objects.get().state == State.CANCELLED
    assert Event.objects.get().state == State.PUBLISHED


def test_what_was_cancelled_cannot_be_changed() -> None:
    performance = make_performance()
    services.cancel_event(event_id=performance.event_id, reason="", actor=OWNER)

    with pytest.raises(domain.CancelledForGood):
        services.update_event(
            event_id=performance.event_id, texts=performance.event.texts, actor=OWNER
        )
    with pytest.raises(domain.CancelledForGood):
        change(performance, sale_closes_at=performance.starts_at - DAY)
    with pytest.raises(domain.CancelledForGood):
        make_performance(performance.event, published=False)


def change(performance: Performance, **changes: Any) -> Performance:
    limits = replace(
        performance.limits, **{n: v for n, v in changes.items() if hasattr(performance.limits, n)}
    )
    times = replace(
        performance.times, **{n: v for n, v in changes.items() if hasattr(performance.times, n)}
    )
    return services.update_performance(
        performance_id=performance.pk,
        times=times,
        limits=limits,
        timezone=changes.get("timezone", performance.timezone),
        plan_version_id=changes.get("plan_version_id"),
        actor=OWNER,
    )


def test_a_change_of_the_sale_is_told_once() -> None:
    performance = make_performance()
    told = len(facts("performance.changed"))

    changed = change(performance, hold_seconds=300, sale_closes_at=performance.starts_at - DAY)

    assert changed.hold_seconds == 300
    assert facts("performance.changed")[told:] == [performance.public_id]
    entry = Entry.objects.get(action="performance.changed")
    assert entry.details == {"fields": ["sale_closes_at", "hold_seconds"]}


def test_another_zone_leaves_the_moments_where_they_are() -> None:
    performance = make_performance()

    changed = change(performance, timezone="Asia/Tokyo")

    assert changed.times == performance.times
    assert changed.local_start.tzname() == "JST"


def test_a_published_performance_keeps_its_plan() -> None:
    other_plan = make_plan_version()
    draft = make_performance(published=False)
    published = make_performance(make_event("othello"))

    assert change(draft, plan_version_id=other_plan.pk).plan_version_id == other_plan.pk
    with pytest.raises(domain.PlanFixed):
        change(published, plan_version_id=other_plan.pk)


def test_an_unknown_plan_is_refused() -> None:
    with pytest.raises(errors.Missing):
        make_performance(plan_version_id=10**9)


def test_the_sale_runs_from_now_to_the_start_unless_said_otherwise() -> None:
    now = clock.now()
    with clock.fixed(now):
        performance = make_performance(sale_opens_at=None)

    assert performance.sale_opens_at == now.replace(microsecond=0)
    assert performance.sale_closes_at == performance.starts_at


def test_moments_are_kept_to_the_second() -> None:
    performance = make_performance()

    assert all(moment is None or not moment.microsecond for moment in vars_of(performance))


def vars_of(performance: Performance) -> list[Any]:
    times = performance.times
    return [getattr(times, name) for name in times.__dataclass_fields__]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"timezone": "Mars/Olympus"}, domain.UnknownTimezone),
        ({"limits": Limits(hold_seconds=5)}, domain.OutOfBounds),
        ({"doors_at": clock.now() + 300 * DAY}, domain.TimesOutOfOrder),
        ({"starts_at": clock.now().replace(year=2300)}, domain.TimeOutOfRange),
    ],
)
def test_bad_performances_are_refused(
    given: dict[str, Any], refusal: type[errors.DomainError]
) -> None:
    with pytest.raises(refusal):
        make_performance(**given)


def test_the_database_itself_refuses_times_out_of_order() -> None:
    performance = make_performance()
    wrong: dict[str, dict[str, Any]] = {
        "performance_ends_after_start": {"ends_at": performance.starts_at},
        "performance_doors_before_start": {"doors_at": performance.starts_at + DAY},
        "performance_sale_closes_by_end": {"sale_closes_at": performance.ends_at + DAY},
        "performance_sale_closes_after_opening": {"sale_closes_at": performance.sale_opens_at},
        "performance_hold_bounded": {"hold_seconds": 1},
        "performance_extensions_bounded": {"max_extensions": 99},
        "performance_places_bounded": {"max_places_per_order": 0},
        "performance_state_known": {"state": "postponed"},
    }
    for constraint, values in wrong.items():
        with pytest.raises(IntegrityError) as refusal, transaction.atomic():
            Performance.objects.update(**values)
        assert violated_constraint(refusal.value) == constraint


WRITES: dict[str, Callable[[Performance, Actor], Any]] = {
    "create_event": lambda _, actor: services.create_event(
        texts=Texts(slug="new", title="New"), actor=actor
    ),
    "update_event": lambda it, actor: services.update_event(
        event_id=it.event_id, texts=it.event.texts, actor=actor
    ),
    "publish_event": lambda it, actor: services.publish_event(event_id=it.event_id, actor=actor),
    "cancel_event": lambda it, actor: services.cancel_event(
        event_id=it.event_id, reason="", actor=actor
    ),
    "create_performance": lambda it, actor: services.create_performance(
        event_id=it.event_id,
        plan_version_id=it.plan_version_id,
        timezone="UTC",
        starts_at=it.starts_at,
        ends_at=it.ends_at,
        actor=actor,
    ),
    "update_performance": lambda it, actor: services.update_performance(
        performance_id=it.pk, times=it.times, limits=it.limits, timezone="UTC", actor=actor
    ),
    "publish_performance": lambda it, actor: services.publish_performance(
        performance_id=it.pk, actor=actor
    ),
    "cancel_performance": lambda it, actor: services.cancel_performance(
        performance_id=it.pk, reason="", actor=actor
    ),
}


@pytest.mark.parametrize("name", services.__all__)
@pytest.mark.parametrize("actor", [STAFF, STRANGER], ids=["staff", "stranger"])
def test_only_who_may_edit_events_does(name: str, actor: Actor) -> None:
    performance = make_performance()

    with pytest.raises(NotPermitted):
        WRITES[name](performance, actor)


def test_unknown_events_and_performances_are_missing() -> None:
    with pytest.raises(queries.NoSuchEvent):
        services.publish_event(event_id=10**9, actor=OWNER)
    with pytest.raises(domain.NoSuchPerformance):
        services.publish_performance(performance_id=10**9, actor=OWNER)
    with pytest.raises(domain.NoSuchPerformance):
        services.cancel_performance(performance_id=10**9, reason="", actor=OWNER)


def test_each_organizer_has_its_own_events(other_tenant: TenantRecord) -> None:
    from kernel.db import tenant_context

    make_event()

    with tenant_context(other_tenant.schema_name):
        assert not Event.objects.exists()
