"""Two people at one plan: one draft wins, and one content becomes one version."""

from __future__ import annotations

from threading import Barrier

import pytest
from django.db.models import F

from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.venues import services
from tenant_apps.venues.models import Plan, PlanVersion, Seat
from tests.support.plans import small_plan
from tests.support.races import all_at_once

EDITORS = 6


@pytest.fixture
def plan(live_tenant: TenantRecord) -> Plan:
    venue = services.create_venue(name="Hall", timezone="Europe/Berlin", actor=SYSTEM)
    return services.create_plan(
        venue_id=venue.pk, name="Seated", document=small_plan(), actor=SYSTEM
    )


def test_one_of_many_editors_saves(live_tenant: TenantRecord, plan: Plan) -> None:
    def edit(number: int, gate: Barrier) -> None:
        seen = Plan.objects.get(pk=plan.pk).draft_revision
        gate.wait()  # everyone has seen the same draft before anyone saves
        services.save_draft(
            plan_id=plan.pk, document=small_plan(name=f"{number}"), revision=seen, actor=SYSTEM
        )

    ended = all_at_once(live_tenant.schema_name, EDITORS, edit)
    assert ended == {"done": 1, "draft_changed": EDITORS - 1}
    plan.refresh_from_db()
    assert plan.draft_revision == 2


def test_without_the_revision_every_editor_overwrites(
    live_tenant: TenantRecord, plan: Plan
) -> None:
    """If this test fails, the one above proves nothing."""

    def edit(number: int, gate: Barrier) -> None:
        assert Plan.objects.get(pk=plan.pk).draft_revision == 1
        gate.wait()
        Plan.objects.filter(pk=plan.pk).update(
            draft=small_plan(name=f"{number}"), draft_revision=F("draft_revision") + 1
        )

    assert all_at_once(live_tenant.schema_name, EDITORS, edit) == {"done": EDITORS}
    plan.refresh_from_db()
    assert plan.draft_revision == EDITORS + 1


def test_many_publish_the_same_draft_and_there_is_one_version(
    live_tenant: TenantRecord, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = services.plans.domain.encode_compact
    gates: list[Barrier] = []

    def encode_together(parsed: object) -> bytes:
        gates[0].wait()  # all have read the draft and none has the lock
        return encode(parsed)  # type: ignore[arg-type]

    monkeypatch.setattr(services.plans.domain, "encode_compact", encode_together)

    def publish(number: int, gate: Barrier) -> None:
        if not gates:
            gates.append(gate)
        services.publish_plan(plan_id=plan.pk, actor=SYSTEM)

    assert all_at_once(live_tenant.schema_name, EDITORS, publish) == {"done": EDITORS}
    assert PlanVersion.objects.count() == 1
    assert Seat.objects.count() == 11
