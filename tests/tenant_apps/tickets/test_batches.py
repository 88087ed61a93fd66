from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel import clock, ids
from tenant_apps.access.domain import SYSTEM, NotPermitted
from tenant_apps.tickets import queries, services
from tenant_apps.tickets.domain import (
    AlreadyRedeemed,
    BadBatch,
    BadLabel,
    BadScanRef,
    OfflineScan,
    ScanAnswer,
)
from tenant_apps.tickets.models import Scan, Ticket
from tests.support.tickets import (
    NOBODY,
    STARTS_AT,
    STEWARD,
    line,
    make_performance,
    make_ticket,
)

pytestmark = pytest.mark.usefixtures("tenant")

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ticket() -> Ticket:
    return make_ticket()


def scan(ticket: Ticket, ref: str, at: datetime | None = None) -> OfflineScan:
    return OfflineScan(ref, queries.token_of(ticket), at)


def send(*scans: OfflineScan, at: datetime = STARTS_AT, **fields: str) -> list[ScanAnswer]:
    """Send a batch at a moment."""
    with clock.fixed(at):
        return services.redeem_batch(scans=scans, actor=STEWARD, **fields)


def said(answers: list[ScanAnswer]) -> list[str]:
    return [answer.code or str(answer.result) for answer in answers]


def test_each_scan_is_judged_by_itself_and_answered_in_its_place(ticket: Ticket) -> None:
    tonight = ticket.performance
    void, tomorrow = (
        make_ticket(tonight),
        make_ticket(make_performance(starts_at=STARTS_AT + timedelta(days=1))),
    )
    services.void_tickets(order_ref=void.order_ref, reason="refund", actor=SYSTEM)
    token = queries.token_of(ticket)
    forged = token[:-1] + ("0" if token[-1] != "0" else "1")

    answers = send(
        OfflineScan("scan-rubbish", "hello"),
        OfflineScan("scan-forged", forged),
        scan(void, "scan-void"),
        scan(ticket, "scan-good"),
        scan(tomorrow, "scan-tomorrow"),
        performance_public_id=tonight.public_id,
        gate="North",
    )

    assert said(answers) == [
        "not_a_ticket", "forged_ticket", "ticket_void", "admitted", "wrong_performance",
    ]  # fmt: skip
    assert all(answer.message for answer in answers if answer.code)
    admission = answers[3].admission
    assert admission is not None
    assert (admission.ticket_id, admission.at, admission.gate, admission.by) == (
        ticket.public_id, STARTS_AT, "North", "Sam Steward",
    )  # fmt: skip
    assert Scan.objects.count() == 5
    ticket.refresh_from_db()
    assert ticket.redeemed_at == STARTS_AT


def test_a_batch_that_is_sent_again_gets_the_same_answers(ticket: Ticket) -> None:
    batch = [
        scan(ticket, "scan-0001"), scan(ticket, "scan-0002"), OfflineScan("scan-0003", "x"),
    ]  # fmt: skip
    first = send(*batch)
    again = send(*batch, OfflineScan("scan-0004", "x"), at=STARTS_AT + MINUTE)

    assert said(first) == ["admitted", "already_redeemed", "not_a_ticket"]
    assert again[:3] == first
    assert Scan.objects.count() == 4


def test_a_scan_that_stands_twice_in_a_batch_is_one(ticket: Ticket) -> None:
    answers = send(scan(ticket, "scan-0001"), scan(ticket, "scan-0001"))

    assert said(answers) == ["admitted", "admitted"]
    assert Scan.objects.count() == 1


def test_of_two_scans_of_a_ticket_in_a_batch_the_earlier_one_lets_in(ticket: Ticket) -> None:
    answers = send(
        scan(ticket, "scan-late", STARTS_AT - MINUTE),
        scan(ticket, "scan-early", STARTS_AT - 2 * MINUTE),
    )

    assert said(answers) == ["already_redeemed", "admitted"]
    assert answers[0].admission == answers[1].admission
    assert answers[1].admission is not None
    assert answers[1].admission.at == STARTS_AT - 2 * MINUTE


def test_an_earlier_scan_that_is_told_later_finds_the_ticket_used(ticket: Ticket) -> None:
    send(scan(ticket, "scan-north", STARTS_AT), gate="North")

    [answer] = send(
        scan(ticket, "scan-south", STARTS_AT - MINUTE), at=STARTS_AT + MINUTE, gate="South"
    )

    assert answer.code == "already_redeemed"
    assert answer.admission is not None
    assert (answer.admission.gate, answer.admission.at) == ("North", STARTS_AT)
    refused = Scan.objects.get(client_ref="scan-south")
    assert (refused.at, refused.recorded_at) == (STARTS_AT - MINUTE, STARTS_AT + MINUTE)


def test_a_batch_and_a_single_scan_share_the_one_admission() -> None:
    by_batch, by_hand = make_ticket(), make_ticket()
    with clock.fixed(STARTS_AT):
        services.redeem(token=queries.token_of(by_hand), gate="South", actor=STEWARD)

    answers = send(scan(by_batch, "scan-0001"), scan(by_hand, "scan-0002"), gate="North")

    assert said(answers) == ["admitted", "already_redeemed"]
    assert answers[1].admission is not None
    assert answers[1].admission.gate == "South"
    with clock.fixed(STARTS_AT), pytest.raises(AlreadyRedeemed):
        services.redeem(token=queries.token_of(by_batch), actor=STEWARD)


def test_a_scan_from_the_future_is_not_recorded_and_may_come_again(ticket: Ticket) -> None:
    ahead = scan(ticket, "scan-0001", STARTS_AT + timedelta(minutes=6))

    assert said(send(ahead, OfflineScan("scan-0002", "x"))) == ["bad_scan_time", "not_a_ticket"]
    assert Scan.objects.count() == 1
    assert said(send(ahead, at=STARTS_AT + timedelta(minutes=7))) == ["admitted"]


def test_another_caller_may_give_the_same_name_to_a_scan() -> None:
    first, second = make_ticket(), make_ticket()
    send(scan(first, "scan-0001"))
    with clock.fixed(STARTS_AT):
        answers = services.redeem_batch(scans=[scan(second, "scan-0001")], actor=SYSTEM)

    assert said(answers) == ["admitted"]


def test_a_batch_takes_as_many_statements_as_a_scan() -> None:
    performance = make_performance()
    tickets = services.issue_tickets(
        order_ref=ids.new("ord"), lines=[line(performance, number) for number in range(1, 61)]
    )
    few = [scan(ticket, f"scan-{ticket.ordinal:04}") for ticket in tickets[:2]]
    many = [scan(ticket, f"scan-{ticket.ordinal:04}") for ticket in tickets[2:]]
    few.append(OfflineScan("scan-few-x", "x"))
    many += [OfflineScan(f"scan-many-{number}", "x") for number in range(20)]

    with CaptureQueriesContext(
        connection,
    ) as for_few:
        assert said(send(*few)) == ["admitted"] * 2 + ["not_a_ticket"]
    with CaptureQueriesContext(connection) as for_many:
        assert said(send(*many)) == ["admitted"] * 58 + ["not_a_ticket"] * 20

    assert len(for_many) == len(for_few) <= 14


@pytest.mark.parametrize("count", [0, 201])
def test_a_batch_has_1_to_200_scans(count: int) -> None:
    with pytest.raises(BadBatch):
        send(*(OfflineScan(f"scan-{number:04}", "x") for number in range(count)))


@pytest.mark.parametrize("ref", ["", "short", "x" * 65, "with a blank", "scan-0001\n", "ünïcödé-1"])
def test_a_name_that_no_scan_has_is_refused_with_its_place(ref: str) -> None:
    with pytest.raises(BadScanRef) as refusal:
        send(OfflineScan("scan-0001", "x"), OfflineScan(ref, "x"))

    assert refusal.value.details == {"field": "scans[1].scan"}
    assert not Scan.objects.exists()


def test_a_batch_needs_the_permission_and_good_labels(ticket: Ticket) -> None:
    with pytest.raises(NotPermitted):
        services.redeem_batch(scans=[scan(ticket, "scan-0001")], actor=NOBODY)
    with pytest.raises(BadLabel):
        send(scan(ticket, "scan-0001"), device="a\nb")

    assert not Scan.objects.exists()
