"""A claim that took its id, and was overtaken before it took the place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from kernel.db import tenant_context
from public_apps.tenants.domain import TenantRecord
from tenant_apps.inventory import services
from tenant_apps.inventory.domain import ClaimKind, PlaceState
from tenant_apps.inventory.models import Claim
from tenant_apps.inventory.services import claiming
from tests.support.sale import put_on_sale
from tests.support.shop import wait_until

SEAT, OTHER_SEAT = 1, 2
SLOW, QUICK = "ord_slow", "ord_quick"
GATE = 1_234_567

# A row's trigger runs when it has its id, and before the unique index is asked.
SLOW_INSERTS = f"""
    CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock({GATE}); RETURN NEW; END $$;
    CREATE TRIGGER wait_at_gate BEFORE INSERT ON inventory_claim FOR EACH ROW
    WHEN (NEW.order_ref = '{SLOW}') EXECUTE FUNCTION wait_at_gate()
"""


@pytest.fixture
def performance_id(live_tenant: TenantRecord) -> int:
    return put_on_sale().pk


@pytest.fixture
def slow_inserts(live_tenant: TenantRecord) -> Iterator[None]:
    """The slow order's inserts wait at the gate with their ids in hand."""
    with tenant_context(live_tenant.schema_name), connection.cursor() as cursor:
        cursor.execute(SLOW_INSERTS)
    yield
    with tenant_context(live_tenant.schema_name), connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER wait_at_gate ON inventory_claim; DROP FUNCTION wait_at_gate")


def claim(performance_id: int, order_ref: str, *ordinals: int) -> None:
    with transaction.atomic():
        claimed = services.claim_places(
            performance_id=performance_id, ordinals=ordinals, order_ref=order_ref
        )
    services.settle(performance_id, claimed.places, kind=ClaimKind.ALLOCATION)


def claim_and_release(performance_id: int, order_ref: str, *ordinals: int) -> None:
    claim(performance_id, order_ref, *ordinals)
    with transaction.atomic():
        (places,) = services.release_claims(order_ref=order_ref).values()
    services.free(performance_id, places)


def is_waiting_at_gate() -> bool:
    query = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [GATE])
        return bool(cursor.fetchone()[0])


def overtake(tenant: TenantRecord, performance_id: int, meanwhile: Callable[[], None]) -> None:
    """Let the slow order claim two places; `meanwhile` runs while it has the first one's id."""

    def be_slow() -> None:
        try:
            with tenant_context(tenant.schema_name):
                claim(performance_id, SLOW, SEAT, OTHER_SEAT)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [GATE])
        slow = pool.submit(be_slow)
        try:
            wait_until(is_waiting_at_gate, within_s=10, what="the slow order waits at the gate")
            meanwhile()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [GATE])
        slow.result(10)


def shown(performance_id: int) -> list[PlaceState]:
    places = services.snapshot(performance_id).places
    return [PlaceState(places[SEAT]), PlaceState(places[OTHER_SEAT])]


@pytest.mark.usefixtures("slow_inserts")
def test_a_claim_that_was_overtaken_is_the_last_word_on_its_place(
    live_tenant: TenantRecord, performance_id: int
) -> None:
    overtake(live_tenant, performance_id, lambda: claim_and_release(performance_id, QUICK, SEAT))

    places = Claim.objects.filter(ordinal=SEAT).order_by("pk")
    assert list(places.values_list("order_ref", flat=True)) == [QUICK, SLOW]
    assert shown(performance_id) == [PlaceState.SOLD, PlaceState.SOLD]
    services.load(performance_id, again=True)
    assert shown(performance_id) == [PlaceState.SOLD, PlaceState.SOLD]
    assert services.reconcile(performance_id) == []


@pytest.mark.usefixtures("slow_inserts")
def test_a_claim_that_nobody_overtook_keeps_its_id(
    live_tenant: TenantRecord, performance_id: int
) -> None:
    overtake(live_tenant, performance_id, lambda: None)
    assert list(Claim.objects.order_by("pk").values_list("ordinal", flat=True)) == [1, 2]
    before = Claim.objects.order_by("pk").values_list("pk", flat=True)
    assert list(before) == [before[0], before[0] + 1]


@pytest.mark.usefixtures("slow_inserts")
def test_an_overtaken_claim_would_be_shown_as_free_for_ever(
    live_tenant: TenantRecord, performance_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this test fails, the first one proves nothing."""
    monkeypatch.setattr(claiming, "_renew_overtaken", lambda claims: {})
    overtake(live_tenant, performance_id, lambda: claim_and_release(performance_id, QUICK, SEAT))

    assert Claim.objects.live().filter(ordinal=SEAT).exists()
    services.reconcile(performance_id)
    assert shown(performance_id) == [PlaceState.FREE, PlaceState.SOLD]
