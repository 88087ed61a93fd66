from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from django.db.utils import IntegrityError

from kernel import signing
from public_apps.audit.models import Entry
from tenant_apps.access.domain import SYSTEM, NotPermitted
from tenant_apps.tickets import domain, queries, services
from tenant_apps.tickets.domain import AlreadyRedeemed, TicketVoid, UnknownTicket
from tenant_apps.tickets.models import Scan, SigningKey, Ticket
from tests.support.tickets import NOBODY, OWNER, STEWARD, line, make_performance, make_ticket

pytestmark = pytest.mark.usefixtures("tenant")


def test_each_line_gets_one_ticket_in_the_lines_order() -> None:
    performance = make_performance()
    lines = [line(performance, 7), line(performance, 3)]

    tickets = services.issue_tickets(order_ref="ord_1", lines=lines)

    assert [ticket.line_ref for ticket in tickets] == ["line-7", "line-3"]
    assert [ticket.seat for ticket in queries.tickets_of_order("ord_1")] == ["3", "7"]
    assert tickets[0].public_id.startswith("tkt_")


def test_issuing_twice_gives_the_same_tickets() -> None:
    performance = make_performance()
    first = services.issue_tickets(order_ref="ord_1", lines=[line(performance)])

    again = services.issue_tickets(
        order_ref="ord_1", lines=[line(performance), line(performance, 2)]
    )

    assert again[0] == first[0]
    assert Ticket.objects.count() == 2
    assert SigningKey.objects.count() == 1


def test_an_order_without_lines_needs_no_ticket_and_no_key() -> None:
    assert services.issue_tickets(order_ref="ord_1", lines=[]) == []
    assert not SigningKey.objects.exists()


def test_a_token_verifies_with_the_public_key_alone() -> None:
    ticket = make_ticket()

    claims = domain.verify(
        queries.token_of(ticket), public_keys=queries.public_keys(), schema_name="t_aurora"
    )

    assert claims.ticket_id == ticket.public_id
    assert claims.performance_id == ticket.performance.public_id
    assert claims.valid_until == ticket.valid_until > ticket.performance.ends_at


def test_the_private_key_lies_sealed_in_the_table() -> None:
    make_ticket()
    key = SigningKey.objects.get()

    assert len(bytes(key.private_key)) > 32
    assert len(signing.decrypt(queries.SEAL, bytes(key.private_key))) == 32
    with pytest.raises(signing.CannotDecrypt):
        signing.decrypt("another purpose", bytes(key.private_key))


def test_without_a_ticket_there_is_no_key_to_sign_with() -> None:
    ticket = Ticket(public_id="tkt_0123456789abcdefghjkmnpq")

    with pytest.raises(domain.NoSigningKey):
        queries.token_of(ticket)


def test_voided_tickets_stay_void_whoever_issues_again() -> None:
    performance = make_performance()
    lines = [line(performance, 1), line(performance, 2)]
    services.issue_tickets(order_ref="ord_1", lines=lines)

    voided = services.void_tickets(order_ref="ord_1", reason="refund", actor=SYSTEM)

    assert [ticket.line_ref for ticket in voided] == ["line-1", "line-2"]
    assert all(not ticket.is_valid for ticket in voided)
    assert services.void_tickets(order_ref="ord_1", reason="refund", actor=SYSTEM) == []
    again = services.issue_tickets(order_ref="ord_1", lines=lines)
    assert [ticket.state for ticket in again] == ["void", "void"]
    entry = Entry.objects.get(action="tickets.voided")
    assert entry.details["reason"] == "refund"
    assert len(entry.details["tickets"]) == 2


def test_some_lines_can_be_voided_alone() -> None:
    performance = make_performance()
    services.issue_tickets(order_ref="ord_1", lines=[line(performance, 1), line(performance, 2)])

    services.void_tickets(order_ref="ord_1", line_refs=["line-2"], reason="refund", actor=SYSTEM)

    assert [t.line_ref for t in queries.valid_tickets_of_order("ord_1")] == ["line-1"]


def test_a_rolled_back_sale_leaves_no_ticket() -> None:
    performance = make_performance()
    with transaction.atomic():
        services.issue_tickets(order_ref="ord_1", lines=[line(performance)])
        transaction.set_rollback(True)

    assert queries.tickets_of_order("ord_1") == []


def test_after_a_rotation_old_and_new_tokens_verify() -> None:
    ticket = make_ticket()
    old = queries.token_of(ticket)

    kid = services.rotate_key(actor=OWNER)

    new = queries.token_of(ticket)
    assert domain.parse(new).claims.key_id == kid != domain.parse(old).claims.key_id
    for token in (old, new):
        keys = queries.public_keys()
        assert domain.verify(token, public_keys=keys, schema_name="t_aurora")
    assert Entry.objects.get(action="tickets.key_rotated").subject == kid


def test_rotating_needs_the_permission_for_settings() -> None:
    with pytest.raises(NotPermitted):
        services.rotate_key(actor=STEWARD)

    assert not SigningKey.objects.exists()


def test_two_active_keys_are_refused_by_the_database() -> None:
    make_ticket()
    key = SigningKey.objects.get()

    with pytest.raises(IntegrityError, match="one_active_signing_key"), transaction.atomic():
        SigningKey.objects.create(
            kid="00000000", public_key=b"", private_key=b"", created_at=key.created_at
        )


def test_a_reissued_ticket_has_a_new_code_and_the_old_one_is_refused() -> None:
    ticket = make_ticket()
    old = queries.token_of(ticket)

    new = queries.token_of(services.reissue_ticket(public_id=ticket.public_id, actor=OWNER))

    with pytest.raises(domain.TicketReplaced):
        services.redeem(token=old, actor=STEWARD)
    assert services.redeem(token=new, actor=STEWARD).ticket_id == ticket.public_id


def test_what_was_used_or_void_is_not_issued_again() -> None:
    used, void = make_ticket(), make_ticket()
    services.redeem(token=queries.token_of(used), actor=STEWARD)
    services.void_tickets(order_ref=void.order_ref, reason="refund", actor=SYSTEM)

    with pytest.raises(AlreadyRedeemed):
        services.reissue_ticket(public_id=used.public_id, actor=OWNER)
    with pytest.raises(TicketVoid):
        services.reissue_ticket(public_id=void.public_id, actor=OWNER)
    with pytest.raises(UnknownTicket):
        services.reissue_ticket(public_id="tkt_nothing", actor=OWNER)
    with pytest.raises(NotPermitted):
        services.reissue_ticket(public_id=used.public_id, actor=STEWARD)


def test_only_who_works_with_tickets_sees_them() -> None:
    make_ticket()

    assert queries.tickets_visible_to(STEWARD).count() == 1
    assert queries.tickets_visible_to(NOBODY).count() == 0


def test_scans_cannot_be_changed_or_deleted() -> None:
    services.redeem(token=queries.token_of(make_ticket()), actor=STEWARD)

    for change in (
        lambda: Scan.objects.update(gate="another"),
        lambda: Scan.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            change()
