"""A message goes out once for its fact, whatever breaks on the way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.core import mail
from django.db import connection

from kernel import clock
from kernel.db import tenant_context
from kernel.tasks import enqueue
from public_apps.outbox import services as outbox
from public_apps.outbox.models import Delivery
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.notifications import domain, letters, queries, services
from tenant_apps.notifications.domain import Kind
from tenant_apps.notifications.models import Message
from tests.support.mail_server import MailServer, running_mail_server
from tests.support.paid_orders import issue, make_paid_order, pay_order, place_order
from tests.support.queue import drain
from tests.support.tickets import NOBODY, STEWARD


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    with running_mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = server.port
        yield server


@pytest.fixture
def no_mail_server(settings: Any) -> None:
    with running_mail_server() as server:
        port = server.port
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port


@pytest.fixture
def no_broker() -> Iterator[None]:
    """Point Celery at a port where nobody listens."""
    with running_mail_server() as server:
        dead = f"redis://127.0.0.1:{server.port}/0"
    before = current_app.conf.broker_url
    _use_broker(dead)
    yield
    _use_broker(before)


def _use_broker(url: str) -> None:
    current_app.conf.broker_url = url
    # Celery keeps a pool of connections to each broker; it is to ask which one is meant now.
    current_app._pool = None
    current_app.amqp._producer_pool = None


def send_now(message: Message) -> None:
    current_app.tasks["notifications.send"].apply(
        kwargs={"schema_name": "t_aurora", "message_id": message.pk}, throw=True
    )


def test_a_paid_order_sends_one_mail(live_tenant: TenantRecord, mail_server: MailServer) -> None:
    order = make_paid_order()

    done = drain()

    assert done == ["outbox.deliver", "outbox.deliver", "notifications.send"]
    (received,) = mail_server.taken
    assert received["To"] == "jane@example.org"
    message = Message.objects.get()
    assert (message.state, message.order_ref, message.attempts) == ("sent", order.public_id, 1)
    assert message.sent_at is not None


def test_one_fact_delivered_twice_sends_one_mail(live_tenant: TenantRecord) -> None:
    make_paid_order()
    drain()
    delivery = Delivery.objects.get(task_name="notifications.order_paid")
    Delivery.objects.update(delivered_at=None, lease_until=None)

    enqueue("outbox.deliver", delivery_id=delivery.pk)
    drain()

    assert len(mail.outbox) == 1


def test_a_rolled_back_payment_sends_nothing(live_tenant: TenantRecord) -> None:
    from django.db import transaction

    order = place_order()
    with transaction.atomic():
        pay_order(order)
        transaction.set_rollback(True)

    assert drain() == []
    assert services.sweep() == 0
    assert not Message.objects.exists()


def test_a_crash_between_sending_and_noting_sends_the_same_mail_again(
    live_tenant: TenantRecord, mail_server: MailServer
) -> None:
    """At least once, and told apart by nothing: receivers keep one of two equal Message-IDs."""
    make_paid_order()
    drain(skip=("notifications.send",))
    message = Message.objects.get()
    leased = services.lease(message_id=message.pk)
    assert leased is not None
    letters.write(leased).send()
    # The worker is killed here: nothing was noted.

    assert services.sweep() == 0, "the lease still runs: perhaps the worker is only slow"
    with clock.fixed(clock.now() + domain.LEASE + timedelta(seconds=1)):
        assert services.sweep() == 1
        drain()

    first, second = mail_server.taken
    assert first["Message-ID"] == second["Message-ID"]
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 2)


def test_two_workers_at_once_send_one_mail(
    live_tenant: TenantRecord, mail_server: MailServer
) -> None:
    make_paid_order()
    drain(skip=("notifications.send",))
    message = Message.objects.get()
    mail_server.door.clear()

    def work() -> None:
        try:
            send_now(message)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(work)
        assert mail_server.knocked.wait(20), "the first worker stands in the middle of sending"
        pool.submit(work).result(20)
        mail_server.door.set()
        slow.result(20)

    assert len(mail_server.taken) == 1
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 1)


def test_without_the_lease_two_workers_send_two_mails(
    live_tenant: TenantRecord, mail_server: MailServer
) -> None:
    """The control of the test above: the harness does let two through."""
    make_paid_order()
    drain(skip=("notifications.send",))
    message = Message.objects.get()
    mail_server.door.clear()

    def work() -> None:
        try:
            with tenant_context(live_tenant.schema_name):
                letters.write(message).send()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(work), pool.submit(work)
        assert mail_server.knocked.wait(20)
        mail_server.door.set()
        first.result(20)
        second.result(20)

    assert len(mail_server.taken) == 2


@pytest.mark.usefixtures("no_mail_server")
def test_a_mail_server_that_is_down_is_tried_again_less_and_less_often(
    live_tenant: TenantRecord,
) -> None:
    make_paid_order()
    with clock.fixed(clock.now()):
        now = clock.now()
        drain()
        message = Message.objects.get()
        assert (message.state, message.attempts) == ("queued", 1)
        assert "mail_down" in message.error
        assert message.due_at - now == timedelta(seconds=15)
        send_now(message)
        message.refresh_from_db()
        assert message.attempts == 1, "it is not due yet"

    waits = []
    for _ in range(9):
        with clock.fixed(message.due_at):
            send_now(message)
            message.refresh_from_db()
            waits.append((message.due_at - clock.now()).total_seconds())
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


@pytest.mark.usefixtures("no_mail_server")
def test_after_four_days_a_message_is_given_up_and_can_be_sent_by_hand(
    live_tenant: TenantRecord, settings: Any
) -> None:
    make_paid_order()
    drain()
    message = Message.objects.get()

    with clock.fixed(message.created_at + domain.GIVE_UP_AFTER + timedelta(seconds=1)):
        send_now(message)
        message.refresh_from_db()
        assert message.state == "failed"
        assert services.sweep() == 0
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        services.try_again(public_id=message.public_id)
        drain()

    assert len(mail.outbox) == 1
    with pytest.raises(queries.NoSuchMessage):
        services.try_again(public_id=message.public_id)


@pytest.mark.parametrize(
    ("attribute", "reply", "state"),
    [
        ("reply_to_recipient", "550 no such mailbox", "failed"),
        ("reply_to_data", "554 no spam here", "failed"),
        ("reply_to_recipient", "450 greylisted, come back", "queued"),
        ("reply_to_data", "452 disk full", "queued"),
    ],
)
def test_what_the_mail_server_says_decides_whether_to_try_again(
    live_tenant: TenantRecord,
    mail_server: MailServer,
    attribute: str,
    reply: str,
    state: str,
) -> None:
    setattr(mail_server, attribute, reply)
    make_paid_order()

    drain()

    message = Message.objects.get()
    assert message.state == state
    assert reply[:3] in message.error
    assert mail_server.taken == []


@pytest.mark.usefixtures("no_broker")
def test_a_broker_that_is_down_delays_the_mail_and_loses_nothing(live_tenant: TenantRecord) -> None:
    order = place_order()
    started_at = time.monotonic()

    pay_order(order)

    assert time.monotonic() - started_at < 2, "nobody waits for the broker"
    assert mail.outbox == []
    owed = Delivery.objects.filter(
        delivered_at__isnull=True, task_name__startswith="notifications."
    )
    assert owed.count() == 1


def test_what_waited_for_the_broker_is_found_by_the_sweeps(
    live_tenant: TenantRecord, no_broker: None
) -> None:
    make_paid_order()
    _use_broker(_working_broker())

    with clock.fixed(clock.now() + timedelta(seconds=30)):
        assert outbox.sweep() == 2
        assert drain() == ["outbox.deliver", "outbox.deliver", "notifications.send"]

    assert len(mail.outbox) == 1


def test_a_message_whose_task_was_lost_is_found_by_the_sweep(live_tenant: TenantRecord) -> None:
    make_paid_order()
    drain(skip=("notifications.send",))

    assert services.sweep() == 1
    drain()

    assert len(mail.outbox) == 1


def test_a_mail_waits_for_its_tickets(live_tenant: TenantRecord) -> None:
    order = pay_order(place_order(), with_tickets=False)
    drain()
    message = Message.objects.get()
    assert (message.state, mail.outbox) == ("queued", [])
    assert "message_not_ready" in message.error

    issue(order)
    with clock.fixed(message.due_at):
        services.sweep()
        drain()

    assert len(mail.outbox) == 1


def test_a_bug_in_a_template_is_noted_and_tried_again(live_tenant: TenantRecord) -> None:
    services.send_mail_once(
        kind="greeting", key="1", to="jane@example.org", subject="Hello", template="no_such"
    )

    drain()

    message = Message.objects.get()
    assert message.state == "queued"
    assert "TemplateDoesNotExist" in message.error


def test_what_was_said_is_forgotten_once_it_is_sent(live_tenant: TenantRecord) -> None:
    services.send_mail_once(
        kind="order_links",
        key="1",
        to="jane@example.org",
        subject="Hello",
        context={"orders": [{"number": "A", "title": "B", "url": "https://example.org/secret"}]},
    )
    assert Message.objects.get().context["orders"]

    drain()

    assert "https://example.org/secret" in mail.outbox[0].body
    assert Message.objects.get().context == {}


def test_the_same_kind_and_key_is_one_mail(live_tenant: TenantRecord) -> None:
    for expected in (True, False):
        assert expected is services.send_mail_once(
            kind="order_links", key="1", to="jane@example.org", subject="Hello"
        )
    assert services.send_mail_once(
        kind="order_links", key="2", to="jane@example.org", subject="Hello"
    )

    drain()

    assert len(mail.outbox) == 2


def test_money_that_came_late_is_told_once(live_tenant: TenantRecord) -> None:
    order = place_order()
    for kind in ("order.late_refunded", "order.refunded"):
        outbox.publish(kind=kind, subject=order.public_id, payload={"order_id": order.public_id})
        drain()

    (told,) = queries.messages_of_order(order.public_id)
    assert told.kind == Kind.ORDER_LATE_REFUNDED


def test_only_who_sees_orders_sees_their_messages(live_tenant: TenantRecord) -> None:
    make_paid_order()
    drain()

    assert queries.messages_visible_to(STEWARD).count() == 1
    assert queries.messages_visible_to(SYSTEM).count() == 1
    assert queries.messages_visible_to(NOBODY).count() == 0


def test_messages_of_one_organizer_are_not_another_ones(
    live_tenant: TenantRecord, other_tenant: TenantRecord
) -> None:
    make_paid_order()
    drain(skip=("notifications.send",))
    message = Message.objects.get()

    with tenant_context(other_tenant.schema_name):
        assert services.lease(message_id=message.pk) is None
        assert not Message.objects.exists()


def _working_broker() -> str:
    from django.conf import settings

    return str(settings.BROKER_URL)
