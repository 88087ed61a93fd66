"""The whole sale against the running stack, as a buyer and a doorman live it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Browser, Page, expect

from kernel import ids
from tests.browser import buying
from tests.support.shop import Shop, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DECLINED = "4000000000000002"


@pytest.fixture
def performance(stack: object, theatre: Shop) -> str:
    return theatre.performances()[0]


@pytest.fixture
def pair(theatre: Shop, performance: str) -> tuple[int, int]:
    """Two adjacent seats that nobody has yet."""
    return next(buying.free_pairs(theatre, performance))


@pytest.fixture
def email() -> str:
    return f"{ids.new('buyer')}@example.org"


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Page]:
    """A visitor whom a refusal by a page's status may reach: Chromium calls that an error."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def ensure_one_of_each(shop: Shop, performance: str, email: str) -> str:
    """Fail unless this buyer has one paid order, one payment session, one charge; the order."""
    query = "SELECT public_id, state, total_minor FROM orders_order WHERE email = %s"
    ((order, state, total),) = shop.rows(query, email)
    assert state == "paid"
    assert shop.charges()[order] == [total]
    (session,) = shop.sessions_of(order)
    assert len(session["_charges"]) == 1
    shop.ensure_books_balance(performance)
    return order


def test_two_adjacent_seats_are_bought_mailed_and_let_in_once(
    page: Page, theatre: Shop, performance: str, pair: tuple[int, int], email: str
) -> None:
    page.goto(theatre.address)
    page.get_by_role("link", name="The Tempest", exact=True).click()
    page.locator(f'a[href="/performances/{performance}/"]').first.click()
    page.get_by_role("link", name=re.compile("^Stalls")).first.click()
    buying.choose(page, theatre, performance, *pair)
    tiers = page.get_by_label(re.compile("^Ticket type for"))
    expect(tiers).to_have_count(2)
    tiers.nth(1).select_option("reduced")
    expect(page.locator(".lines__total dd")).to_have_text("€98.15")
    buying.fill_details(page, email)
    buying.to_payment(page)
    buying.pay(page)
    page.wait_for_url(f"{theatre.address}/orders/**")
    buying.expect_tickets(page, 2)
    order = buying.order_on(page, theatre)
    assert {(order, pair[0]), (order, pair[1])} <= set(theatre.tickets(performance))

    tokens = tokens_in_mail(page, theatre, email)
    assert len(set(tokens)) == 2
    door = Door(theatre)
    for token in tokens:
        admitted = door.redeem(token, gate="North")
        assert admitted.status_code == 200, admitted.text
        refused = door.redeem(token, gate="South")
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (409, "already_redeemed")
        assert (problem["by"], problem["gate"]) == ("Front door", "North")
        moments = [datetime.fromisoformat(told["at"]) for told in (problem, admitted.json())]
        assert moments[0] == moments[1]


def tokens_in_mail(page: Page, shop: Shop, email: str) -> list[str]:
    """Read the ticket mail in the run's mailbox; what the QR codes of its PDF say."""
    wait_until(lambda: bool(shop.mails_to(email)), within_s=30, what="the ticket mail")
    mailbox = page.context.new_page()
    mailbox.goto(f"http://localhost:{shop.stack.port}/_mail/?to={email}")
    mailbox.get_by_role("link", name="Your tickets: The Tempest").click()
    expect(mailbox.frame_locator("iframe").get_by_text("The Tempest").first).to_be_visible()
    with mailbox.expect_download() as download:
        mailbox.get_by_role("link", name=re.compile(r"^tickets-.*\.pdf")).click()
    pdf = download.value.path().read_bytes()
    mailbox.close()
    with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
        pictures = [sheet.render(scale=1.5).to_pil() for sheet in document]
    return [code.text for picture in pictures for code in zxingcpp.read_barcodes(picture)]


class Door:
    """A program at the door, with a client that the command line made."""

    def __init__(self, shop: Shop) -> None:
        words = ("client", "create", "--tenant", "aurora", "--name", "Front door")
        printed = shop.stack.manage(*words, "--scopes", "tickets:redeem")
        client = dict(re.findall(r"(client_id|client_secret)\s+(\S+)", printed))
        self._http = shop.browse()
        answer = self._http.post(
            "/oauth/token/",
            data={"grant_type": "client_credentials"},
            auth=(client["client_id"], client["client_secret"]),
        )
        assert answer.status_code == 200, answer.text
        self._headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def redeem(self, token: str, gate: str) -> httpx.Response:
        return self._http.post(
            "/api/v1/tickets/redeem",
            json={"token": token, "gate": gate},
            headers={**self._headers, "Idempotency-Key": ids.new("key")},
        )


def test_a_double_click_on_pay_is_one_order(
    page: Page, theatre: Shop, performance: str, pair: tuple[int, int], email: str
) -> None:
    buying.choose(page, theatre, performance, *pair)
    buying.fill_details(page, email)
    # As fast as a finger and past every script: the form is sent, and sent again.
    page.get_by_role("button", name=re.compile("^Pay ")).dblclick(delay=5)
    buying.at_payment(page)
    buying.pay(page)
    buying.expect_tickets(page, 2)

    ensure_one_of_each(theatre, performance, email)


def test_back_reload_and_a_second_tab_are_one_order(
    page: Page, theatre: Shop, performance: str, pair: tuple[int, int], email: str
) -> None:
    buying.choose(page, theatre, performance, *pair)
    buying.fill_details(page, email)
    other = page.context.new_page()
    other.goto(page.url)
    session = buying.to_payment(page)
    assert buying.to_payment(other) == session  # the second tab's "Pay"
    page.reload()
    assert buying.at_payment(page) == session
    go_back_to_the_shop(page)
    page.reload()
    go_on_paying(page)
    assert buying.at_payment(page) == session

    buying.pay(page)
    buying.expect_tickets(page, 2)
    other.reload()
    expect(other.get_by_role("heading", name="This is paid")).to_be_visible()
    other.get_by_role("link", name=re.compile("^Back to")).click()
    buying.expect_tickets(other, 2)
    page.reload()
    buying.expect_tickets(page, 2)

    ensure_one_of_each(theatre, performance, email)


def go_back_to_the_shop(page: Page) -> None:
    """Press the browser's back button until the shop shows a page that stays."""
    page.go_back(wait_until="commit")
    page.wait_for_load_state()


def go_on_paying(page: Page) -> None:
    """Find the way on that the page offers, as a person would."""
    if "/c/pay/" not in page.url:
        way_on: Any = page.get_by_role("button", name=re.compile("^Pay ")).or_(
            page.get_by_role("link", name="Go to the payment page")
        )
        way_on.first.click()


def test_a_declined_card_is_tried_again_with_another(
    visitor: Page, theatre: Shop, performance: str, pair: tuple[int, int], email: str
) -> None:
    buying.choose(visitor, theatre, performance, *pair)
    buying.fill_details(visitor, email)
    buying.to_payment(visitor)
    buying.pay(visitor, DECLINED)
    expect(visitor.get_by_role("alert")).to_have_text("Your card was declined.")

    buying.pay(visitor)
    buying.expect_tickets(visitor, 2)

    ensure_one_of_each(theatre, performance, email)


def test_a_buyer_who_turns_back_at_the_payment_finds_a_way_on(
    page: Page, theatre: Shop, performance: str, pair: tuple[int, int], email: str
) -> None:
    buying.choose(page, theatre, performance, *pair)
    buying.fill_details(page, email)
    session = buying.to_payment(page)
    page.get_by_role("link", name="Back to Aurora Theatre").click()
    expect(page.get_by_role("heading", name="Almost there")).to_be_visible()
    assert set(pair) <= theatre.claimed(performance)

    page.get_by_role("button", name=re.compile("^Pay ")).click()
    assert buying.at_payment(page) == session
    buying.pay(page)
    buying.expect_tickets(page, 2)

    ensure_one_of_each(theatre, performance, email)


def test_a_buyer_who_leaves_an_unpaid_order_has_the_places_in_the_cart_again(
    page: Page, theatre: Shop, performance: str, pair: tuple[int, int], email: str
) -> None:
    buying.choose(page, theatre, performance, *pair)
    buying.fill_details(page, email)
    buying.to_payment(page)
    page.get_by_role("link", name="Back to Aurora Theatre").click()
    page.get_by_role("button", name="Go back and change places").click()

    page.wait_for_url("**/cart/")
    expect(page.get_by_role("link", name="Continue to your details")).to_be_visible()
    expect(page.get_by_role("region", name="Time left")).to_be_visible()
    assert not set(pair) & theatre.claimed(performance)
    query = "SELECT public_id, state FROM orders_order WHERE email = %s"
    ((order, state),) = theatre.rows(query, email)
    assert state == "cancelled"
    assert order not in theatre.charges()
    page.get_by_role("button", name="Give all back").click()
    expect(page.get_by_role("heading", name="Your cart is empty")).to_be_visible()
