from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from datetime import timedelta

import pypdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kernel import signing
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.tickets import queries, rendering, services
from tenant_apps.tickets.models import SigningKey, Ticket
from tenant_apps.tickets.rendering import fonts
from tenant_apps.tickets.rendering.fonts import Weight
from tests.support.tickets import STARTS_AT, STEWARD, line, make_performance, make_ticket

NAMES = {
    "Latin": "Zoë Ångström-Đặng Łukaszewicz",
    "Greek": "Θεόδωρος Παπαδόπουλος",
    "Cyrillic": "Їжакевич Владимир Щёголев",
    "Armenian": "Արամ Խաչատրյան",
    "Georgian": "ნიკო ფიროსმანი",
}


def pictures(pdf: bytes, *, dots_per_inch: int = 110) -> list[Image.Image]:
    """Return what a reader shows of each page."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.render(scale=dots_per_inch / 72).to_pil() for page in document]


def codes_in(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def text_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def test_a_scanner_reads_the_png_and_the_door_opens(tenant: TenantRecord) -> None:
    png = rendering.qr_png(queries.token_of(make_ticket()))

    (token,) = codes_in(Image.open(io.BytesIO(png)))

    assert services.redeem(token=token, actor=STEWARD)


@pytest.mark.parametrize("dots_per_inch", [72, 200])
def test_a_scanner_reads_the_pdf_and_the_door_opens(
    tenant: TenantRecord, dots_per_inch: int
) -> None:
    pdf = rendering.render_pdf([make_ticket()], tenant=tenant)

    (picture,) = pictures(pdf, dots_per_inch=dots_per_inch)
    (token,) = codes_in(picture)

    assert services.redeem(token=token, actor=STEWARD)


def test_the_svg_needs_no_styles_and_says_what_it_is(tenant: TenantRecord) -> None:
    svg = rendering.qr_svg(queries.token_of(make_ticket()), label="Code of <seat> 14")

    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.get("viewBox") == "0 0 53 53"  # version 7 is 45 modules wide, and 4 around it
    assert root.find("{http://www.w3.org/2000/svg}title").text == "Code of <seat> 14"
    assert not [
        e for e in root.iter() if "style" in e.attrib or e.tag.endswith(("style", "script"))
    ]


def test_each_ticket_has_its_page_with_all_that_a_holder_asks(tenant: TenantRecord) -> None:
    performance = make_performance(title="Die Zauberflöte")
    tickets = services.issue_tickets(
        order_ref="ord_1", lines=[line(performance, 14), line(performance, 15)]
    )

    pages = text_of(rendering.render_pdf(tickets, tenant=tenant, order_number="K7M2P9QRS"))

    assert len(pages) == 2
    for text, ticket in zip(pages, tickets, strict=True):
        for wanted in (
            "Die Zauberflöte",
            "Saturday, 3 May 2031 · 19:30 CEST",
            "Doors open 18:45",
            "Aurora Theatre, Lindenstraße 12, 10969 Berlin",
            "Stalls",
            ticket.seat,
            "Adult",
            "Jane Müller",
            "Order K7M2P9QRS",
            ticket.public_id,
            "box@aurora.example",
        ):
            assert wanted in text


def test_times_are_those_of_the_venue_in_winter_and_far_away(tenant: TenantRecord) -> None:
    winter = make_ticket(make_performance(starts_at=STARTS_AT + timedelta(days=200)))
    dubai = make_ticket(make_performance(timezone="Asia/Dubai"))

    pages = text_of(rendering.render_pdf([winter, dubai], tenant=tenant))

    assert "19 November 2031 · 18:30 CET" in pages[0]
    assert "3 May 2031 · 21:30 GMT+4" in pages[1]


def test_the_page_speaks_the_buyers_language(tenant: TenantRecord) -> None:
    (page,) = text_of(rendering.render_pdf([make_ticket()], tenant=tenant, locale="de"))

    assert "Samstag, 3. Mai 2031" in page


def test_a_page_that_is_read_from_the_right_is_mirrored(tenant: TenantRecord) -> None:
    ticket = make_ticket()
    sides = {}
    for locale in ("de", "ar"):
        (picture,) = pictures(rendering.render_pdf([ticket], tenant=tenant, locale=locale))
        (code,) = zxingcpp.read_barcodes(picture)
        # The order's number is a short line: it shows at which margin it begins.
        width, height = picture.size
        margin = picture.crop((width * 3 // 4, height * 80 // 100, width, height * 82 // 100))
        begins_right = margin.convert("L").getextrema()[0] < 128
        sides[locale] = (code.position.top_left.x < width / 2, begins_right)
        assert code.text == queries.tokens_of([ticket])[0]
    assert sides == {"de": (False, False), "ar": (True, True)}


@pytest.mark.parametrize("script", NAMES)
def test_names_in_many_scripts_are_printed(tenant: TenantRecord, script: str) -> None:
    pdf = rendering.render_pdf([make_ticket(holder_name=NAMES[script])], tenant=tenant)

    (page,) = text_of(pdf)
    assert all(word in page for word in NAMES[script].split())
    assert fonts.REPLACEMENT not in page


def test_arabic_is_joined_and_read_from_the_right() -> None:
    (run,) = fonts.runs("محمد", Weight.BOLD)

    # Final dal, medial mim, medial ha, initial mim: as they stand on paper, from the left.
    assert run.text == "\ufeaa\ufee4\ufea4\ufee3"


def test_what_no_font_has_is_marked_and_never_breaks() -> None:
    (run,) = fonts.runs("\U0001f3ad", Weight.BOLD)

    assert run.text == fonts.REPLACEMENT


def test_every_font_of_the_house_travels_in_the_file(tenant: TenantRecord) -> None:
    pdf = rendering.render_pdf([make_ticket(holder_name="Niko ნიკო")], tenant=tenant)

    (page,) = pypdf.PdfReader(io.BytesIO(pdf)).pages
    embedded = {
        font.get_object()["/BaseFont"].split("+")[-1]
        for font in page["/Resources"]["/Font"].values()
        if "/FontFile2" in font.get_object().get("/FontDescriptor", {})
    }
    assert embedded == {"Inter-Regular", "Inter-Bold", "DejaVuSans"}
    assert len(pdf) < 120_000


def test_the_same_tickets_give_the_same_bytes(tenant: TenantRecord) -> None:
    tickets = [make_ticket()]

    assert rendering.render_pdf(tickets, tenant=tenant) == rendering.render_pdf(
        tickets, tenant=tenant
    )


def test_a_void_ticket_says_so_and_shows_no_code(tenant: TenantRecord) -> None:
    ticket = make_ticket()
    voided = services.void_tickets(order_ref=ticket.order_ref, reason="refund", actor=SYSTEM)

    pdf = rendering.render_pdf(voided, tenant=tenant)

    assert "VOID" in text_of(pdf)[0]
    assert codes_in(pictures(pdf)[0]) == []


def test_a_page_of_the_longest_texts_still_shows_its_code(tenant: TenantRecord) -> None:
    ticket = make_ticket(
        make_performance(title="Wagner " * 22),
        place_name="W" * 200,
        section="W" * 80,
        row="W" * 80,
        seat="W" * 80,
        tier_name="W" * 120,
        holder_name="W" * 160,
    )

    (picture,) = pictures(rendering.render_pdf([ticket], tenant=tenant, terms="No dogs. " * 100))

    assert codes_in(picture) == [queries.token_of(ticket)]


def test_a_sealed_key_that_cannot_be_opened_is_said_plainly(tenant: TenantRecord) -> None:
    ticket = make_ticket()
    SigningKey.objects.update(private_key=b"rubbish")

    with pytest.raises(signing.CannotDecrypt):
        rendering.render_pdf([ticket], tenant=tenant)


def test_fifty_tickets_cost_six_queries_at_most(tenant: TenantRecord) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    performance = make_performance()
    services.issue_tickets(
        order_ref="ord_1", lines=[line(performance, number) for number in range(1, 51)]
    )

    with CaptureQueriesContext(connection) as queries_made:
        tickets = queries.tickets_of_order("ord_1")
        rendering.render_pdf(tickets, tenant=tenant)

    assert len(tickets) == Ticket.objects.count() == 50
    assert len(queries_made) <= 6


@given(st.text(max_size=300), st.floats(20, 500), st.integers(1, 4))
def test_no_text_runs_out_of_its_column(text: str, within: float, most: int) -> None:
    lines = fonts.wrap(text, Weight.BOLD, 12, within=within, most=most)

    assert len(lines) <= most
    assert all(fonts.width(part, Weight.BOLD, 12) <= within + 0.01 for part in lines)
