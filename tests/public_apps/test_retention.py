"""What has had its effect goes after its time; what is owed, and what the books need, stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from kernel import clock, db
from kernel.db import public_context, tenant_context
from public_apps.inbox import services as inbox
from public_apps.inbox.models import Envelope
from public_apps.outbox import services as outbox
from public_apps.outbox.models import Delivery, Fact
from public_apps.tenants.domain import TenantRecord
from tenant_apps.notifications import services as notifications
from tenant_apps.notifications.models import Message
from tenant_apps.orders.models import Order, OrderStep
from tenant_apps.payments.models import LedgerEntry, Payment, ProviderEvent
from tests.support.checkout import cart, connect, events_of, pay, send_webhook, start
from tests.support.queue import drain
from tests.support.sale import put_on_sale
from tests.support.stripe import StripeDouble

KEPT = (Order, OrderStep, Payment, LedgerEntry)


@pytest.fixture
def sold(live_tenant: TenantRecord, stripe_double: StripeDouble) -> TenantRecord:
    """A sale with everything that follows from it."""
    account = connect(stripe_double)
    started = start(cart(put_on_sale(), [3]))
    pay(stripe_double, started.order_id)
    for event in events_of(stripe_double, account):
        send_webhook(event)
    drain()
    return live_tenant


def forget_after(days: int) -> tuple[int, int, int]:
    with clock.fixed(clock.now() + timedelta(days=days)):
        forgotten = outbox.forget_delivered(), notifications.forget_messages()
        with public_context():
            return (*forgotten, inbox.forget_applied())


def count_envelopes() -> int:
    with public_context():
        return Envelope.objects.count()


def test_what_had_its_effect_is_deleted_after_its_time_and_the_books_stay(
    sold: TenantRecord,
) -> None:
    before = [model.objects.count() for model in KEPT]
    there = Fact.objects.count(), Message.objects.count(), count_envelopes()
    assert all(there)
    assert all(before)
    assert ProviderEvent.objects.count() == count_envelopes()

    assert forget_after(89) == (0, 0, 0)
    assert forget_after(91) == there
    left = (Fact, Delivery, Message, ProviderEvent)
    assert [model.objects.count() for model in left] == [0, 0, 0, 0]
    assert count_envelopes() == 0
    assert [model.objects.count() for model in KEPT] == before


def test_what_is_owed_stays_however_old_it_is(sold: TenantRecord) -> None:
    Delivery.objects.filter(pk=Delivery.objects.order_by("pk")[:1].get().pk).update(
        delivered_at=None
    )
    Message.objects.update(state="queued", sent_at=None)
    with public_context():
        Envelope.objects.update(applied_at=None)
    forget_after(1_000)
    assert Fact.objects.count() == 1
    assert Message.objects.count() > 0
    assert ProviderEvent.objects.count() == count_envelopes() > 0


def test_an_event_that_nobody_owns_goes_too_and_nobodys_body_with_it(
    sold: TenantRecord, other_tenant: TenantRecord
) -> None:
    with tenant_context(other_tenant.schema_name):
        bodies = ProviderEvent.objects.count()
    with public_context():
        Envelope.objects.update(schema_name="", applied_at=None)
    forget_after(91)
    assert count_envelopes() == 0
    assert ProviderEvent.objects.count() > 0
    with tenant_context(other_tenant.schema_name):
        assert ProviderEvent.objects.count() == bodies


def test_much_is_deleted_in_batches_that_are_bounded(
    tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "BATCH", 3)
    monkeypatch.setattr(db, "MOST_BATCHES", 2)
    Fact.objects.bulk_create(
        Fact(kind="thing.done", subject=str(number), at=clock.now()) for number in range(8)
    )
    later = clock.now() + timedelta(days=settings.KEEP_FACTS_DAYS + 1)
    with clock.fixed(later):
        assert [outbox.forget_delivered() for _ in range(3)] == [6, 2, 0]


@pytest.mark.parametrize("days", [6, 8])
def test_the_time_is_a_setting(tenant: TenantRecord, settings: object, days: int) -> None:
    settings.KEEP_FACTS_DAYS = 7  # type: ignore[attr-defined]
    Fact.objects.create(kind="thing.done", subject="1", at=clock.now() - timedelta(days=days))
    with clock.fixed(clock.now()):
        assert outbox.forget_delivered() == (1 if days > 7 else 0)
