from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel import clock
from tenant_apps.access.domain import BUILTIN_ROLES, Actor
from tenant_apps.events import domain, queries, services
from tenant_apps.events.domain import Phase
from tenant_apps.events.models import Event
from tests.support.performances import OWNER, STRANGER, make_event, make_performance

pytestmark = pytest.mark.usefixtures("tenant")

STAFF = Actor(kind="member", ref="mbr_s", name="Sam", permissions=BUILTIN_ROLES["staff"])
CANNOT_VIEW = Actor(kind="client", ref="app", name="Scanner", permissions=frozenset())


@pytest.fixture
def events() -> dict[str, Event]:
    """A draft, a published and a cancelled event."""
    draft = make_performance(make_event("draft"), published=False)
    published = make_performance(make_event("published"))
    cancelled = make_performance(make_event("cancelled"))
    services.cancel_event(event_id=cancelled.event_id, reason="", actor=OWNER)
    return {each.event.slug: each.event for each in (draft, published, cancelled)}


@pytest.mark.parametrize(
    ("actor", "slugs"),
    [
        (OWNER, {"draft", "published", "cancelled"}),
        (STAFF, {"draft", "published", "cancelled"}),
        (STRANGER, {"published", "cancelled"}),
        (CANNOT_VIEW, {"published", "cancelled"}),
        (None, {"published", "cancelled"}),
    ],
    ids=["owner", "staff", "buyer", "client", "nobody"],
)
def test_who_sees_which_events_and_performances(
    events: dict[str, Event], actor: Actor | None, slugs: set[str]
) -> None:
    assert {event.slug for event in queries.events_visible_to(actor)} == slugs
    found = queries.performances_visible_to(actor)
    assert {performance.event.slug for performance in found} == slugs


def test_a_draft_is_missing_for_buyers(events: dict[str, Event]) -> None:
    draft = events["draft"]
    [performance] = queries.performances_of(draft, OWNER)

    assert queries.get_event(draft.public_id, OWNER) == draft
    assert queries.get_event_by_slug("draft", OWNER) == draft
    assert queries.performances_of(draft) == []
    with pytest.raises(queries.NoSuchEvent):
        queries.get_event(draft.public_id, STRANGER)
    with pytest.raises(queries.NoSuchEvent):
        queries.get_event_by_slug("draft", None)
    with pytest.raises(domain.NoSuchPerformance):
        queries.get_performance(performance.public_id, STRANGER)
    with pytest.raises(domain.NoSuchPerformance):
        queries.performance_for_sale(performance.public_id)


def test_a_draft_of_a_published_event_stays_hidden(events: dict[str, Event]) -> None:
    hidden = make_performance(events["published"], published=False)

    assert hidden not in queries.performances_of(events["published"])
    assert hidden in queries.performances_of(events["published"], STAFF)


def test_a_cancelled_performance_is_gone_from_sale(events: dict[str, Event]) -> None:
    [performance] = queries.performances_of(events["cancelled"])

    with pytest.raises(domain.PerformanceCancelled):
        queries.performance_for_sale(performance.public_id)


def test_a_published_performance_is_found_before_its_sale_opens() -> None:
    now = clock.now()
    performance = make_performance(sale_opens_at=now + timedelta(hours=1))

    found = queries.performance_for_sale(performance.public_id)

    assert found == performance
    assert found.sale_state(now).phase is Phase.NOT_YET


def test_locking_for_sale_judges_the_row_as_it_is_now() -> None:
    performance = make_performance()
    now = clock.now()

    assert queries.lock_for_sale(performance.pk, now) == performance
    with pytest.raises(domain.SaleClosed):
        queries.lock_for_sale(performance.pk, performance.sale_closes_at)
    services.cancel_performance(performance_id=performance.pk, reason="", actor=OWNER)
    with pytest.raises(domain.PerformanceCancelled):
        queries.lock_for_sale(performance.pk, now)
    with pytest.raises(domain.NoSuchPerformance):
        queries.lock_for_sale(10**9, now)


def test_a_list_of_events_costs_two_queries_however_long() -> None:
    for number in range(4):
        event = make_event(f"event-{number}")
        make_performance(event)
        make_performance(event)

    with CaptureQueriesContext(
        connection,
    ) as counted:
        listed = list(queries.with_performances(queries.events_visible_to(None), None))
        venues = [
            performance.plan_version.plan.venue.name
            for event in listed
            for performance in event.visible_performances  # type: ignore[attr-defined]
        ]

    assert len(venues) == 8
    assert len(counted) == 2


def test_past_performances_can_be_left_out() -> None:
    now = clock.now()
    past = make_performance(
        starts_at=now - timedelta(days=3), sale_opens_at=now - timedelta(days=9)
    )
    coming = make_performance(past.event)

    [event] = queries.with_performances(Event.objects.all(), None, since=now)

    assert event.visible_performances == [coming]  # type: ignore[attr-defined]
