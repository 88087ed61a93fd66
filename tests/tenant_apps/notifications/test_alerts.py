"""Who waits for places is told once, in turn, when there are some."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from django.core import mail
from django.db import connection

from kernel import clock
from kernel.signing import BadSignature
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events import services as events
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.models import Block
from tenant_apps.notifications import domain, queries, services
from tenant_apps.notifications.domain import whom_to_tell
from tenant_apps.notifications.models import Message, PlaceAlert
from tests.support.queue import drain
from tests.support.sale import AREA, FLOOR, ROWS, SEATS, put_on_sale

ALL = range(ROWS * SEATS + AREA)
_numbers = count(1)


@pytest.fixture
def sold_out(live_tenant: TenantRecord) -> Performance:
    performance = put_on_sale()
    inventory.block_places(
        performance_id=performance.pk, ordinals=ALL, reason="sold elsewhere", actor=SYSTEM
    )
    drain()
    return performance


def wait(performance: Performance, *, places: int = 1, email: str = "") -> PlaceAlert:
    address = email or f"reader{next(_numbers)}@example.org"
    services.alert_me(performance=performance, email=address, places=places, locale="en")
    return PlaceAlert.objects.get(email=address, performance=performance, told_at=None)


def free(performance: Performance, ordinals: range) -> None:
    block = Block.objects.get(performance=performance)
    inventory.unblock_places(block_id=block.public_id, ordinals=ordinals, actor=SYSTEM)
    drain()


def told() -> list[str]:
    drain()
    return [sent.to[0] for sent in mail.outbox if sent.subject.startswith("Places again")]


# In which order, and how many ------------------------------------------------------------------


def test_two_are_told_for_each_place_in_the_order_of_asking() -> None:
    waiting = [(number, 1) for number in range(10)]
    assert whom_to_tell(waiting, free=2, told_lately=0) == [0, 1, 2, 3]


def test_those_who_were_just_told_have_a_head_start() -> None:
    waiting = [(number, 1) for number in range(10)]
    assert whom_to_tell(waiting, free=2, told_lately=3) == [0]
    assert whom_to_tell(waiting, free=2, told_lately=4) == []


def test_who_wants_more_than_there_is_keeps_nobody_waiting() -> None:
    assert whom_to_tell([(1, 4), (2, 1), (3, 2)], free=2, told_lately=0) == [2, 3]


def test_as_many_as_a_minute_takes_are_told_at_once() -> None:
    waiting = [(number, 1) for number in range(domain.MOST_TOLD_AT_ONCE + 5)]
    assert len(whom_to_tell(waiting, free=10_000, told_lately=0)) == domain.MOST_TOLD_AT_ONCE


# Asking ----------------------------------------------------------------------------------------


def test_asking_is_confirmed_by_one_mail(sold_out: Performance) -> None:
    wait(sold_out, email="Ada@example.org")
    services.alert_me(performance=sold_out, email="ada@example.org", places=4, locale="de")
    drain()

    alert = PlaceAlert.objects.get()
    assert (alert.places, alert.locale) == (4, "de")
    (sent,) = mail.outbox
    assert sent.subject == "We will tell you about places: Hamlet"
    assert "/alerts/" in sent.body


def test_one_mailbox_waits_for_so_many_performances_and_no_more(
    sold_out: Performance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "MOST_ALERTS_PER_MAILBOX", 1)
    wait(sold_out, email="ada@example.org")

    services.alert_me(performance=put_on_sale(), email="ADA@example.org", places=1, locale="en")

    assert PlaceAlert.objects.count() == 1


# Telling ---------------------------------------------------------------------------------------


def test_nobody_is_told_while_nothing_is_free(sold_out: Performance) -> None:
    wait(sold_out)

    assert services.tell_waiting() == 0
    assert told() == []


def test_who_waits_is_told_once_when_places_come_back(sold_out: Performance) -> None:
    alert = wait(sold_out)
    free(sold_out, range(2))

    assert services.tell_waiting() == 1
    assert services.tell_waiting() == 0

    assert told() == [alert.email]
    sent = mail.outbox[-1]
    assert f"/performances/{sold_out.public_id}/" in sent.body
    assert f"/performances/{sold_out.public_id}/alert/" in sent.body


def test_a_place_that_is_held_is_no_place_yet(sold_out: Performance) -> None:
    wait(sold_out)
    free(sold_out, range(1))
    hold = inventory.hold_places(performance_id=sold_out.pk, session="x", ordinals=[0])
    assert services.tell_waiting() == 0

    inventory.release_hold(performance_id=sold_out.pk, session="x", hold_id=hold.hold_id)
    assert services.tell_waiting() == 1


def test_the_next_ones_are_told_when_the_head_start_is_over(sold_out: Performance) -> None:
    alerts = [wait(sold_out) for _ in range(4)]
    free(sold_out, range(1))

    now = clock.now()
    with clock.fixed(now):
        assert services.tell_waiting() == 2
    with clock.fixed(now + domain.HEAD_START - timedelta(seconds=1)):
        assert services.tell_waiting() == 0
    with clock.fixed(now + domain.HEAD_START):
        assert services.tell_waiting() == 2
    in_turn = PlaceAlert.objects.order_by("told_at", "pk").values_list("pk", flat=True)
    assert list(in_turn) == [alert.pk for alert in alerts]


def test_who_was_told_may_ask_again(sold_out: Performance) -> None:
    alert = wait(sold_out)
    free(sold_out, range(1))
    services.tell_waiting()

    again = wait(sold_out, email=alert.email)

    assert again.public_id != alert.public_id
    with clock.fixed(clock.now() + domain.HEAD_START):
        assert services.tell_waiting() == 1


def test_a_cancelled_performance_tells_nobody(sold_out: Performance) -> None:
    wait(sold_out)
    free(sold_out, FLOOR)
    events.cancel_performance(performance_id=sold_out.pk, reason="ill", actor=SYSTEM)

    assert services.tell_waiting() == 0


def test_a_place_whose_sale_is_over_tells_nobody(sold_out: Performance) -> None:
    wait(sold_out)
    free(sold_out, FLOOR)

    with clock.fixed(sold_out.sale_closes_at):
        assert services.tell_waiting() == 0


# Ending ----------------------------------------------------------------------------------------


def test_the_link_in_the_mail_ends_the_alert(sold_out: Performance) -> None:
    alert = wait(sold_out)
    token = queries.alert_link(alert).strip("/").split("/")[-1]

    services.end_alert(queries.alert_by_link(token))

    with pytest.raises(queries.NoSuchAlert):
        queries.alert_by_link(token)
    with pytest.raises(BadSignature):
        queries.alert_by_link(token[:-2] + "xx")


def test_addresses_are_forgotten_when_they_are_of_no_use(sold_out: Performance) -> None:
    wait(sold_out)
    free(sold_out, range(1))
    services.tell_waiting()
    wait(sold_out)

    assert services.forget_alerts() == 0
    with clock.fixed(clock.now() + timedelta(days=1, seconds=1)):
        assert services.forget_alerts() == 1
    with clock.fixed(sold_out.starts_at + timedelta(seconds=1)):
        assert services.forget_alerts() == 1
    assert not PlaceAlert.objects.exists()


def test_the_context_of_a_mail_that_went_is_emptied(sold_out: Performance) -> None:
    wait(sold_out)
    drain()

    assert Message.objects.get().context == {}


def test_the_rows_read_are_bounded_by_what_is_free(sold_out: Performance) -> None:
    now = clock.now()
    PlaceAlert.objects.bulk_create(
        PlaceAlert(performance=sold_out, email=f"r{n}@x.example", places=1, created_at=now)
        for n in range(700)
    )
    with connection.execute_wrapper(_counting(read := [])):
        assert services.tell_of_places(sold_out, free=1, now=now) == 2
    assert any("LIMIT 502" in sql for sql in read)


def _counting(read: list[str]):  # type: ignore[no-untyped-def]
    def wrapper(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        read.append(sql)
        return execute(sql, params, many, context)

    return wrapper
