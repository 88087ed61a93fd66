"""What happens at the same moment: fifty scans, a scan and a refund, two first tickets.

The interleaving is forced: the table is locked until everybody stands in front of it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from kernel import errors
from kernel.db import tenant_context
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.tickets import queries, services
from tenant_apps.tickets.domain import OfflineScan, ScanAnswer, UnknownTicket
from tenant_apps.tickets.models import ONE_ADMISSION, Scan, SigningKey, Ticket
from tests.support.tickets import STEWARD, line, make_performance, make_ticket

SCANS = 50
PATIENCE_S = 30


@pytest.fixture
def many_connections(live_tenant: TenantRecord) -> Iterator[None]:
    """As many database connections as there are scanners."""
    pool = connection.pool
    before = (pool.min_size, pool.max_size)
    pool.resize(before[0], SCANS + 5)
    yield
    pool.resize(*before)


@pytest.fixture
def no_index(live_tenant: TenantRecord) -> Iterator[None]:
    """Take the law away, and give it back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = %s AND indexname = %s",
            [live_tenant.schema_name, ONE_ADMISSION],
        )
        ((definition,),) = cursor.fetchall()
        cursor.execute(f"DROP INDEX {ONE_ADMISSION}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE tickets_scan")
        cursor.execute(definition)


@contextmanager
def table_locked(name: str, *, until_waiting: int) -> Iterator[None]:
    """Hold the table until so many wait to write to it; then let them all go at once."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")
        yield
        give_up_at = time.monotonic() + PATIENCE_S
        while _waiting_for(name) < until_waiting:
            assert time.monotonic() < give_up_at, "they never all came to the table"
            time.sleep(0.01)


def _waiting_for(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted", [name]
        )
        return int(cursor.fetchone()[0])


def in_thread(tenant: TenantRecord, act: Callable[[], object]) -> Callable[[], str]:
    """Return the act as it runs in a thread of its own: "done", or the refusal's code."""

    def run() -> str:
        try:
            with tenant_context(tenant.schema_name):
                with connection.cursor() as cursor:
                    # The harness holds the lock for longer than the product would wait.
                    cursor.execute("SET lock_timeout = '60s'")
                try:
                    act()
                except errors.DomainError as refusal:
                    return refusal.code
                finally:
                    with connection.cursor() as cursor:
                        cursor.execute("SET lock_timeout = '5s'")
            return "done"
        finally:
            connection.close()

    return run


def scan_all_at_once(tenant: TenantRecord, token: str) -> Counter[str]:
    scan = in_thread(tenant, lambda: services.redeem(token=token, gate="North", actor=STEWARD))
    with ThreadPoolExecutor(SCANS) as pool:
        with table_locked("tickets_scan", until_waiting=SCANS):
            scanning = [pool.submit(scan) for _ in range(SCANS)]
        return Counter(future.result(timeout=PATIENCE_S) for future in scanning)


@pytest.mark.usefixtures("many_connections")
def test_of_fifty_scans_at_once_one_lets_in(live_tenant: TenantRecord) -> None:
    outcomes = scan_all_at_once(live_tenant, queries.token_of(make_ticket()))

    assert outcomes == {"done": 1, "already_redeemed": SCANS - 1}
    assert Scan.objects.filter(result="admitted").count() == 1
    assert Scan.objects.filter(reason="already_redeemed").count() == SCANS - 1


@pytest.mark.usefixtures("many_connections", "no_index")
def test_the_race_is_real_without_the_index(live_tenant: TenantRecord) -> None:
    """If this test fails, the one above proves nothing."""
    outcomes = scan_all_at_once(live_tenant, queries.token_of(make_ticket()))

    assert outcomes == {"done": SCANS}


def scan_overtaken_by(tenant: TenantRecord, ticket: Ticket, act: Callable[[], object]) -> str:
    """The scanner has looked at a good ticket; then somebody acts; then the scanner writes."""
    token = queries.token_of(ticket)
    scan = in_thread(tenant, lambda: services.redeem(token=token, actor=STEWARD))
    with ThreadPoolExecutor(1) as pool:
        with table_locked("tickets_scan", until_waiting=1):
            scanning = pool.submit(scan)
            _wait_for_waiter()
            act()
        return scanning.result(timeout=PATIENCE_S)


def test_a_refund_that_was_first_keeps_the_door_shut(live_tenant: TenantRecord) -> None:
    ticket = make_ticket()

    def refund() -> None:
        services.void_tickets(order_ref=ticket.order_ref, reason="refund", actor=SYSTEM)

    assert scan_overtaken_by(live_tenant, ticket, refund) == "ticket_void"
    assert list(Scan.objects.values_list("result", "reason")) == [("refused", "ticket_void")]


def test_a_new_code_that_was_first_makes_the_old_one_worthless(live_tenant: TenantRecord) -> None:
    ticket = make_ticket()

    def renew() -> None:
        services.reissue_ticket(public_id=ticket.public_id, actor=SYSTEM)

    assert scan_overtaken_by(live_tenant, ticket, renew) == "ticket_replaced"
    ticket.refresh_from_db()
    assert services.redeem(token=queries.token_of(ticket), actor=STEWARD).by == STEWARD.name


def _wait_for_waiter() -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not _waiting_for("tickets_scan"):
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def batch(tickets: Sequence[Ticket], device: str) -> list[OfflineScan]:
    return [
        OfflineScan(f"{device}-{ticket.public_id}", queries.token_of(ticket)) for ticket in tickets
    ]


def send_overlapping_batches(tenant: TenantRecord) -> Counter[str]:
    """Two devices and a person have scanned the same tickets, each in another order."""
    performance = make_performance()
    tickets = [make_ticket(performance) for _ in range(6)]
    answers: list[ScanAnswer] = []

    def send(seen: Sequence[Ticket], device: str) -> Callable[[], str]:
        scans = batch(seen, device)
        return in_thread(
            tenant,
            lambda: answers.extend(services.redeem_batch(scans=scans, actor=STEWARD)),
        )

    token = queries.token_of(tickets[3])
    acts = [
        send(tickets[:5], "phone-1"),
        send(tickets[:0:-1], "phone-2"),
        in_thread(tenant, lambda: services.redeem(token=token, actor=STEWARD)),
    ]
    with ThreadPoolExecutor(len(acts)) as pool:
        with table_locked("tickets_scan", until_waiting=len(acts)):
            running = [pool.submit(act) for act in acts]
        ended = [future.result(timeout=PATIENCE_S) for future in running]
    assert ended[:2] == ["done", "done"]
    counts = Counter(answer.code or str(answer.result) for answer in answers)
    return counts + Counter({"done": "admitted"}.get(end, end) for end in ended[2:])


def test_of_two_batches_at_once_each_ticket_lets_in_once(live_tenant: TenantRecord) -> None:
    assert send_overlapping_batches(live_tenant) == {"admitted": 6, "already_redeemed": 5}

    admitted = Scan.objects.filter(result="admitted")
    assert admitted.count() == admitted.values("ticket").distinct().count() == 6
    assert Ticket.objects.filter(redeemed_at__isnull=False).count() == 6


@pytest.mark.usefixtures("no_index")
def test_the_race_of_batches_is_real_without_the_index(live_tenant: TenantRecord) -> None:
    """If this test fails, the one above proves nothing."""
    assert send_overlapping_batches(live_tenant) == {"admitted": 11}


def test_a_batch_sent_twice_at_once_is_one(live_tenant: TenantRecord) -> None:
    scans = [*batch([make_ticket() for _ in range(4)], "phone-1"), OfflineScan("scan-rubbish", "x")]
    answers: list[list[ScanAnswer]] = []
    send = in_thread(
        live_tenant,
        lambda: answers.append(services.redeem_batch(scans=scans, actor=STEWARD)),
    )

    with ThreadPoolExecutor(2) as pool:
        with table_locked("tickets_scan", until_waiting=2):
            sending = [pool.submit(send), pool.submit(send)]
        assert [future.result(timeout=PATIENCE_S) for future in sending] == ["done", "done"]

    assert answers[0] == answers[1]
    assert [answer.code for answer in answers[0]] == [""] * 4 + ["not_a_ticket"]
    assert Scan.objects.count() == 5


def test_a_refund_that_was_first_costs_a_batch_that_ticket_alone(
    live_tenant: TenantRecord,
) -> None:
    """The batch has looked at valid tickets; then one becomes void; then the batch writes."""
    kept, refunded = make_ticket(), make_ticket()
    answers: list[ScanAnswer] = []
    scans = batch([refunded, kept], "phone-1")
    send = in_thread(
        live_tenant,
        lambda: answers.extend(services.redeem_batch(scans=scans, actor=STEWARD)),
    )

    with ThreadPoolExecutor(1) as pool:
        with table_locked("tickets_scan", until_waiting=1):
            sending = pool.submit(send)
            _wait_for_waiter()
            services.void_tickets(order_ref=refunded.order_ref, reason="refund", actor=SYSTEM)
        assert sending.result(timeout=PATIENCE_S) == "done"

    assert [answer.code for answer in answers] == ["ticket_void", ""]
    assert Scan.objects.get(result="admitted").ticket == kept


def test_two_first_tickets_at_once_make_one_key(live_tenant: TenantRecord) -> None:
    performance = make_performance()
    issues = [
        in_thread(
            live_tenant,
            lambda order=order: services.issue_tickets(order_ref=order, lines=[line(performance)]),
        )
        for order in ("ord_1", "ord_2", "ord_3")
    ]

    with ThreadPoolExecutor(3) as pool:
        with table_locked("tickets_signingkey", until_waiting=3):
            issuing = [pool.submit(issue) for issue in issues]
        assert [future.result(timeout=PATIENCE_S) for future in issuing] == ["done"] * 3

    assert SigningKey.objects.count() == 1
    assert Ticket.objects.count() == 3


def test_an_order_settled_twice_at_once_has_its_tickets_once(live_tenant: TenantRecord) -> None:
    performance = make_performance()
    make_ticket(performance)
    lines = [line(performance, number) for number in (1, 2, 3)]
    forwards = in_thread(
        live_tenant, lambda: services.issue_tickets(order_ref="ord_1", lines=lines)
    )
    backwards = in_thread(
        live_tenant, lambda: services.issue_tickets(order_ref="ord_1", lines=lines[::-1])
    )

    with ThreadPoolExecutor(2) as pool:
        with table_locked("tickets_ticket", until_waiting=2):
            issuing = [pool.submit(forwards), pool.submit(backwards)]
        assert [future.result(timeout=PATIENCE_S) for future in issuing] == ["done", "done"]

    assert Ticket.objects.filter(order_ref="ord_1").count() == 3


def test_another_organizer_knows_neither_ticket_nor_key(
    live_tenant: TenantRecord, other_tenant: TenantRecord
) -> None:
    token = queries.token_of(make_ticket())

    with tenant_context(other_tenant.schema_name):
        with pytest.raises(UnknownTicket):
            services.redeem(token=token, actor=STEWARD)
        assert Scan.objects.get().ticket is None
