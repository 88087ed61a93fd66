"""Holds in Valkey and claims in PostgreSQL, kept in step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from redis import Redis

from kernel import clock
from kernel.db import tenant_context
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import BUYER, SYSTEM, NotPermitted
from tenant_apps.events import services as events
from tenant_apps.events.domain import Limits, SeatRules, SingleSeats
from tenant_apps.inventory import domain, gateway, queries, services
from tenant_apps.inventory import holds as scripts
from tenant_apps.inventory.domain import ClaimKind, PlaceState
from tenant_apps.inventory.models import Claim
from tests.support.queue import drain
from tests.support.sale import FLOOR, ROW_A, ROW_B, put_on_sale

ANNA, BERT = "anna-session", "bert-session"


def claim(
    performance_id: int, *ordinals: int, order_ref: str = "ord_one"
) -> list[domain.ClaimedPlace]:
    with transaction.atomic():
        return services.claim_places(
            performance_id=performance_id, ordinals=ordinals, order_ref=order_ref
        ).places


def states(performance_id: int) -> bytes:
    return services.snapshot(performance_id).places


def test_a_place_has_one_live_claim(live_tenant: TenantRecord) -> None:
    performance = put_on_sale()
    claim(performance.pk, 1, 2)
    with pytest.raises(domain.SeatsTaken) as refusal:
        claim(performance.pk, 2, 3, order_ref="ord_two")
    assert refusal.value.details == {"places": [2]}
    # Nothing of the second order remains.
    assert list(Claim.objects.live().values_list("ordinal", flat=True).order_by("ordinal")) == [
        1,
        2,
    ]


def test_a_released_place_can_be_claimed_again(live_tenant: TenantRecord) -> None:
    performance = put_on_sale()
    claim(performance.pk, 1, 2)
    with transaction.atomic():
        released = services.release_claims(order_ref="ord_one")
    assert [place.ordinal for place in released[performance.pk]] == [1, 2]
    claim(performance.pk, 2, order_ref="ord_two")
    assert Claim.objects.count() == 3
    with transaction.atomic():
        assert services.release_claims(order_ref="ord_one") == {}


def test_loading_shows_what_postgresql_knows(live_tenant: TenantRecord) -> None:
    performance = put_on_sale()
    claim(performance.pk, ROW_A[0])
    services.block_places(
        performance_id=performance.pk, ordinals=[ROW_B[0]], reason="Press", actor=SYSTEM
    )
    seen = states(performance.pk)
    assert seen[ROW_A[0]] == PlaceState.SOLD
    assert seen[ROW_B[0]] == PlaceState.BLOCKED
    assert seen.count(bytes([PlaceState.FREE])) == len(seen) - 2


def test_a_category_without_a_price_is_not_on_sale(live_tenant: TenantRecord) -> None:
    from tenant_apps.pricing.domain import ZoneDraft
    from tests.support.performances import give_prices, price_list_draft

    performance = put_on_sale()
    give_prices(
        performance,
        zones=(ZoneDraft("seat", "Seats", "#3b5bdb", ("seat",), {"adult": 1_000}),),
        tiers=price_list_draft().tiers[:1],
    )
    queries.forget_cached()
    seen = states(performance.pk)
    assert set(seen[FLOOR.start : FLOOR.stop]) == {PlaceState.NOT_ON_SALE}
    with pytest.raises(domain.SeatsTaken):
        services.hold_places(performance_id=performance.pk, session=ANNA, ordinals=[FLOOR[0]])


def test_the_outbox_settles_what_a_crash_left(live_tenant: TenantRecord) -> None:
    performance = put_on_sale()
    services.hold_places(performance_id=performance.pk, session=ANNA, ordinals=[1, 2])
    # The process dies right after the commit: nobody has settled.
    claim(performance.pk, 1, 2)
    assert states(performance.pk)[1] == PlaceState.HELD
    assert "outbox.deliver" in drain()
    assert list(states(performance.pk)[1:3]) == [PlaceState.SOLD] * 2


def test_blocks_are_permitted_all_or_none_and_can_be_taken_back(live_tenant: TenantRecord) -> None:
    performance = put_on_sale()
    claim(performance.pk, 3)
    with pytest.raises(NotPermitted):
        services.block_places(performance_id=performance.pk, ordinals=[1], reason="x", actor=BUYER)
    with pytest.raises(domain.SeatsTaken):
        services.block_places(
            performance_id=performance.pk, ordinals=[2, 3], reason="x", actor=SYSTEM
        )
    with pytest.raises(domain.PlaceUnknown):
        services.block_places(
            performance_id=performance.pk, ordinals=[10_000], reason="x", actor=SYSTEM
        )
    block = services.block_places(
        performance_id=performance.pk, ordinals=[4, 5], reason="Press", actor=SYSTEM
    )
    drain()
    assert list(states(performance.pk)[4:6]) == [PlaceState.BLOCKED] * 2
    assert services.unblock_places(block_id=block.public_id, ordinals=[4], actor=SYSTEM) == 1
    drain()
    assert list(states(performance.pk)[4:6]) == [PlaceState.FREE, PlaceState.BLOCKED]


def test_a_hold_on_an_emptied_server_is_gone_and_claims_are_back(
    live_tenant: TenantRecord, valkey: Redis
) -> None:
    performance = put_on_sale()
    claim(performance.pk, 1)
    hold = services.hold_places(performance_id=performance.pk, session=ANNA, ordinals=[2])
    valkey.flushdb()
    assert states(performance.pk)[1] == PlaceState.SOLD
    with pytest.raises(domain.NoSuchHold):
        services.extend_hold(performance_id=performance.pk, session=ANNA, hold_id=hold.hold_id)


def test_a_released_claims_late_settle_is_ignored_after_a_loss(
    live_tenant: TenantRecord, valkey: Redis
) -> None:
    performance = put_on_sale()
    claimed = claim(performance.pk, 1)
    with transaction.atomic():
        services.release_claims(order_ref="ord_one")
    valkey.flushdb()
    states(performance.pk)
    services.settle(performance.pk, claimed, kind=ClaimKind.ALLOCATION)
    assert states(performance.pk)[1] == PlaceState.FREE


def test_the_reconciler_reports_and_mends(live_tenant: TenantRecord, valkey: Redis) -> None:
    from tenant_apps.inventory import holds

    performance = put_on_sale()
    claim(performance.pk, 1)
    with transaction.atomic():
        services.claim_places(performance_id=performance.pk, ordinals=[2], order_ref="ord_two")
    states(performance.pk)
    assert services.reconcile(performance.pk) == []
    key = holds.keys_of(queries.scope_of(performance.pk))[0]
    valkey.setrange(key, 1, b"\x00")  # sold here, free there
    valkey.setrange(key, 5, b"\x02")  # free here, sold there, and nobody ever claimed it
    found = services.reconcile(performance.pk)
    assert [(one.ordinal, one.in_valkey, one.in_postgresql) for one in found] == [
        (1, PlaceState.FREE, PlaceState.SOLD),
        (5, PlaceState.SOLD, PlaceState.FREE),
    ]
    assert services.reconcile(performance.pk) == []
    assert list(states(performance.pk)[:6]) == [0, 2, 2, 0, 0, 0]


def test_an_edit_reaches_the_scripts(live_tenant: TenantRecord) -> None:
    performance = put_on_sale()
    states(performance.pk)
    events.update_performance(
        performance_id=performance.pk,
        times=performance.times,
        limits=Limits(max_places_per_order=1, max_places_per_session=1),
        timezone=performance.timezone,
        actor=SYSTEM,
    )
    drain()
    with pytest.raises(domain.TooManyPlaces):
        services.hold_places(performance_id=performance.pk, session=ANNA, ordinals=[1, 2])
    events.cancel_performance(performance_id=performance.pk, reason="Ill", actor=SYSTEM)
    drain()
    with pytest.raises(domain.NotOnSale):
        services.hold_places(performance_id=performance.pk, session=ANNA, ordinals=[1])


def test_rules_for_seats_reach_the_scripts(live_tenant: TenantRecord) -> None:
    performance = put_on_sale()
    services.hold_places(performance_id=performance.pk, session=ANNA, ordinals=[1, 2])
    events.update_performance(
        performance_id=performance.pk,
        times=performance.times,
        limits=performance.limits,
        timezone=performance.timezone,
        rules=SeatRules(single_seats=SingleSeats.STRICT),
        actor=SYSTEM,
    )
    drain()
    with pytest.raises(domain.SingleSeatLeft) as refusal:
        services.hold_places(performance_id=performance.pk, session=BERT, ordinals=[4, 5])
    assert refusal.value.details == {"places": [3]}
    # The first seats of the next row are no neighbours of the last ones.
    assert services.hold_places(
        performance_id=performance.pk, session=BERT, ordinals=[ROW_B[0], ROW_B[1]]
    )


def test_an_area_is_held_by_count(live_tenant: TenantRecord) -> None:
    performance = put_on_sale()
    hold = services.hold_area(performance_id=performance.pk, session=ANNA, area="floor", count=4)
    assert hold.places == tuple(FLOOR[:4])
    with pytest.raises(domain.AreaUnknown):
        services.hold_area(performance_id=performance.pk, session=ANNA, area="roof", count=1)
    with pytest.raises(domain.FewPlacesLeft):
        services.hold_area(performance_id=performance.pk, session=BERT, area="floor", count=9)


@pytest.mark.parametrize(
    "ordinals", [[], "12", [1.5], [True], [-1], [2**40], list(range(200)), [None], {"a": 1}]
)
def test_rubbish_is_refused_by_name(live_tenant: TenantRecord, ordinals: object) -> None:
    performance = put_on_sale()
    with pytest.raises(domain.BadRequest) as refusal:
        services.hold_places(
            performance_id=performance.pk,
            session=ANNA,
            ordinals=ordinals,  # type: ignore[arg-type]
        )
    assert refusal.value.details["field"] == "places"


def test_another_tenants_performance_of_the_same_number_is_another_hall(
    live_tenant: TenantRecord, other_tenant: TenantRecord
) -> None:
    ours = put_on_sale()
    services.hold_places(performance_id=ours.pk, session=ANNA, ordinals=[1])
    with tenant_context(other_tenant.schema_name):
        theirs = put_on_sale()
        assert theirs.pk == ours.pk
        assert states(theirs.pk)[1] == PlaceState.FREE
        assert services.holds_of_session(performance_id=theirs.pk, session=ANNA) == []


def test_a_loader_that_died_is_taken_over_by_whoever_comes(live_tenant: TenantRecord) -> None:
    performance = put_on_sale()
    scope = queries.scope_of(performance.pk)
    begin = scripts.load_begin(scope, epoch="dead", patience_ms=3_000, again=True)
    assert scripts.read_word(gateway.run(begin)) == "BEGUN"
    with clock.fixed(clock.now() + timedelta(seconds=4)):
        hold = services.hold_places(performance_id=performance.pk, session=ANNA, ordinals=[0])
    assert hold.places == (0,)
