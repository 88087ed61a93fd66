from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from kernel import ids
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.tickets import queries, services
from tenant_apps.tickets.domain import TOKEN_LENGTH
from tenant_apps.tickets.models import Scan, Ticket
from tests.support.api import ApiClient, api_client, ensure_problem, told
from tests.support.tickets import make_performance, make_ticket

SCANS = 8


@pytest.fixture
def api(live_tenant: TenantRecord) -> ApiClient:
    return api_client(live_tenant, "tickets:redeem")


@pytest.fixture
def ticket(live_tenant: TenantRecord) -> Ticket:
    return make_ticket()


def redeem(api: ApiClient, ticket: Ticket, **fields: str) -> object:
    return api.post("/api/v1/tickets/redeem", {"token": queries.token_of(ticket), **fields})


def test_a_ticket_lets_its_holder_in_once(api: ApiClient, ticket: Ticket) -> None:
    first = redeem(api, ticket, gate="North", device="scanner 1")
    assert first.status_code == 200
    body = told(first)
    assert (body["ticket"], body["gate"], body["by"]) == (ticket.public_id, "North", "Box office")

    second = redeem(api, ticket, gate="South")
    problem = ensure_problem(second, 409, "already_redeemed")
    assert (problem["gate"], problem["by"]) == ("North", "Box office")
    assert problem["at"]


def test_the_same_scan_sent_again_is_the_same_admission(api: ApiClient, ticket: Ticket) -> None:
    body = {"token": queries.token_of(ticket)}
    first = api.post("/api/v1/tickets/redeem", body, idempotency_key="scan-1")
    again = api.post("/api/v1/tickets/redeem", body, idempotency_key="scan-1")
    assert (first.status_code, again.status_code) == (200, 200)
    assert told(first) == told(again)
    assert Scan.objects.count() == 1


def test_of_scans_at_once_one_lets_in(
    api: ApiClient, ticket: Ticket, live_tenant: TenantRecord
) -> None:
    token, gate = queries.token_of(ticket), Barrier(SCANS, timeout=20)

    def scan(_: int) -> int:
        gate.wait()
        try:
            return api.post("/api/v1/tickets/redeem", {"token": token}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(SCANS) as threads:
        statuses = sorted(threads.map(scan, range(SCANS)))
    assert statuses == [200] + [409] * (SCANS - 1)


def test_a_void_ticket_is_gone(api: ApiClient, ticket: Ticket) -> None:
    token = queries.token_of(ticket)
    services.void_tickets(order_ref=ticket.order_ref, reason="refunded", actor=SYSTEM)
    ensure_problem(api.post("/api/v1/tickets/redeem", {"token": token}), 410, "ticket_void")


def test_a_ticket_for_something_else_is_refused(api: ApiClient, ticket: Ticket) -> None:
    other = make_performance(title="Faust")
    answer = redeem(api, ticket, performance=other.public_id)
    ensure_problem(answer, 409, "wrong_performance")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid"),
        ({"token": ""}, 422, "invalid"),
        ({"token": 5}, 422, "invalid"),
        ({"token": ["x"]}, 422, "invalid"),
        ({"token": "x" * 2001}, 422, "invalid"),
        ({"token": "a\0b"}, 422, "invalid"),
        ({"token": "https://example.org"}, 422, "not_a_ticket"),
        ({"token": "x", "gate": "g" * 81}, 422, "invalid"),
        ({"token": "x", "gate": "a\nb"}, 422, "bad_label"),
        ({"token": "x", "at": "yesterday"}, 422, "invalid"),
        ({"token": "x", "at": "2999-01-01T00:00:00Z"}, 422, "bad_scan_time"),
        ({"token": "x", "performance": "prf_1"}, 422, "invalid"),
        ({"token": "x", "door": "North"}, 422, "invalid"),
    ],
)
def test_a_scan_of_rubbish_is_refused(
    api: ApiClient, body: dict[str, object], status: int, code: str
) -> None:
    ensure_problem(api.post("/api/v1/tickets/redeem", body), status, code)


def scan_of(ticket: Ticket, ref: str, **fields: str) -> dict[str, str]:
    return {"scan": ref, "token": queries.token_of(ticket), **fields}


def test_a_batch_is_answered_scan_by_scan_in_its_order(api: ApiClient, ticket: Ticket) -> None:
    scans = [
        {"scan": "scan-0001", "token": "https://example.org"},
        scan_of(ticket, "scan-0002"),
        scan_of(ticket, "scan-0003"),
    ]
    sent = {"gate": "North", "device": "phone-3", "scans": scans}

    answer = api.post("/api/v1/tickets/redeem/batch", sent)

    assert answer.status_code == 200, answer.content
    rubbish, first, second = told(answer)["scans"]
    assert (rubbish["result"], rubbish["code"], rubbish["admission"]) == (
        "refused", "not_a_ticket", None,
    )  # fmt: skip
    assert (first["scan"], first["result"], first["code"]) == ("scan-0002", "admitted", "")
    assert (first["admission"]["ticket"], first["admission"]["gate"]) == (ticket.public_id, "North")
    shown = told(api.get(f"/api/v1/tickets/{ticket.public_id}"))
    assert first["admission"] == shown["admission"]
    assert (second["result"], second["code"]) == ("refused", "already_redeemed")
    assert second["title"]
    assert second["admission"] == first["admission"]


def test_a_batch_sent_again_with_another_key_is_answered_alike(
    api: ApiClient, ticket: Ticket
) -> None:
    sent = {"scans": [scan_of(ticket, "scan-0001"), {"scan": "scan-0002", "token": "rubbish"}]}

    first = api.post("/api/v1/tickets/redeem/batch", sent, idempotency_key="try-1")
    again = api.post("/api/v1/tickets/redeem/batch", sent, idempotency_key="try-2")

    assert told(first) == told(again)
    assert Scan.objects.count() == 2


@pytest.mark.parametrize(
    ("scans", "code"),
    [
        ([], "invalid"),
        ("all", "invalid"),
        ([5], "invalid"),
        ([{}], "invalid"),
        ([{"scan": "short", "token": "x"}], "invalid"),
        ([{"scan": "with a blank", "token": "x"}], "invalid"),
        ([{"scan": "blank-behind ", "token": "x"}], "invalid"),
        ([{"scan": 12345678, "token": "x"}], "invalid"),
        ([{"scan": "scan-0001", "token": ""}], "invalid"),
        ([{"scan": "scan-0001", "token": "x", "at": "yesterday"}], "invalid"),
        ([{"scan": "scan-0001", "token": "x", "door": "North"}], "invalid"),
        ([{"scan": f"scan-{number:04}", "token": "x"} for number in range(201)], "invalid"),
    ],
)
def test_a_batch_of_rubbish_is_refused_whole(api: ApiClient, scans: object, code: str) -> None:
    problem = api.post("/api/v1/tickets/redeem/batch", {"scans": scans})
    assert ensure_problem(problem, 422, code)["errors"]
    assert not Scan.objects.exists()


def test_a_full_batch_is_small_enough_to_be_sent(api: ApiClient) -> None:
    at = "2026-05-03T17:30:00.123456+02:00"
    scans = [
        {"scan": f"{number:036}", "token": "x" * TOKEN_LENGTH, "at": at} for number in range(200)
    ]
    answer = api.post("/api/v1/tickets/redeem/batch", {"scans": scans})
    assert answer.status_code == 200, answer.content
    assert {scan["code"] for scan in told(answer)["scans"]} == {"not_a_ticket"}


def test_a_ticket_and_its_admission_are_shown(api: ApiClient, ticket: Ticket) -> None:
    path = f"/api/v1/tickets/{ticket.public_id}"
    assert told(api.get(path))["admission"] is None
    redeem(api, ticket, gate="North")
    body = told(api.get(path))
    assert body["ticket"]["id"] == ticket.public_id
    assert body["ticket"]["redeemed_at"] is not None
    assert body["admission"]["gate"] == "North"
    assert "token" not in str(body)
    listed = told(api.get(f"/api/v1/tickets?order={ticket.order_ref}"))
    assert [item["id"] for item in listed["items"]] == [ticket.public_id]
    ensure_problem(api.get(f"/api/v1/tickets/{ids.new('tkt')}"), 404, "unknown_ticket")


def test_who_may_not_redeem_sees_and_changes_nothing(
    live_tenant: TenantRecord, ticket: Ticket
) -> None:
    blind = api_client(live_tenant, "orders:read", "events:read")
    ensure_problem(redeem(blind, ticket), 403, "insufficient_scope")
    ensure_problem(blind.get(f"/api/v1/tickets/{ticket.public_id}"), 403, "insufficient_scope")
    batch = {"scans": [scan_of(ticket, "scan-0001")]}
    ensure_problem(blind.post("/api/v1/tickets/redeem/batch", batch), 403, "insufficient_scope")
    assert Scan.objects.count() == 0


def test_another_tenants_ticket_is_forged_here(
    api: ApiClient, ticket: Ticket, other_tenant: TenantRecord
) -> None:
    elsewhere = api_client(other_tenant, "tickets:redeem")
    answer = redeem(elsewhere, ticket)
    assert answer.status_code in (404, 422)
    assert Scan.objects.count() == 0
    path = f"/api/v1/tickets/{ticket.public_id}"
    ensure_problem(elsewhere.get(path), 404, "unknown_ticket")
