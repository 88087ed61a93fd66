"""Switching rooms on and off, and what PostgreSQL never lets be false."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kernel import clock, errors
from kernel.db import violated_constraint
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events.domain import NoSuchPerformance
from tenant_apps.events.models import Performance
from tenant_apps.queueing import domain, queries, services
from tenant_apps.queueing.domain import Mode, RoomDraft, State
from tenant_apps.queueing.models import Room
from tests.support.performances import STRANGER
from tests.support.sale import put_on_sale


@pytest.fixture
def performance(live_tenant: TenantRecord) -> Performance:
    return put_on_sale()


def set_room(performance: Performance, mode: Mode = Mode.ON, **given: Any) -> Room:
    draft = RoomDraft(mode=mode, **given)
    return services.set_room(performance_id=performance.pk, draft=draft, actor=SYSTEM)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"per_minute": 0}, "per_minute"),
        ({"per_minute": 60_001}, "per_minute"),
        ({"most_inside": 0}, "most_inside"),
        ({"lease_seconds": 59}, "lease_seconds"),
        ({"lease_seconds": True}, "lease_seconds"),
        ({"waits_from": clock.now()}, "waits_from"),
        ({"mode": Mode.TIME}, "waits_from"),
        ({"mode": Mode.TIME, "waits_from": clock.now()}, "waits_from"),
    ],
)
def test_a_wrong_draft_is_refused_by_its_field(
    performance: Performance, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(errors.Invalid) as refusal:
        set_room(performance, **given)
    assert refusal.value.details["field"] == field
    assert not Room.objects.exists()


def test_nobody_without_the_permission_sets_a_room(performance: Performance) -> None:
    with pytest.raises(errors.NotAllowed):
        services.set_room(performance_id=performance.pk, draft=RoomDraft(Mode.ON), actor=STRANGER)


def test_a_performance_that_is_not_there_has_no_room(performance: Performance) -> None:
    with pytest.raises(NoSuchPerformance):
        services.set_room(performance_id=0, draft=RoomDraft(Mode.ON), actor=SYSTEM)


def test_switched_on_again_a_new_round_begins_and_a_change_begins_none(
    performance: Performance,
) -> None:
    assert set_room(performance).round == 1
    assert set_room(performance, per_minute=10).round == 1
    set_room(performance, Mode.OFF)
    assert queries.find_rules(performance.pk) is None
    assert set_room(performance).round == 2


def test_the_seed_is_drawn_once_and_stays(performance: Performance) -> None:
    set_room(performance)
    first = services.find_open_rules(performance.pk)
    second = services.find_open_rules(performance.pk)
    assert first is not None
    assert second is not None
    assert len(first.seed) == 32
    assert first.seed == second.seed
    assert Room.objects.get().seed == first.seed


def test_before_the_sale_nothing_is_drawn(live_tenant: TenantRecord) -> None:
    performance = put_on_sale(opens_in=timedelta(hours=1))
    set_room(performance)
    rules = services.find_open_rules(performance.pk)
    assert rules is not None
    assert rules.seed == ""
    standing, _ = services.join(rules, session="anna", free_places=lambda: 10)
    assert standing.state is State.BEFORE
    with clock.fixed(performance.sale_opens_at + timedelta(seconds=1)):
        rules = services.find_open_rules(performance.pk)
        assert rules is not None
        assert rules.seed
        standing, _ = services.join(rules, session="anna", free_places=lambda: 10)
        assert standing.state is State.ADMITTED
        services.ensure_admitted(performance_id=performance.pk, session="anna")
        with pytest.raises(domain.NotAdmitted):
            services.ensure_admitted(performance_id=performance.pk, session="bert")


def test_a_room_by_time_begins_at_its_moment_and_ends_with_the_sale(
    live_tenant: TenantRecord,
) -> None:
    performance = put_on_sale(opens_in=timedelta(hours=2))
    begins = performance.sale_opens_at - timedelta(hours=1)
    set_room(performance, Mode.TIME, waits_from=begins)
    assert services.find_open_rules(performance.pk) is None
    services.ensure_admitted(performance_id=performance.pk, session="anna")
    with clock.fixed(begins):
        assert services.find_open_rules(performance.pk) is not None
    with clock.fixed(performance.sale_closes_at):
        assert services.find_open_rules(performance.pk) is None


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"mode": "soon"}, "waiting_room_mode_known"),
        ({"mode": "time"}, "waiting_room_time_where_by_time"),
        ({"per_minute": 0}, "waiting_room_bounded"),
        ({"seed": "5eed"}, "waiting_room_seeded_when_open"),
    ],
)
def test_the_database_refuses_what_can_never_be(
    performance: Performance, change: dict[str, Any], constraint: str
) -> None:
    set_room(performance)
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Room.objects.update(**change)
    assert violated_constraint(refusal.value) == constraint


@pytest.mark.parametrize("mode", [Mode.ON, Mode.OFF])
def test_leaving_asks_the_database_once(
    performance: Performance, mode: Mode, django_assert_num_queries: Any
) -> None:
    """Every order leaves the room that it may have come through."""
    set_room(performance)
    set_room(performance, mode)
    with django_assert_num_queries(1):
        services.leave(performance_id=performance.pk, session="anna")
