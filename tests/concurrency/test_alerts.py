"""Two workers tell those who wait at the same moment: each of them gets one mail."""

from __future__ import annotations

from threading import Barrier

import pytest
from django.db import transaction

from kernel import clock
from public_apps.tenants.domain import TenantRecord
from tenant_apps.events.models import Performance
from tenant_apps.notifications import queries, services
from tenant_apps.notifications.models import Message, PlaceAlert
from tests.support.races import all_at_once
from tests.support.sale import put_on_sale

WORKERS = 4
PEOPLE = 12


@pytest.fixture
def waited_for(live_tenant: TenantRecord) -> Performance:
    performance = put_on_sale()
    for number in range(PEOPLE):
        services.alert_me(
            performance=performance, email=f"p{number}@x.example", places=1, locale="en"
        )
    return performance


def mails_told() -> int:
    return Message.objects.filter(kind="places_back").count()


def test_no_more_are_told_than_the_free_places_are_worth(
    live_tenant: TenantRecord, waited_for: Performance
) -> None:
    now = clock.now()

    def tell(_: int, gate: Barrier) -> None:
        gate.wait()
        services.tell_of_places(waited_for, free=3, now=now)

    assert all_at_once(live_tenant.schema_name, WORKERS, tell) == {"done": WORKERS}
    assert PlaceAlert.objects.filter(told_at__isnull=False).count() == 6
    assert mails_told() == 6


def test_the_race_is_real_without_the_lock(
    live_tenant: TenantRecord, waited_for: Performance
) -> None:
    """If this test fails, the one above proves nothing: all look before anybody writes."""
    now = clock.now()

    def look_then_tell(number: int, gate: Barrier) -> None:
        with transaction.atomic():
            told_lately = queries.places_told_lately(waited_for.pk, now)
            gate.wait()
            # Each takes others, as workers do that pass over what is locked.
            mine = list(queries.untold(waited_for.pk)[number * 3 : number * 3 + 3 - told_lately])
            for alert in mine:
                PlaceAlert.objects.filter(pk=alert.pk).update(told_at=now)

    assert all_at_once(live_tenant.schema_name, WORKERS, look_then_tell) == {"done": WORKERS}
    assert PlaceAlert.objects.filter(told_at__isnull=False).count() > 6
