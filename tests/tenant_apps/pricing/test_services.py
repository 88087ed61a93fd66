from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kernel.db import violated_constraint
from public_apps.audit.models import Entry
from tenant_apps.access.domain import BUILTIN_ROLES, Actor, NotPermitted
from tenant_apps.events import services as events
from tenant_apps.events.domain import CancelledForGood, NoSuchPerformance
from tenant_apps.pricing import domain, queries, services
from tenant_apps.pricing.domain import Choice, FeeRule, TaxRule, TierDraft, ZoneDraft
from tenant_apps.pricing.models import Price, PriceList, Tier, Zone, ZoneCategory
from tests.support.performances import (
    OWNER,
    STRANGER,
    give_prices,
    make_event,
    make_performance,
    price_list_draft,
)

pytestmark = pytest.mark.usefixtures("tenant")

STAFF = Actor(kind="member", ref="mbr_s", name="Sam", permissions=BUILTIN_ROLES["staff"])


def test_a_performance_is_sold_by_the_list_that_it_was_given() -> None:
    performance = make_performance()
    give_prices(
        performance,
        fee=FeeRule(fixed_minor=50, basis_points=100, per_order_minor=10),
        tax=TaxRule("VAT", 1_900, included=False),
    )

    book = queries.price_book(performance.pk)

    assert book.currency == "EUR"
    assert [zone.key for zone in book.zones] == ["front", "back"]
    assert [tier.description for tier in book.tiers] == ["", "under 16"]
    assert book.prices == {
        ("front", "adult"): 4_000,
        ("front", "child"): 2_000,
        ("back", "adult"): 2_500,
    }
    assert book.fee == FeeRule(fixed_minor=50, basis_points=100, per_order_minor=10)
    assert book.tax == TaxRule("VAT", 1_900, included=False)
    assert book.max_places == performance.max_places_per_order


def test_without_a_list_there_is_nothing_to_sell() -> None:
    performance = make_performance()

    with pytest.raises(queries.NoPrices):
        queries.price_book(performance.pk)
    assert queries.price_ranges([performance.pk]) == {}
    assert queries.unpriced_categories(performance) == ["front", "back"]


def test_a_changed_list_is_seen_at_once_and_an_unchanged_one_costs_one_query() -> None:
    performance = make_performance()
    price_list_id = give_prices(performance)
    before = queries.price_book(performance.pk)

    with CaptureQueriesContext(connection) as counted:
        assert queries.price_book(performance.pk) is before
    assert len(counted) == 1

    cheaper = ZoneDraft("front", "Front", "#3b5bdb", ("front", "back"), {"adult": 10})
    services.replace_price_list(
        price_list_id=price_list_id, draft=price_list_draft(zones=(cheaper,)), actor=OWNER
    )
    after = queries.price_book(performance.pk)
    assert after.prices == {("front", "adult"): 10}
    assert after.zone_of["back"].key == "front"


def test_another_limit_of_the_performance_is_seen_at_once() -> None:
    performance = make_performance()
    give_prices(performance)
    queries.price_book(performance.pk)

    events.update_performance(
        performance_id=performance.pk,
        times=performance.times,
        limits=replace(performance.limits, max_places_per_order=2),
        timezone=performance.timezone,
        actor=OWNER,
    )

    assert queries.price_book(performance.pk).max_places == 2


def test_zones_and_tiers_keep_their_ids_when_the_list_changes() -> None:
    price_list = services.create_price_list(draft=price_list_draft(), actor=OWNER)
    ids = set(Zone.objects.values_list("public_id", flat=True))
    draft = price_list_draft(
        zones=(
            ZoneDraft("back", "Rear", "#0b7285", ("front",), {"adult": 1}),
            ZoneDraft("box", "Boxes", "#0b7285", ("box",), {"adult": 1}),
        ),
        tiers=(TierDraft("adult", "Everyone"),),
    )

    changed = services.replace_price_list(price_list_id=price_list.pk, draft=draft, actor=OWNER)

    assert changed.revision == 2
    assert [zone.name for zone in changed.zones.all()] == ["Rear", "Boxes"]
    assert Zone.objects.get(key="back").public_id in ids
    assert [tier.name for tier in changed.tiers.all()] == ["Everyone"]
    assert Price.objects.count() == 2
    assert Entry.objects.filter(subject=price_list.public_id).count() == 2


def test_a_bad_change_leaves_everything_as_it_was() -> None:
    performance = make_performance()
    price_list_id = give_prices(performance)
    before = queries.price_book(performance.pk)

    with pytest.raises(domain.BadPriceList):
        services.replace_price_list(
            price_list_id=price_list_id, draft=price_list_draft(name=""), actor=OWNER
        )

    assert queries.price_book(performance.pk) == before


def test_many_performances_cost_few_queries() -> None:
    first = make_performance()
    price_list_id = give_prices(first)
    others = [make_performance(first.event) for _ in range(3)]
    for other in others:
        services.use_price_list(performance_id=other.pk, price_list_id=price_list_id, actor=OWNER)
    ids = [first.pk, *(other.pk for other in others)]
    queries.price_book(first.pk)

    with CaptureQueriesContext(connection) as counted:
        ranges = queries.price_ranges(ids)

    assert len(counted) == 1
    assert set(ranges) == set(ids)
    assert ranges[first.pk].lowest.amount_minor == 2_000
    assert ranges[first.pk].highest.amount_minor == 4_000


def test_choices_take_their_categories_from_the_plan() -> None:
    performance = make_performance()

    choices = queries.choices_of(performance, {3: "adult", 4: "child"})

    assert choices == [Choice(3, "front", "adult"), Choice(4, "back", "child")]


@pytest.mark.parametrize("ordinal", [-1, 10, 10**9])
def test_places_that_the_plan_does_not_have_are_refused(ordinal: int) -> None:
    performance = make_performance()

    with pytest.raises(queries.UnknownPlace) as refusal:
        queries.choices_of(performance, {0: "adult", ordinal: "adult"})

    assert refusal.value.details["places"] == [ordinal]


def test_categories_without_a_price_are_named() -> None:
    performance = make_performance()
    only_front = ZoneDraft("front", "Front", "#3b5bdb", ("front",), {"adult": 1})
    unsold = ZoneDraft("back", "Back", "#3b5bdb", ("back",), {})

    give_prices(performance, zones=(only_front, unsold))

    assert queries.unpriced_categories(performance) == ["back"]


def test_a_category_is_in_one_zone_of_a_list() -> None:
    price_list = services.create_price_list(draft=price_list_draft(), actor=OWNER)
    back = Zone.objects.get(key="back")

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        ZoneCategory.objects.create(price_list=price_list, zone=back, category="front", position=9)

    assert violated_constraint(refusal.value) == "one_zone_per_category"


@pytest.mark.parametrize("foreign", ["zone", "tier"])
def test_a_price_cannot_join_two_lists(foreign: str) -> None:
    ours = services.create_price_list(draft=price_list_draft(), actor=OWNER)
    theirs = services.create_price_list(draft=price_list_draft(), actor=OWNER)
    child = Tier.objects.get(price_list=theirs if foreign == "tier" else ours, key="child")
    zone = Zone.objects.get(price_list=theirs if foreign == "zone" else ours, key="back")

    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        _join(ours, zone, child)

    assert violated_constraint(refusal.value) == f"price_{foreign}_of_its_list"


def _join(price_list: PriceList, zone: Zone, tier: Tier) -> None:
    Price.objects.create(price_list=price_list, zone=zone, tier=tier, amount_minor=1)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # rather than at the commit


def test_a_list_that_is_used_cannot_be_deleted() -> None:
    give_prices(make_performance())

    with pytest.raises(IntegrityError), transaction.atomic():
        PriceList.objects.all().delete()


def test_prices_of_the_unknown_and_the_cancelled_are_refused() -> None:
    performance = make_performance()
    price_list_id = give_prices(performance)

    with pytest.raises(NoSuchPerformance):
        services.use_price_list(performance_id=10**9, price_list_id=price_list_id, actor=OWNER)
    with pytest.raises(queries.NoSuchPriceList):
        services.use_price_list(performance_id=performance.pk, price_list_id=10**9, actor=OWNER)
    with pytest.raises(queries.NoSuchPriceList):
        services.replace_price_list(price_list_id=10**9, draft=price_list_draft(), actor=OWNER)
    events.cancel_event(event_id=performance.event_id, reason="", actor=OWNER)
    with pytest.raises(CancelledForGood):
        services.use_price_list(
            performance_id=performance.pk, price_list_id=price_list_id, actor=OWNER
        )


WRITES: dict[str, Callable[[int, int, Actor], Any]] = {
    "create_price_list": lambda *ids, actor: services.create_price_list(
        draft=price_list_draft(), actor=actor
    ),
    "replace_price_list": lambda _, price_list_id, actor: services.replace_price_list(
        price_list_id=price_list_id, draft=price_list_draft(), actor=actor
    ),
    "use_price_list": lambda performance_id, price_list_id, actor: services.use_price_list(
        performance_id=performance_id, price_list_id=price_list_id, actor=actor
    ),
}


@pytest.mark.parametrize("name", services.__all__)
@pytest.mark.parametrize("actor", [STAFF, STRANGER], ids=["staff", "stranger"])
def test_only_who_may_edit_events_sets_prices(name: str, actor: Actor) -> None:
    performance = make_performance()
    price_list_id = give_prices(performance)

    with pytest.raises(NotPermitted):
        WRITES[name](performance.pk, price_list_id, actor=actor)  # type: ignore[call-arg]


def test_price_lists_are_seen_by_who_sees_events() -> None:
    price_list = services.create_price_list(draft=price_list_draft(), actor=OWNER)

    assert queries.get_price_list(price_list.public_id, STAFF) == price_list
    with pytest.raises(queries.NoSuchPriceList):
        queries.get_price_list(price_list.public_id, STRANGER)


def test_another_event_with_another_list_has_its_own_prices() -> None:
    first, second = make_performance(), make_performance(make_event("othello"))
    give_prices(first)
    give_prices(second, currency="JPY")

    assert queries.price_book(first.pk).currency == "EUR"
    assert queries.price_book(second.pk).currency == "JPY"
