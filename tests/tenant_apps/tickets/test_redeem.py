from __future__ import annotations

from datetime import timedelta

import pytest

from kernel import clock
from tenant_apps.access.domain import SYSTEM, NotPermitted
from tenant_apps.events.domain import PerformanceCancelled
from tenant_apps.tickets import domain, queries, services
from tenant_apps.tickets.domain import (
    AlreadyRedeemed,
    BadLabel,
    BadScanTime,
    NotATicket,
    TicketExpired,
    TicketVoid,
    UnknownTicket,
    WrongPerformance,
)
from tenant_apps.tickets.models import Scan, Ticket
from tests.support.tickets import NOBODY, STARTS_AT, STEWARD, make_performance, make_ticket

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def ticket() -> Ticket:
    return make_ticket()


@pytest.fixture
def token(ticket: Ticket) -> str:
    return queries.token_of(ticket)


def test_the_first_scan_lets_in_and_says_where_to_sit(ticket: Ticket, token: str) -> None:
    with clock.fixed(STARTS_AT):
        admission = services.redeem(token=token, gate="North", device="phone-3", actor=STEWARD)

    assert admission.ticket_id == ticket.public_id
    assert admission.place_name == "Stalls · Row C · Seat 1"
    assert (admission.at, admission.by, admission.gate) == (STARTS_AT, "Sam Steward", "North")
    scan = Scan.objects.get()
    assert (scan.ticket, scan.result, scan.device) == (ticket, "admitted", "phone-3")
    ticket.refresh_from_db()
    assert ticket.redeemed_at == STARTS_AT


def test_the_second_scan_is_refused_with_when_where_and_by_whom(ticket: Ticket, token: str) -> None:
    with clock.fixed(STARTS_AT):
        services.redeem(token=token, gate="North", actor=STEWARD)

    with clock.fixed(STARTS_AT + timedelta(minutes=2)), pytest.raises(AlreadyRedeemed) as refusal:
        services.redeem(token=token, gate="South", actor=SYSTEM)

    assert refusal.value.details == {
        "ticket": ticket.public_id,
        "place": "Stalls · Row C · Seat 1",
        "at": "2031-05-03T17:30:00+00:00",
        "by": "Sam Steward",
        "gate": "North",
    }
    second = Scan.objects.order_by("pk").last()
    assert second is not None
    assert (second.result, second.reason, second.gate) == ("refused", "already_redeemed", "South")


def test_what_a_scanner_adds_around_the_code_does_not_matter(token: str) -> None:
    assert services.redeem(token=f" {token}\r\n", actor=STEWARD)


@pytest.mark.parametrize(
    "rubbish", ["", "hello", "EVENTFLOW:", "https://example.org", "\x00" * 178, "A" * 1_000_000]
)
def test_rubbish_is_no_ticket_and_is_recorded(rubbish: str) -> None:
    with pytest.raises(NotATicket):
        services.redeem(token=rubbish, actor=STEWARD)

    scan = Scan.objects.get()
    assert (scan.ticket, scan.reason) == (None, "not_a_ticket")


def test_a_changed_code_is_a_forgery(token: str) -> None:
    last = "0" if token[-1] != "0" else "1"
    with pytest.raises(domain.ForgedTicket):
        services.redeem(token=token[:-1] + last, actor=STEWARD)

    assert Scan.objects.get().reason == "forged_ticket"


def test_a_genuine_code_of_a_ticket_that_is_gone_is_unknown(ticket: Ticket, token: str) -> None:
    Ticket.objects.all().delete()

    with pytest.raises(UnknownTicket):
        services.redeem(token=token, actor=STEWARD)


def test_a_void_ticket_says_why(ticket: Ticket, token: str) -> None:
    with clock.fixed(STARTS_AT):
        services.void_tickets(order_ref=ticket.order_ref, reason="refund", actor=SYSTEM)

    with pytest.raises(TicketVoid) as refusal:
        services.redeem(token=token, actor=STEWARD)

    assert refusal.value.details["reason"] == "refund"
    assert refusal.value.details["at"] == "2031-05-03T17:30:00+00:00"
    assert Scan.objects.get().ticket == ticket


def test_a_ticket_for_another_evening_says_which(ticket: Ticket, token: str) -> None:
    tomorrow = make_performance(starts_at=STARTS_AT + timedelta(days=1))

    with pytest.raises(WrongPerformance) as refusal:
        services.redeem(token=token, performance_public_id=tomorrow.public_id, actor=STEWARD)

    assert refusal.value.details["performance"] == ticket.performance.public_id
    assert not Scan.objects.filter(result="admitted").exists()
    assert services.redeem(
        token=token, performance_public_id=ticket.performance.public_id, actor=STEWARD
    )


def test_nobody_enters_a_cancelled_performance(ticket: Ticket, token: str) -> None:
    ticket.performance.state = "cancelled"
    ticket.performance.save(update_fields=["state"])

    with pytest.raises(PerformanceCancelled):
        services.redeem(token=token, actor=STEWARD)


def test_a_ticket_ends_with_its_performance_even_if_that_was_put_off(
    ticket: Ticket, token: str
) -> None:
    late = ticket.valid_until + timedelta(seconds=1)
    with clock.fixed(late), pytest.raises(TicketExpired):
        services.redeem(token=token, actor=STEWARD)

    performance = ticket.performance
    performance.starts_at += timedelta(days=30)
    performance.ends_at += timedelta(days=30)
    performance.save(update_fields=["starts_at", "ends_at"])

    with clock.fixed(late):
        assert services.redeem(token=token, actor=STEWARD)


def test_an_offline_scan_counts_from_when_it_happened(token: str) -> None:
    with clock.fixed(STARTS_AT + timedelta(hours=1)):
        admission = services.redeem(token=token, at=STARTS_AT, actor=STEWARD)

    scan = Scan.objects.get()
    assert admission.at == scan.at == STARTS_AT
    assert scan.recorded_at == STARTS_AT + timedelta(hours=1)


def test_a_scan_from_the_future_is_refused_beyond_what_clocks_differ(token: str) -> None:
    with clock.fixed(STARTS_AT):
        with pytest.raises(BadScanTime):
            services.redeem(token=token, at=STARTS_AT + timedelta(minutes=6), actor=STEWARD)
        admission = services.redeem(token=token, at=STARTS_AT + timedelta(minutes=4), actor=STEWARD)

    assert admission.at == STARTS_AT


def test_redeeming_needs_its_permission_and_leaves_no_trace_without(token: str) -> None:
    with pytest.raises(NotPermitted):
        services.redeem(token=token, actor=NOBODY)

    assert not Scan.objects.exists()


@pytest.mark.parametrize("field", ["gate", "device"])
@pytest.mark.parametrize("label", ["x" * 81, "North\x00", "a\nb", "\ud800"])
def test_a_name_that_no_gate_has_is_refused_as_such(token: str, field: str, label: str) -> None:
    with pytest.raises(BadLabel) as refusal:
        services.redeem(token=token, actor=STEWARD, **{field: label})

    assert refusal.value.details == {"field": field}
    assert not Scan.objects.exists()


def test_a_time_without_its_zone_is_refused(token: str) -> None:
    with pytest.raises(BadScanTime):
        services.redeem(token=token, at=STARTS_AT.replace(tzinfo=None), actor=STEWARD)
