"""Drafts, publishing, and that a published plan never changes again."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from eventflow.local import demo_plans
from kernel.db import tenant_context, violated_constraint
from public_apps.audit.models import Entry
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import BUYER, SYSTEM, NotPermitted
from tenant_apps.venues import queries, services
from tenant_apps.venues.domain import PlanRefused
from tenant_apps.venues.models import (
    PUBLISHED_IS_IMMUTABLE,
    Area,
    Plan,
    PlanVersion,
    Row,
    Seat,
    Section,
    Venue,
)
from tests.support.plans import small_plan


@pytest.fixture
def venue(tenant: TenantRecord) -> Venue:
    return services.create_venue(name="Hall", timezone="Europe/Berlin", actor=SYSTEM)


@pytest.fixture
def plan(venue: Venue) -> Plan:
    return services.create_plan(
        venue_id=venue.pk, name="Seated", document=small_plan(), actor=SYSTEM
    )


@pytest.fixture
def version(plan: Plan) -> PlanVersion:
    return services.publish_plan(plan_id=plan.pk, actor=SYSTEM)


# --- venues and drafts -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"name": " "}, services.BadName),
        ({"name": "x" * 121}, services.BadName),
        ({"name": "a\x00b"}, services.BadName),
        ({"timezone": "Berlin"}, services.UnknownTimezone),
        ({"address": "x" * 401}, services.BadAddress),
        ({"name": "Hall"}, services.NameTaken),
    ],
)
def test_a_venue_with_bad_values_is_refused(
    venue: Venue, values: dict[str, str], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal) as raised:
        services.create_venue(
            **{"name": "Other", "timezone": "Europe/Berlin", "actor": SYSTEM, **values}
        )
    assert raised.value.details["field"] in values  # type: ignore[attr-defined]


def test_a_venue_changes(venue: Venue) -> None:
    services.update_venue(
        venue_id=venue.pk, name="Big hall", address="Here 1", timezone="Asia/Tokyo", actor=SYSTEM
    )
    venue.refresh_from_db()
    assert (venue.name, venue.address, venue.timezone) == ("Big hall", "Here 1", "Asia/Tokyo")
    with pytest.raises(queries.NoSuchVenue):
        services.update_venue(venue_id=0, name="x", address="", timezone="Asia/Tokyo", actor=SYSTEM)


def test_whoever_lacks_the_permission_sees_and_changes_nothing(plan: Plan) -> None:
    for act in (
        lambda: services.create_venue(name="x", timezone="UTC", actor=BUYER),
        lambda: services.create_plan(venue_id=plan.venue_id, name="x", actor=BUYER),
        lambda: services.save_draft(
            plan_id=plan.pk, document=small_plan(), revision=1, actor=BUYER
        ),
        lambda: services.publish_plan(plan_id=plan.pk, actor=BUYER),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert not queries.plans_visible_to(BUYER)
    with pytest.raises(queries.NoSuchPlan):
        queries.get_plan(plan.public_id, actor=BUYER)
    assert queries.get_plan(plan.public_id, actor=SYSTEM) == plan


def test_an_empty_plan_can_be_started_and_not_published(venue: Venue) -> None:
    plan = services.create_plan(venue_id=venue.pk, name="Empty", actor=SYSTEM)
    with pytest.raises(PlanRefused) as refusal:
        services.publish_plan(plan_id=plan.pk, actor=SYSTEM)
    assert [problem.code for problem in refusal.value.problems] == ["no_places"]


def test_a_draft_may_be_unfinished_but_not_misshapen(plan: Plan) -> None:
    unfinished = small_plan(sections=[{"key": "s", "label": ""}])
    assert services.save_draft(plan_id=plan.pk, document=unfinished, revision=1, actor=SYSTEM) == 2
    for document in (None, {}, small_plan(x=1)):
        with pytest.raises(PlanRefused):
            services.save_draft(plan_id=plan.pk, document=document, revision=2, actor=SYSTEM)
    plan.refresh_from_db()
    assert plan.draft_revision == 2


def test_the_second_of_two_editors_is_told(plan: Plan) -> None:
    first = small_plan(name="First")
    services.save_draft(plan_id=plan.pk, document=first, revision=1, actor=SYSTEM)
    with pytest.raises(services.DraftChanged) as refusal:
        services.save_draft(
            plan_id=plan.pk, document=small_plan(name="Second"), revision=1, actor=SYSTEM
        )
    assert refusal.value.details == {"revision": 2}
    with pytest.raises(services.DraftChanged):
        services.publish_plan(plan_id=plan.pk, revision=1, actor=SYSTEM)
    plan.refresh_from_db()
    assert plan.draft["name"] == "First"
    with pytest.raises(queries.NoSuchPlan):
        services.save_draft(plan_id=0, document=first, revision=1, actor=SYSTEM)


# --- publishing --------------------------------------------------------------------------------


def test_a_version_has_the_three_forms_of_the_plan(version: PlanVersion) -> None:
    assert (version.number, version.seat_count, version.place_count) == (1, 11, 16)
    assert list(
        Seat.objects.order_by("ordinal").values_list("ordinal", "row__label", "label", "category")
    ) == [
        (0, "A", "1", "a"), (1, "A", "2", "a"), (2, "A", "3", "a"), (3, "A", "4", "a"),
        (4, "B", "1", "b"), (5, "B", "2", "b"), (6, "B", "3", "b"), (7, "B", "4", "a"),
        (8, "1", "1", "a"), (9, "1", "2", "a"), (10, "1", "3", "a"),
    ]  # fmt: skip
    assert Seat.objects.get(ordinal=3).attributes == ["wheelchair"]
    assert list(Row.objects.order_by("first_ordinal").values_list("kind", "seat_count")) == [
        ("row", 4), ("row", 4), ("table", 3),
    ]  # fmt: skip
    area = Area.objects.get()
    assert (area.first_ordinal, area.capacity, area.section) == (11, 5, None)
    for ordinal, place in queries.places(version.pk, range(11)).items():
        seat = Seat.objects.select_related("row__section").get(ordinal=ordinal)
        assert (place.section, place.row, place.label, place.x, place.y) == (
            seat.row.section.label, seat.row.label, seat.label, seat.x, seat.y,
        )  # fmt: skip


def test_labels_with_signs_that_mean_something_to_the_database(venue: Venue) -> None:
    document = small_plan()
    document["sections"][0]["rows"][0]["seats"] = [
        {"label": label} for label in ("\\N", "\\", "{}", "é'\"")
    ]
    plan = services.create_plan(venue_id=venue.pk, name="Odd", document=document, actor=SYSTEM)
    services.publish_plan(plan_id=plan.pk, actor=SYSTEM)
    labels = Seat.objects.filter(ordinal__lt=4).order_by("ordinal").values_list("label", flat=True)
    assert list(labels) == ["\\N", "\\", "{}", "é'\""]


def test_the_same_content_is_the_same_version(plan: Plan, version: PlanVersion) -> None:
    assert services.publish_plan(plan_id=plan.pk, actor=SYSTEM) == version
    services.save_draft(plan_id=plan.pk, document=small_plan(name="x"), revision=1, actor=SYSTEM)
    second = services.publish_plan(plan_id=plan.pk, actor=SYSTEM)
    assert second.number == 2
    services.save_draft(plan_id=plan.pk, document=small_plan(), revision=2, actor=SYSTEM)
    assert services.publish_plan(plan_id=plan.pk, actor=SYSTEM) == version
    plan.refresh_from_db()
    assert plan.current_version == version
    assert [v.number for v in queries.versions_of(plan.pk)] == [2, 1]
    assert Entry.objects.filter(action="plan.published").count() == 2


def test_two_plans_may_have_the_same_content(venue: Venue, version: PlanVersion) -> None:
    other = services.create_plan(
        venue_id=venue.pk, name="Copy", document=small_plan(), actor=SYSTEM
    )
    assert services.publish_plan(plan_id=other.pk, actor=SYSTEM) != version


def test_a_version_is_found_by_its_public_id(version: PlanVersion) -> None:
    found = queries.get_version(version.public_id)
    assert found == version
    assert queries.compact_plan(version.public_id)[:4] == b"EFPL"
    for missing in (
        lambda: queries.get_version("plv_x"),
        lambda: queries.compact_plan("plv_x"),
        lambda: queries.plan_version(0),
        lambda: queries.layout(0),
    ):
        with pytest.raises(queries.NoSuchVersion):
            missing()


def test_a_layout_is_read_once_for_each_schema(
    version: PlanVersion, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert queries.layout(version.pk) is queries.layout(version.pk)
        assert queries.categories_by_ordinal(version.pk)[0] == ["a", "b"]
        assert queries.neighbours(version.pk, 0) == (None, 1)
        [seat] = queries.search_places(version.pk, text="stalls a 4")
    assert queries.place_name(seat) == "Stalls · Row A · Seat 4"
    assert queries.place_name(queries.layout(version.pk).place(8)) == "Stalls · Table 1 · Seat 1"
    assert queries.place_name(queries.layout(version.pk).place(12)) == "Floor"


# --- nothing published changes -----------------------------------------------------------------

CHANGES = {
    "version": lambda v: PlanVersion.objects.filter(pk=v.pk).update(number=9),
    "unsealing": lambda v: PlanVersion.objects.filter(pk=v.pk).update(published_at=None),
    "deleting the version": lambda v: PlanVersion.objects.filter(pk=v.pk)._raw_delete("default"),
    "section": lambda v: Section.objects.update(label="x"),
    "row": lambda v: Row.objects.update(label="x"),
    "seat": lambda v: Seat.objects.filter(ordinal=3).update(label="99"),
    "area": lambda v: Area.objects.update(capacity=500),
    "deleting a seat": lambda v: Seat.objects.filter(ordinal=3)._raw_delete("default"),
    "deleting areas": lambda v: Area.objects.all()._raw_delete("default"),
    "adding a section": lambda v: Section.objects.create(
        version=v, key="new", label="New", position=9
    ),
    "adding seats": lambda v: Seat.objects.bulk_create(
        [
            Seat(version=v, row=Row.objects.first(), ordinal=99, key="x", label="x",
                 category="a", x=0, y=0)
        ]
    ),
    "adding an area": lambda v: Area.objects.create(
        version=v, key="n", label="n", category="a", first_ordinal=99, capacity=1
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_database_refuses_to_change_a_published_plan(version: PlanVersion, change: Any) -> None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        change(version)
    assert violated_constraint(refusal.value) == PUBLISHED_IS_IMMUTABLE


def test_without_the_trigger_a_seat_would_change(version: PlanVersion) -> None:
    """If this test fails, the one above proves nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP TRIGGER venues_seat_never_changes ON venues_seat")
    assert Seat.objects.filter(ordinal=3).update(label="99") == 1


def test_a_version_that_is_not_sealed_cannot_be_committed(plan: Plan) -> None:
    PlanVersion.objects.create(
        plan=plan, number=7, document={}, compact=b"", seat_count=1, place_count=1, checksum="x"
    )
    with (
        pytest.raises(IntegrityError) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert violated_constraint(refusal.value) == "plan_version_is_sealed"


def test_a_plan_does_not_exist_for_another_tenant(
    version: PlanVersion, other_tenant: TenantRecord
) -> None:
    queries.layout(version.pk)
    with tenant_context(other_tenant.schema_name):
        with pytest.raises(queries.NoSuchVersion):
            queries.layout(version.pk)
        with pytest.raises(queries.NoSuchVersion):
            queries.get_version(version.public_id)


# --- speed -------------------------------------------------------------------------------------


def test_a_stadium_is_published_in_seconds(live_tenant: TenantRecord) -> None:
    venue = services.create_venue(name="Arena", timezone="Europe/Oslo", actor=SYSTEM)
    document = demo_plans.stadium()
    # Our own work, not the clock on the wall: a busy machine must not fail the test.
    started = time.process_time()
    plan = services.create_plan(venue_id=venue.pk, name="Bowl", document=document, actor=SYSTEM)
    version = services.publish_plan(plan_id=plan.pk, actor=SYSTEM)
    took_s = time.process_time() - started
    assert version.place_count == Seat.objects.filter(version=version).count() == 60_000
    assert took_s < 10
