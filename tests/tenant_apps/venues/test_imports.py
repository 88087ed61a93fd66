"""Importing into a draft: all of it or nothing, and only over what was seen."""

from __future__ import annotations

import json
import time

import pytest

from eventflow.local import demo_plans
from public_apps.audit.models import Entry
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import BUYER, SYSTEM, NotPermitted
from tenant_apps.venues import queries, services
from tenant_apps.venues.domain import category_of, parse_plan
from tenant_apps.venues.models import Plan
from tests.support.plans import small_plan

CSV = b"section,row,seat,category\nStalls,A,1,Gold\nStalls,A,2,Gold\n"


@pytest.fixture
def plan(tenant: TenantRecord) -> Plan:
    venue = services.create_venue(name="Hall", timezone="Europe/Berlin", actor=SYSTEM)
    return services.create_plan(venue_id=venue.pk, name="Seated", actor=SYSTEM)


def test_a_dry_run_writes_nothing(plan: Plan) -> None:
    report = services.dry_run(content=CSV, kind="csv", actor=SYSTEM)
    assert report.seat_count == 2
    assert report.can_be_published
    plan.refresh_from_db()
    assert plan.draft_revision == 1


def test_a_csv_file_becomes_the_draft_and_can_be_published(plan: Plan) -> None:
    services.import_plan(plan_id=plan.pk, content=CSV, kind="csv", revision=1, actor=SYSTEM)
    version = services.publish_plan(plan_id=plan.pk, revision=2, actor=SYSTEM)
    assert queries.layout(version.pk).place(1).name == "Stalls · Row A · Seat 2"
    assert queries.layout(version.pk).name == "Seated"
    assert Entry.objects.filter(action="plan.imported", subject=plan.public_id).exists()


def test_a_document_becomes_the_draft(plan: Plan) -> None:
    content = json.dumps(small_plan()).encode()
    report = services.import_plan(
        plan_id=plan.pk, content=content, kind="json", revision=1, actor=SYSTEM
    )
    assert (report.seat_count, report.place_count) == (11, 16)
    plan.refresh_from_db()
    assert plan.draft["name"] == "Small hall"


def test_an_unfinished_document_is_imported_and_says_so(plan: Plan) -> None:
    document = small_plan()
    document["sections"][0]["rows"][0]["seats"][1]["label"] = "1"
    report = services.import_plan(
        plan_id=plan.pk, content=json.dumps(document).encode(), kind="json", revision=1,
        actor=SYSTEM,
    )  # fmt: skip
    assert [problem.code for problem in report.problems] == ["duplicate_label"]
    assert report.as_dict()["problems"][0]["place"] == "Stalls, row A, seat 1"


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (CSV + b"Stalls,A,2,Gold\n", "csv", "duplicate_seat"),
        (b"[]", "json", "wrong_type"),
        (b"\x00", "json", "not_json"),
    ],
)
def test_a_file_with_mistakes_changes_nothing(
    plan: Plan, content: bytes, kind: services.Kind, code: str
) -> None:
    with pytest.raises(services.ImportRefused) as refusal:
        services.import_plan(plan_id=plan.pk, content=content, kind=kind, revision=1, actor=SYSTEM)
    problems = refusal.value.details["problems"]
    assert isinstance(problems, list)
    assert problems[0]["code"] == code
    json.dumps(refusal.value.details)
    plan.refresh_from_db()
    assert plan.draft_revision == 1


def test_an_import_does_not_overwrite_what_was_not_seen(plan: Plan) -> None:
    services.save_draft(plan_id=plan.pk, document=small_plan(), revision=1, actor=SYSTEM)
    with pytest.raises(services.DraftChanged):
        services.import_plan(plan_id=plan.pk, content=CSV, kind="csv", revision=1, actor=SYSTEM)
    assert not Entry.objects.filter(action="plan.imported").exists()


def test_who_may_not_edit_cannot_import_and_other_kinds_are_refused(plan: Plan) -> None:
    with pytest.raises(NotPermitted):
        services.dry_run(content=CSV, kind="csv", actor=BUYER)
    with pytest.raises(services.UnknownKind):
        services.dry_run(content=CSV, kind="dxf", actor=SYSTEM)  # type: ignore[arg-type]
    with pytest.raises(queries.NoSuchPlan):
        services.import_plan(plan_id=0, content=CSV, kind="csv", revision=1, actor=SYSTEM)


def test_a_stadium_is_imported_and_published_in_seconds(live_tenant: TenantRecord) -> None:
    """The bound of the product is 10 s for 60,000 seats, from the file to the last row."""
    stadium = parse_plan(demo_plans.stadium())
    lines = ["section,row,seat,category,x,y"]
    for section, line in stadium.lines():
        for seat, (x, y) in zip(line.seats, line.positions, strict=True):
            category = category_of(section, line, seat)
            lines.append(f"{section.label},{line.label},{seat.label},{category},{x},{y}")
    content = "\n".join(lines).encode()
    venue = services.create_venue(name="Arena", timezone="Europe/Oslo", actor=SYSTEM)
    plan = services.create_plan(venue_id=venue.pk, name="Bowl", actor=SYSTEM)
    # Our own work, not the clock on the wall: a busy machine must not fail the test.
    started = time.process_time()
    services.import_plan(plan_id=plan.pk, content=content, kind="csv", revision=1, actor=SYSTEM)
    version = services.publish_plan(plan_id=plan.pk, actor=SYSTEM)
    assert time.process_time() - started < 10
    assert version.place_count == 60_000
