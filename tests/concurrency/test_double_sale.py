"""Many buyers, one seat. Each race has a control that must fail."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Barrier

import pytest
from django.db import connection, transaction

from kernel.db import tenant_context
from public_apps.tenants.domain import TenantRecord
from tenant_apps.inventory import domain, queries, services
from tenant_apps.inventory.models import ONE_LIVE_CLAIM, Claim
from tests.support.races import all_at_once
from tests.support.sale import put_on_sale

BUYERS = 8
SEATS = [1, 2, 3]


@pytest.fixture
def performance_id(live_tenant: TenantRecord) -> int:
    return put_on_sale().pk


@pytest.fixture
def no_constraint(live_tenant: TenantRecord) -> Iterator[None]:
    """The unique index is gone for the length of a test."""
    with tenant_context(live_tenant.schema_name), connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [ONE_LIVE_CLAIM])
        definition = cursor.fetchone()[0]
        cursor.execute(f'DROP INDEX "{ONE_LIVE_CLAIM}"')
    yield
    with tenant_context(live_tenant.schema_name), connection.cursor() as cursor:
        cursor.execute("TRUNCATE inventory_claim CASCADE")
        cursor.execute(definition)


def look_then_claim(performance_id: int, number: int, gate: Barrier) -> None:
    """Everyone has looked before anyone writes: the interleaving is forced, not hoped for."""
    taken = queries.taken_among(performance_id=performance_id, ordinals=SEATS)
    if taken:
        raise domain.SeatsTaken(places=taken)
    gate.wait()
    with transaction.atomic():
        services.claim_places(
            performance_id=performance_id, ordinals=SEATS, order_ref=f"ord_{number}"
        )


def test_one_buyer_wins(live_tenant: TenantRecord, performance_id: int) -> None:
    ended = all_at_once(
        live_tenant.schema_name,
        BUYERS,
        lambda number, gate: look_then_claim(performance_id, number, gate),
    )
    assert ended == {"done": 1, "seats_taken": BUYERS - 1}
    assert Claim.objects.live().count() == len(SEATS)


@pytest.mark.usefixtures("no_constraint")
def test_the_race_is_real_without_the_constraint(
    live_tenant: TenantRecord, performance_id: int
) -> None:
    """If this test fails, the one above proves nothing."""
    ended = all_at_once(
        live_tenant.schema_name,
        BUYERS,
        lambda number, gate: look_then_claim(performance_id, number, gate),
    )
    assert ended == {"done": BUYERS}
    assert Claim.objects.live().count() == BUYERS * len(SEATS)


def test_overlapping_claims_queue_and_never_deadlock(
    live_tenant: TenantRecord, performance_id: int
) -> None:
    def act(number: int, gate: Barrier) -> None:
        wanted = [1, 2, 3, 4] if number % 2 else [4, 3, 2, 1]
        gate.wait()
        with transaction.atomic():
            services.claim_places(
                performance_id=performance_id, ordinals=wanted, order_ref=f"ord_{number}"
            )

    ended = all_at_once(live_tenant.schema_name, BUYERS, act)
    assert ended == {"done": 1, "seats_taken": BUYERS - 1}


def test_one_of_many_holds_wins(live_tenant: TenantRecord, performance_id: int) -> None:
    def act(number: int, gate: Barrier) -> None:
        gate.wait()
        services.hold_places(
            performance_id=performance_id, session=f"session-{number}", ordinals=SEATS
        )

    ended = all_at_once(live_tenant.schema_name, BUYERS, act)
    assert ended == {"done": 1, "seats_taken": BUYERS - 1}


def test_many_who_find_an_empty_server_load_it_once(
    live_tenant: TenantRecord, performance_id: int
) -> None:
    def act(number: int, gate: Barrier) -> None:
        gate.wait()
        services.hold_places(
            performance_id=performance_id, session=f"session-{number}", ordinals=[number]
        )

    assert all_at_once(live_tenant.schema_name, BUYERS, act) == {"done": BUYERS}
