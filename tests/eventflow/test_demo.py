from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.test import override_settings

from eventflow.local import demo, demo_sign_ins
from eventflow.local.demo_content import ORGANIZERS, SOON_S
from kernel import clock
from kernel.db import public_context, tenant_context
from public_apps.audit.models import Entry
from public_apps.tenants import queries as tenants
from public_apps.tenants import services as tenant_services
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.models import Membership
from tenant_apps.events.domain import Phase
from tenant_apps.events.models import Event, Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import PlaceState
from tenant_apps.orders.domain import OrderState
from tenant_apps.orders.models import Order
from tenant_apps.payments import queries as payments
from tenant_apps.pricing import queries as pricing
from tenant_apps.tickets.models import Ticket
from tenant_apps.venues.models import PlanVersion
from tests.conftest import AURORA, empty_schema
from tests.support import actors
from tests.support.stripe import StripeDouble

SLUGS = {organizer.slug for organizer in ORGANIZERS}
System = actors.Tester  # by another name: pytest takes classes called Test… for tests


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def made(
    folder: Path,
    running_stripe: StripeDouble,
    django_db_setup: None,
    django_db_blocker: pytest.Blocker,  # type: ignore[name-defined]
) -> Iterator[dict[str, TenantRecord]]:
    """The demo's organizers, made once for all tests here and erased afterwards."""
    with django_db_blocker.unblock(), override_settings(STRIPE_API_BASE=running_stripe.base):
        call_command("demo", folder=folder)
        yield {record.slug: record for record in tenants.all_tenants() if record.slug in SLUGS}
        for slug in SLUGS - {AURORA}:
            tenant_services.suspend(slug=slug, reason="tested", actor=System())
            tenant_services.erase(slug=slug, reason="tested", actor=System())
        for schema_name in ("t_aurora", "public"):
            empty_schema(schema_name)


@pytest.fixture(autouse=True)
def unblocked(made: object, database: None) -> None:
    """Every test here looks at what was committed."""


def phases(record: TenantRecord) -> dict[str, set[Phase]]:
    now = clock.now()
    found: dict[str, set[Phase]] = {}
    with tenant_context(record.schema_name):
        for performance in Performance.objects.select_related("event"):
            found.setdefault(performance.event.slug, set()).add(performance.sale_state(now).phase)
    return found


def test_there_is_something_in_every_state_of_a_sale(made: dict[str, TenantRecord]) -> None:
    assert phases(made["aurora"]) == {
        "the-tempest": {Phase.OPEN},
        "peter-and-the-wolf": {Phase.OPEN},
        "new-season-gala": {Phase.NOT_YET},
        "open-rehearsal": {Phase.OPEN},
        "letters-from-the-archive": {Phase.OPEN},
        "a-dolls-house": {Phase.PAST},
        "courtyard-serenade": {Phase.CANCELLED},
    }
    assert phases(made["summit"]) == {
        "rovers-v-lakeside": {Phase.OPEN},
        "rovers-v-harbor-city": {Phase.OPEN},
        "velvet-static": {Phase.NOT_YET},
        "season-opener": {Phase.PAST},
    }
    assert phases(made["pulse"]) == {
        "open-decks": {Phase.OPEN},
        "basement-jazz": {Phase.OPEN},
        "tape-launch": {Phase.PAST},
    }


def test_one_sale_opens_in_two_minutes_from_the_last_run(
    made: dict[str, TenantRecord], folder: Path
) -> None:
    before = clock.now()

    call_command("demo", folder=folder)

    with tenant_context(made["aurora"].schema_name):
        gala = Performance.objects.get(event__slug="new-season-gala")
    wait = gala.sale_opens_at - before
    assert timedelta(seconds=SOON_S - 1) <= wait <= timedelta(seconds=SOON_S + 30)


@pytest.mark.parametrize(("slug", "least", "most"), [
    ("aurora", 1_150 + 72, 1_300 + 72), ("summit", 60_000, 60_000), ("pulse", 400, 600),
])  # fmt: skip
def test_the_houses_are_as_large_as_promised(
    made: dict[str, TenantRecord], slug: str, least: int, most: int
) -> None:
    with tenant_context(made[slug].schema_name):
        places = PlanVersion.objects.aggregate(Sum("place_count"))["place_count__sum"]

    assert least <= places <= most


def test_everything_on_sale_has_a_price_for_every_place(made: dict[str, TenantRecord]) -> None:
    for record in made.values():
        with tenant_context(record.schema_name):
            for performance in Performance.objects.select_related("event"):
                unpriced = pricing.unpriced_categories(performance)
                assert unpriced == (["away"] if performance.event.slug == "velvet-static" else [])


def test_who_has_no_account_at_stripe_sells_nothing_but_free_tickets(
    made: dict[str, TenantRecord],
) -> None:
    for organizer in ORGANIZERS:
        with tenant_context(made[organizer.slug].schema_name):
            ids = Performance.objects.values_list("pk", flat=True)
            dearest = max(
                found.highest.amount_minor for found in pricing.price_ranges(ids).values()
            )
            assert bool(dearest) == bool(organizer.takes_cards)


def test_who_takes_cards_has_an_account_under_its_own_name(
    made: dict[str, TenantRecord], running_stripe: StripeDouble
) -> None:
    for organizer in ORGANIZERS:
        with tenant_context(made[organizer.slug].schema_name):
            account = payments.account()
        if organizer.takes_cards:
            assert account is not None
            assert (account.name, account.charges_enabled) == (organizer.name, True)
        else:
            assert account is None


def test_what_is_sold_out_was_ordered_place_by_place(made: dict[str, TenantRecord]) -> None:
    with tenant_context(made["aurora"].schema_name):
        performance = Performance.objects.get(event__slug="open-rehearsal")
        states = set(inventory.snapshot(performance.pk).places)
        tickets = Ticket.objects.filter(performance=performance)
        orders = Order.objects.filter(lines__performance=performance).distinct()

        assert states == {PlaceState.SOLD}
        assert tickets.count() == 72
        assert {order.state for order in orders} == {OrderState.PAID}
        assert 20 <= orders.count() <= 40
        assert inventory.reconcile(performance.pk) == []


def test_every_sign_in_works_where_it_says(made: dict[str, TenantRecord], folder: Path) -> None:
    places = [place for place in demo_sign_ins.read(folder) if place.email]

    assert len(places) == 7
    for place in places:
        schema_name = made[place.host].schema_name if place.host else "public"
        with tenant_context(schema_name):
            assert authenticate(None, username=place.email, password=place.password) is not None
    for record in made.values():
        with tenant_context(record.schema_name):
            assert set(Membership.objects.values_list("role", flat=True)) == {"owner", "staff"}


def test_only_its_owner_can_read_the_sign_ins(folder: Path) -> None:
    assert (folder / demo_sign_ins.FILE).stat().st_mode & 0o777 == 0o600


def counts(made: dict[str, TenantRecord]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for slug, record in made.items():
        with tenant_context(record.schema_name):
            found[slug] = (
                Event.objects.count(),
                Performance.objects.count(),
                PlanVersion.objects.count(),
                Membership.objects.count(),
                Entry.objects.exclude(action="performance.changed").count(),
            )
    return found


def test_a_second_run_adds_nothing(made: dict[str, TenantRecord], folder: Path) -> None:
    before, sign_ins = counts(made), demo_sign_ins.read(folder)

    call_command("demo", folder=folder)

    assert counts(made) == before
    assert demo_sign_ins.read(folder) == sign_ins


def test_lost_sign_ins_are_replaced_by_new_ones_that_work(
    made: dict[str, TenantRecord], folder: Path
) -> None:
    (folder / demo_sign_ins.FILE).unlink()

    call_command("demo", folder=folder)

    [owner] = [p for p in demo_sign_ins.read(folder) if p.email == "owner@pulse.example"]
    with tenant_context(made["pulse"].schema_name):
        assert authenticate(None, username=owner.email, password=owner.password) is not None


def test_what_an_interrupted_run_left_is_finished(made: dict[str, TenantRecord]) -> None:
    [jazz] = [show for show in ORGANIZERS[2].shows if show.texts.slug == "basement-jazz"]
    with tenant_context(made["pulse"].schema_name):
        performance = Performance.objects.get(event__slug=jazz.texts.slug)
        version, prices = performance.plan_version_id, performance.pricing.price_list_id
        unfinished = demo.rules.Texts("half-made", "Half made")
        demo.events.create_event(texts=unfinished, actor=demo.DEMO)

        demo.make_show(
            demo.replace(jazz, texts=unfinished),
            plan_version_id=version,
            price_list_id=prices,
            timezone="Europe/London",
        )

        event = Event.objects.get(slug="half-made")
        assert event.state == "published"
        assert event.performances.get().state == "published"


def test_the_demo_is_not_for_production(settings: object, tmp_path: Path) -> None:
    settings.ENVIRONMENT = "production"  # type: ignore[attr-defined]

    with pytest.raises(CommandError, match="not for production"):
        call_command("demo", folder=tmp_path)

    with public_context():
        assert not (tmp_path / demo_sign_ins.FILE).exists()
