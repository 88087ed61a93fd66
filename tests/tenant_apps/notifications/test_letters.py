"""What the mails say, as a reader's mail program shows them."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pypdf
import pypdfium2
import pytest
import zxingcpp
from django.core import mail

from kernel import clock
from public_apps.outbox import services as outbox
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.checkout import queries as checkout
from tenant_apps.notifications import services
from tenant_apps.notifications.models import Message
from tenant_apps.orders.domain import Contact
from tenant_apps.orders.models import Order
from tenant_apps.tickets import services as tickets
from tenant_apps.tickets.domain import AlreadyRedeemed
from tests.support.paid_orders import make_paid_order, place_order
from tests.support.queue import drain
from tests.support.tickets import STEWARD, make_performance

PAID_AT = datetime(2031, 2, 1, 18, 5, tzinfo=UTC)


def received() -> EmailMessage:
    """The one mail that was sent, as bytes over the wire and read again."""
    (sent,) = mail.outbox
    return message_from_bytes(sent.message().as_bytes(), policy=policy.default)


def parts(sent: EmailMessage) -> tuple[str, str]:
    text, html = sent.get_body(("plain",)), sent.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def tell(kind: str, order: Order) -> EmailMessage:
    mail.outbox.clear()
    outbox.publish(kind=kind, subject=order.public_id, payload={"order_id": order.public_id})
    drain()
    return received()


@pytest.fixture
def order(live_tenant: TenantRecord) -> Order:
    with clock.fixed(PAID_AT):
        order = make_paid_order()
        drain()
    return order


def test_the_receipt_says_what_was_bought_where_when_and_for_how_much(order: Order) -> None:
    sent = received()

    assert sent["Subject"] == "Your tickets: The Tempest"
    for body in parts(sent):
        for wanted in (
            "Jane Müller",
            "The Tempest",
            "Sat, 3 May 2031, 19:30 CEST",
            "Aurora Theatre",
            "Stalls · Row C · Seat 14",
            "Adult",
            "€40.00",
            "Fees",
            "€5.00",
            "€85.00",
            "Tax included",
            "€12.80",
            order.number,
            "Sat, 1 Feb 2031, 19:05 CET",
            "http://aurora.localhost:8000/orders/",
        ):
            assert wanted in body


def test_the_attached_ticket_opens_the_door_once(order: Order) -> None:
    (attachment,) = received().iter_attachments()

    assert attachment.get_filename() == f"tickets-{order.number}.pdf"
    pdf = attachment.get_content()
    texts = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert [order.number in text for text in texts] == [True, True]
    with pypdfium2.PdfDocument(pdf) as document:
        (code,) = zxingcpp.read_barcodes(document[0].render(scale=1.5).to_pil())
    admission = tickets.redeem(token=code.text, actor=STEWARD)
    assert admission.place_name == "Stalls · Row C · Seat 14"
    with pytest.raises(AlreadyRedeemed):
        tickets.redeem(token=code.text, actor=STEWARD)


def test_the_mail_comes_from_the_organizer_and_answers_go_there(order: Order) -> None:
    sent = received()

    assert sent["From"] == "Aurora Theatre <tickets@localhost>"
    assert sent["Reply-To"] == "box@aurora.example"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Message-ID"] == f"<{Message.objects.get().public_id}@localhost>"


def test_the_mail_loads_nothing_and_runs_nothing(order: Order) -> None:
    _, html = parts(received())

    for forbidden in ("<script", "<link", "<img", "@import", "url(", "javascript:"):
        assert forbidden not in html


def test_a_name_cannot_write_into_the_page_or_the_headers(live_tenant: TenantRecord) -> None:
    performance = make_performance(title="A <b>bold</b> title\nBcc: someone@example.org")
    make_paid_order(
        performance, contact=Contact(email="jane@example.org", name="<script>1 & 2</script>")
    )
    drain()

    sent = received()
    text, html = parts(sent)
    assert sent["Bcc"] is None
    assert sent["Subject"] == "Your tickets: A <b>bold</b> title Bcc: someone@example.org"
    assert "<script>1 & 2</script>" in text
    assert "&lt;script&gt;1 &amp; 2&lt;/script&gt;" in html
    assert "<script>" not in html
    assert "<b>" not in html


def test_money_and_days_are_written_as_the_buyer_reads_them(live_tenant: TenantRecord) -> None:
    make_paid_order(contact=Contact(email="jane@example.org", name="Jane", locale="de"))
    drain()

    text, _ = parts(received())
    assert "85,00\N{NO-BREAK SPACE}€" in text
    assert "Sa., 3. Mai 2031, 19:30 CEST" in text


def test_a_free_order_says_so(live_tenant: TenantRecord) -> None:
    make_paid_order(face_minor=0, fee_minor=0, tax_minor=0)
    drain()

    text, _ = parts(received())
    assert "Total: Free" in text
    assert "Fees" not in text


def test_an_order_for_two_evenings_lists_both(live_tenant: TenantRecord) -> None:
    from tenant_apps.orders import services as orders
    from tenant_apps.orders.domain import NewLine, Totals

    first = place_order()
    line = first.lines.get(ordinal=14)
    other = make_performance(title="Macbeth", starts_at=line.performance.starts_at + timedelta(1))
    lines = [
        NewLine(
            performance_id=performance_id,
            ordinal=1,
            place_name="Stalls · Row C · Seat 1",
            section="Stalls",
            row="C",
            seat="1",
            zone_name="Stalls",
            tier_key="adult",
            tier_name="Adult",
            face_minor=1_000,
            fee_minor=0,
            tax_minor=0,
            total_minor=1_000,
        )
        for performance_id in (line.performance_id, other.pk)
    ]
    both = orders.place_order(
        contact=Contact(email="jane@example.org", name="Jane"),
        lines=lines,
        totals=Totals("EUR", 2_000, 0, 0, 2_000),
        session="tests",
        holds=[],
        checkout_key="both",
        content_key="both",
        actor=SYSTEM,
    )
    from tests.support.paid_orders import pay_order

    pay_order(both)
    drain()

    sent = received()
    text, _ = parts(sent)
    assert sent["Subject"] == f"Your tickets: order {both.number}"
    assert text.index("The Tempest") < text.index("Macbeth")


def test_tickets_that_are_void_by_now_are_not_attached(live_tenant: TenantRecord) -> None:
    order = make_paid_order()
    tickets.void_tickets(order_ref=order.public_id, reason="refund", actor=SYSTEM)
    drain()

    sent = received()
    assert list(sent.iter_attachments()) == []
    assert "attached" not in parts(sent)[0]


def test_a_refund_says_how_much_comes_back(order: Order) -> None:
    sent = tell("order.refunded", order)

    assert sent["Subject"] == f"Refund of order {order.number}"
    for body in parts(sent):
        assert f"€85.00 of order {order.number} are on their way back" in body
        assert "not valid any more" in body


def test_a_refund_of_a_wrong_payment_names_no_amount(live_tenant: TenantRecord) -> None:
    order = place_order()

    text, _ = parts(tell("order.refunded", order))

    assert f"Your payment for order {order.number} is on its way back" in text


def test_a_payment_that_came_too_late_is_explained(live_tenant: TenantRecord) -> None:
    order = place_order()

    sent = tell("order.late_refunded", order)

    assert sent["Subject"] == f"Your payment for order {order.number} came too late"
    for body in parts(sent):
        assert "€85.00" in body
        assert "You get all of it back" in body


def test_someone_finds_their_orders_by_mail(order: Order) -> None:
    mail.outbox.clear()

    assert services.send_order_links(email=" JANE@example.org ")
    assert not services.send_order_links(email="jane@example.org"), "asked twice is one mail"
    drain()

    sent = received()
    assert sent["To"] == "jane@example.org"
    assert sent["Subject"] == "Your orders at Aurora Theatre"
    text, html = parts(sent)
    link = next(word for word in text.split() if "/orders/" in word)
    token = link.split("/orders/")[1].strip("/")
    assert checkout.order_by_link(token).number == order.number
    assert link in html


def test_who_ordered_nothing_gets_no_mail(live_tenant: TenantRecord) -> None:
    assert not services.send_order_links(email="nobody@example.org")
    assert drain() == []
