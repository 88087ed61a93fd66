"""The hosted payment page, as a browser without JavaScript uses it."""

from __future__ import annotations

import html
from collections.abc import Callable

import httpx
import pytest
import stripe

from tests.support.stripe import DECLINED, NO_FUNDS, PAID, SECURE, StripeDouble

New = Callable[..., stripe.checkout.Session]


def form(card: str = PAID, **changes: str) -> dict[str, str]:
    return {"number": card, "expiry": "12 / 40", "cvc": "123", "name": "Ada Buyer"} | changes


def page_of(double: StripeDouble, session: stripe.checkout.Session) -> str:
    return f"/c/pay/{session.id}"


def text(answer: httpx.Response) -> str:
    return html.unescape(answer.text)


def test_the_page_shows_merchant_lines_and_total(
    stripe_double: StripeDouble, new_session: New
) -> None:
    answer = stripe_double.http.get(page_of(stripe_double, new_session()))

    for shown in ("Aurora Theatre", "€45.00", "€22.50 each", "Stalls · Row C · Seat 14"):
        assert shown in text(answer)
    assert 'href="http://aurora.localhost/cart"' in answer.text
    assert "buyer@example.org" in answer.text


def test_the_policy_allows_nothing_inline_and_leads_only_to_the_merchant(
    stripe_double: StripeDouble, new_session: New
) -> None:
    answer = stripe_double.http.get(page_of(stripe_double, new_session()))
    policy = answer.headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "form-action 'self' http://aurora.localhost" in policy
    assert "unsafe" not in policy
    for inline in ("<script", "<style", "style=", "onclick"):
        assert inline not in answer.text
    assert stripe_double.http.get("/c/assets/checkout.css").status_code == 200


def test_paying_leads_back_to_the_merchant(stripe_double: StripeDouble, new_session: New) -> None:
    session = new_session()
    answer = stripe_double.http.post(page_of(stripe_double, session), data=form())

    assert answer.status_code == 303
    assert answer.headers["location"] == f"http://aurora.localhost/orders/done?session={session.id}"


def test_submitting_twice_pays_once(stripe_double: StripeDouble, new_session: New) -> None:
    session = new_session()
    stripe_double.http.post(page_of(stripe_double, session), data=form())
    again = stripe_double.http.post(page_of(stripe_double, session), data=form())

    assert again.status_code == 200
    assert "This is paid" in text(again)
    assert len(stripe_double.state()["charges"]) == 1


@pytest.mark.parametrize(
    ("card", "sentence"),
    [(DECLINED, "Your card was declined."), (NO_FUNDS, "Your card has insufficient funds.")],
)
def test_a_declined_card_is_said_and_another_may_be_tried(
    stripe_double: StripeDouble, new_session: New, card: str, sentence: str
) -> None:
    page = page_of(stripe_double, new_session())
    answer = stripe_double.http.post(page, data=form(card))
    assert answer.status_code == 200
    assert sentence in text(answer)
    assert stripe_double.http.post(page, data=form()).status_code == 303


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"number": "4242424242424241"}, "card number is invalid"),
        ({"number": ""}, "card number is invalid"),
        ({"expiry": "13 / 40"}, "expiration date is incomplete"),
        ({"expiry": "01 / 20"}, "expiration year is in the past"),
        ({"cvc": "12"}, "security code is incomplete"),
    ],
)
def test_a_mistake_is_said_and_nothing_is_charged(
    stripe_double: StripeDouble, new_session: New, changes: dict[str, str], sentence: str
) -> None:
    page = page_of(stripe_double, new_session())
    answer = stripe_double.http.post(page, data=form(**changes))
    assert answer.status_code == 200
    assert sentence in text(answer)
    assert stripe_double.state()["charges"] == []


def test_the_email_is_asked_for_when_it_is_not_known(
    stripe_double: StripeDouble, new_session: New
) -> None:
    page = page_of(stripe_double, new_session(customer_email=None))
    assert "email address is incomplete" in text(stripe_double.http.post(page, data=form()))
    stripe_double.http.post(page, data=form(email="ada@example.org"))
    session = stripe_double.state()["sessions"][0]
    assert session["customer_details"]["email"] == "ada@example.org"


def test_a_test_card_fills_the_form(stripe_double: StripeDouble, new_session: New) -> None:
    page = page_of(stripe_double, new_session())
    answer = stripe_double.http.post(page, data={"action": f"fill:{PAID}"})
    assert 'value="4242 4242 4242 4242"' in answer.text
    assert stripe_double.state()["charges"] == []


@pytest.mark.parametrize(("choice", "charged"), [("complete", 1), ("fail", 0)])
def test_the_bank_asks_for_3_d_secure(
    stripe_double: StripeDouble, new_session: New, choice: str, charged: int
) -> None:
    session = new_session()
    page = page_of(stripe_double, session)
    sent_on = stripe_double.http.post(page, data=form(SECURE))
    assert sent_on.headers["location"] == f"{session.id}/authenticate"
    assert "Your bank wants to know" in text(stripe_double.http.get(f"{page}/authenticate"))

    answer = stripe_double.http.post(f"{page}/authenticate", data={"action": choice})

    assert answer.status_code == 303
    assert len(stripe_double.state()["charges"]) == charged
    if choice == "fail":
        assert "unable to authenticate" in text(stripe_double.http.get(page))


def test_an_expired_session_says_so_and_leads_back(
    stripe_double: StripeDouble, new_session: New, account: str
) -> None:
    session = new_session()
    stripe_double.client.v1.checkout.sessions.expire(session.id, {}, {"stripe_account": account})
    for answer in (
        stripe_double.http.get(page_of(stripe_double, session)),
        stripe_double.http.post(page_of(stripe_double, session), data=form()),
        stripe_double.http.post(f"{page_of(stripe_double, session)}/authenticate"),
    ):
        assert answer.status_code == 200
        assert "This page has expired" in text(answer)
        assert 'href="http://aurora.localhost/cart"' in answer.text
    assert stripe_double.state()["charges"] == []


def test_a_page_that_never_was_is_404(stripe_double: StripeDouble) -> None:
    assert stripe_double.http.get("/c/pay/cs_test_never").status_code == 404


def test_what_a_merchant_writes_is_never_markup(
    stripe_double: StripeDouble, new_session: New
) -> None:
    name = "<script>alert(1)</script>"
    price = {"currency": "eur", "unit_amount": 900, "product_data": {"name": name}}
    session = new_session(line_items=[{"price_data": price, "quantity": 1}])
    answer = stripe_double.http.get(page_of(stripe_double, session))
    assert "<script" not in answer.text
    assert name in text(answer)
