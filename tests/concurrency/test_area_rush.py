"""A crowd for one standing area: sold to its last place, and not one place more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from threading import Barrier

import pytest
from django.db import transaction

from public_apps.tenants.domain import TenantRecord
from tenant_apps.inventory import domain, services
from tenant_apps.inventory.domain import PlaceState
from tenant_apps.inventory.models import Claim
from tests.support.races import all_at_once
from tests.support.sale import hall_plan, put_on_sale

BUYERS = 8
CAPACITY = 120
AREA = range(8, 8 + CAPACITY)
MOST_PURCHASES = 2 * CAPACITY


@pytest.fixture
def performance_id(live_tenant: TenantRecord) -> int:
    return put_on_sale(hall_plan(rows=1, area=CAPACITY)).pk


def buy_until_it_is_full(
    performance_id: int, number: int, hold: Callable[[str, int], domain.Hold]
) -> None:
    """Buy one to three places again and again, each time as somebody else."""
    for purchase in range(MOST_PURCHASES):
        session = f"buyer-{number}-{purchase}"
        # Who finds too few takes one; who finds none is done.
        count = 1 + (number + purchase) % 3
        try:
            held = hold(session, count)
        except domain.FewPlacesLeft as refusal:
            if refusal.details["free"] == 0:
                return
            continue
        with transaction.atomic():
            claimed = services.claim_places(
                performance_id=performance_id, ordinals=held.places, order_ref=f"ord_{session}"
            )
        services.settle(
            performance_id,
            claimed.places,
            kind=domain.ClaimKind.ALLOCATION,
            used_holds=[held.hold_id],
        )
    raise AssertionError("the area never filled")


def test_an_area_sells_to_its_last_place_and_no_further(
    live_tenant: TenantRecord, performance_id: int
) -> None:
    def act(number: int, gate: Barrier) -> None:
        gate.wait()
        buy_until_it_is_full(
            performance_id,
            number,
            lambda session, count: services.hold_area(
                performance_id=performance_id, session=session, area="floor", count=count
            ),
        )

    assert all_at_once(live_tenant.schema_name, BUYERS, act) == {"done": BUYERS}
    sold = Counter(Claim.objects.live().values_list("ordinal", flat=True))
    assert sold == Counter(AREA)
    assert services.snapshot(performance_id).places[8:] == bytes([PlaceState.SOLD]) * CAPACITY


def test_the_rush_is_real_when_each_looks_before_anyone_takes(
    live_tenant: TenantRecord, performance_id: int
) -> None:
    """The control: with look and take apart, all want the same place, and all but one lose it."""

    def act(number: int, gate: Barrier) -> None:
        states = services.snapshot(performance_id).places
        first_free = next(ordinal for ordinal in AREA if states[ordinal] == PlaceState.FREE)
        gate.wait()  # everyone has looked before anyone takes
        services.hold_places(
            performance_id=performance_id, session=f"buyer-{number}", ordinals=[first_free]
        )

    ended = all_at_once(live_tenant.schema_name, BUYERS, act)
    assert ended == {"done": 1, "seats_taken": BUYERS - 1}
