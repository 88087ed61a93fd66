from __future__ import annotations

import pytest
from django.db import DataError, transaction

from kernel import clock
from kernel.db import insert_new
from tenant_apps.payments.models import ProviderEvent

pytestmark = pytest.mark.usefixtures("tenant")


def event(kind: str, event_id: str = "evt_1") -> ProviderEvent:
    return ProviderEvent(
        event_id=event_id, type=kind, account="", body={"a": 1}, received_at=clock.now()
    )


def test_a_new_row_is_inserted_and_has_its_key() -> None:
    row = event("first")

    assert insert_new(row)
    assert row.pk
    assert ProviderEvent.objects.get(pk=row.pk).body == {"a": 1}


def test_a_row_that_is_there_stands_and_the_transaction_goes_on() -> None:
    with transaction.atomic():
        assert insert_new(event("first"))
        again = event("second")
        assert not insert_new(again)
        assert again.pk is None
        assert insert_new(event("third", "evt_2"))

    assert list(ProviderEvent.objects.order_by("pk").values_list("type", flat=True)) == [
        "first",
        "third",
    ]


def test_what_is_wrong_in_another_way_stays_loud() -> None:
    with pytest.raises(DataError), transaction.atomic():
        insert_new(event("x" * 101))
