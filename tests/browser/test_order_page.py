"""What somebody does with an order that is paid: keep it, print it, have it sent again."""

from __future__ import annotations

import io
import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from icalendar import Calendar
from PIL import Image
from playwright.sync_api import Browser, Download, Locator, Page, expect

from kernel import ids
from tests.browser import buying
from tests.browser.conftest import watched
from tests.support.shop import Shop, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

# A4 without the margins that the page's own sheet asks for, in CSS pixels.
PAPER = {"width": 688, "height": 1016}
QR = "QR code for the entrance"
# As wide as a scanner at an entrance reads it well, in CSS pixels: 30 mm.
QR_LEAST = 113
# What reaches over the edge of what clips it.
CUT_OFF = """() => [...document.querySelectorAll("main, main *")].filter((each) => {
  const box = each.getBoundingClientRect();
  if (!box.width || each.closest("svg, .visually-hidden")) return false;
  const style = getComputedStyle(each);
  const wide = each.scrollWidth > each.clientWidth + 1 && style.overflowX !== "visible";
  const high = each.scrollHeight > each.clientHeight + 1 && style.overflowY !== "visible";
  return box.right > innerWidth + 1 || box.left < -1 || wide || high;
}).map((each) => each.className || each.localName)"""


@dataclass(frozen=True)
class Bought:
    """Four tickets that somebody has paid for: more than fit on one sheet."""

    shop: Shop
    performance: str
    address: str
    number: str
    email: str
    places: tuple[str, ...]


@pytest.fixture(scope="module")
def bought(chromium: Browser, stack: object, theatre: Shop) -> Bought:
    performance = theatre.performances()[0]
    email = f"{ids.new('buyer')}@example.org"
    pairs = itertools.islice(buying.free_pairs(theatre, performance), 2)
    with watched(chromium) as page:
        buying.choose(page, theatre, performance, *itertools.chain(*pairs))
        places = page.locator(".place__name b").all_text_contents()
        buying.fill_details(page, email)
        buying.to_payment(page)
        buying.pay(page)
        buying.expect_tickets(page, 4)
        number = re.search(r"Order (\S+)", page.title())
        assert number
        return Bought(theatre, performance, page.url, number[1], email, tuple(places))


@pytest.fixture
def order(page: Page, bought: Bought) -> Page:
    page.goto(bought.address)
    buying.expect_tickets(page, 4)
    return page


def codes_in(*pictures: Any) -> list[str]:
    return [code.text for each in pictures for code in zxingcpp.read_barcodes(each)]


def codes_on(page: Page) -> list[str]:
    """What a scanner reads from the screen, ticket by ticket."""
    shots = [each.screenshot() for each in page.get_by_role("img", name=QR).all()]
    return codes_in(*(Image.open(io.BytesIO(shot)) for shot in shots))


@dataclass(frozen=True)
class Sheet:
    text: str
    codes: list[str]
    size: tuple[float, float]


def sheets_of(pdf: bytes) -> list[Sheet]:
    """What is on each sheet of a PDF; the ink is looked at as a printer leaves it."""
    assert pdf.startswith(b"%PDF-")
    with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
        return [
            Sheet(
                " ".join(sheet.get_textpage().get_text_range().split()),
                codes_in(sheet.render(scale=2).to_pil()),
                sheet.get_size(),
            )
            for sheet in document
        ]


def download(link: Locator) -> Download:
    with link.page.expect_download() as started:
        link.click()
    return started.value


def test_the_pdf_has_a_sheet_for_each_ticket_with_the_code_of_the_page(
    order: Page, bought: Bought
) -> None:
    loaded = download(order.get_by_role("link", name="Download PDF"))

    assert loaded.suggested_filename == f"tickets-{bought.number}.pdf"
    sheets = sheets_of(Path(loaded.path()).read_bytes())
    assert len(sheets) == 4
    assert [sheet.codes for sheet in sheets] == [[code] for code in codes_on(order)]
    assert len({sheet.codes[0] for sheet in sheets}) == 4
    assert all("The Tempest" in sheet.text for sheet in sheets)


def test_the_calendar_has_the_performance_at_its_moment(order: Page, bought: Bought) -> None:
    loaded = download(order.get_by_role("link", name="Add to calendar"))

    assert loaded.suggested_filename.endswith(".ics")
    (entry,) = Calendar.from_ical(Path(loaded.path()).read_bytes()).walk("VEVENT")
    query = "SELECT starts_at, ends_at FROM events_performance WHERE public_id = %s"
    ((starts_at, ends_at),) = bought.shop.rows(query, bought.performance)
    assert (entry.decoded("dtstart"), entry.decoded("dtend")) == (starts_at, ends_at)
    assert str(entry["summary"]) == "The Tempest"
    assert all(place in str(entry["description"]) for place in bought.places)


def test_the_tickets_are_sent_again_and_the_page_says_where_to(order: Page, bought: Bought) -> None:
    def mails() -> list[Any]:
        return bought.shop.mails_to(bought.email)

    wait_until(lambda: len(mails()) == 1, within_s=30, what="the first mail")
    order.get_by_role("button", name="Send the tickets again").click()

    said = order.get_by_role("status").filter(has_text="once more")
    whom = re.escape(bought.email)
    expect(said).to_contain_text(re.compile(rf"on their way to \W?{whom}\W? once more"))
    wait_until(lambda: len(mails()) == 2, within_s=30, what="the second mail")
    names = [[part.get_filename() for part in mail.iter_attachments()] for mail in mails()]
    assert f"tickets-{bought.number}.pdf" in names[1]
    assert names[0] == names[1]


@pytest.mark.parametrize("look", ["light", "dark"])
def test_paper_has_each_ticket_whole_and_nothing_that_can_only_be_pressed(
    order: Page, bought: Bought, look: Any
) -> None:
    codes = codes_on(order)
    order.set_viewport_size(PAPER)  # type: ignore[arg-type]
    order.emulate_media(media="print", color_scheme=look)

    for role in ("banner", "contentinfo", "navigation", "button", "link"):
        expect(order.get_by_role(role).filter(visible=True)).to_have_count(0)
    for ticket in order.get_by_role("article").all():
        qr = ticket.get_by_role("img", name=QR)
        expect(qr).to_be_visible()
        box = qr.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= QR_LEAST
    assert order.evaluate(CUT_OFF) == []

    sheets = sheets_of(order.pdf(prefer_css_page_size=True))
    assert [code for sheet in sheets for code in sheet.codes] == codes
    printed = " ".join(sheet.text for sheet in sheets)
    assert bought.number in printed
    assert bought.email in printed
    for word in ("Find my order", "Send the tickets again", "Keep the link to this page"):
        assert word not in printed


def test_no_ticket_is_torn_between_two_sheets(order: Page, bought: Bought) -> None:
    sheets = sheets_of(order.pdf(format="A4", prefer_css_page_size=True))

    assert len(sheets) > 1
    # The order's list names each place once more.
    facts = re.compile("Place .*? When .*? Where .*? Type ")
    assert sum(len(facts.findall(sheet.text)) for sheet in sheets) == 4
    for sheet in sheets:
        assert len(facts.findall(sheet.text)) == len(sheet.codes)


def test_the_button_to_print_asks_the_browser_to(order: Page) -> None:
    order.evaluate("() => { window.print = () => { window.printed = true; }; }")
    order.get_by_role("button", name="Print").click()
    assert order.evaluate("window.printed") is True
