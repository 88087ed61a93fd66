from __future__ import annotations

import html
import io
from datetime import timedelta

import pypdf
import pytest
from django.conf import settings
from django.test import Client

from kernel import clock
from tenant_apps.events.domain import Limits
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.orders.models import Order
from tenant_apps.payments import services as payments
from tenant_apps.pricing.domain import ZoneDraft
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain.lists import Entry, Verdict, What
from tests.support.performances import OWNER
from tests.support.stripe import StripeDouble
from tests.tenant_apps.storefront.conftest import TIERS, open_house

ADA = {"name": "Ada Lovelace", "email": "ada@example.org"}


@pytest.fixture
def stripe(stripe_double: StripeDouble, live_tenant: object) -> StripeDouble:
    """Stripe, with an account of the organizer's."""
    payments.connect_account(account_id=stripe_double.new_account(), actor=OWNER)
    return stripe_double


def text_of(answer: object) -> str:
    return html.unescape(answer.content.decode())  # type: ignore[attr-defined]


def choose(visitor: Client, house: Performance, *places: int) -> None:
    answer = visitor.post(
        f"/performances/{house.public_id}/choose/", {"section": "stalls", "place": places}
    )
    assert answer.status_code == 302, text_of(answer)


def hold_id(visitor: Client) -> str:
    page = text_of(visitor.get("/cart/"))
    return page.split('action="/cart/hld_')[1].split("/")[0].join(["hld_", ""])


def review(visitor: Client) -> str:
    assert visitor.post("/checkout/", ADA)["Location"] == "/checkout/review/"
    return text_of(visitor.get("/checkout/review/"))


def test_the_cart_shows_each_place_and_the_whole_price(visitor: Client, house: Performance) -> None:
    choose(visitor, house, 8, 9)

    cart = text_of(visitor.get("/cart/"))

    assert "Stalls · Row B · Seat 3" in cart
    assert "€82.00" in cart
    assert "Includes €5.36 VAT 7\N{NO-BREAK SPACE}%" in cart
    assert "Your places are kept for" in cart


def test_the_shops_head_counts_what_is_in_the_cart(visitor: Client, house: Performance) -> None:
    choose(visitor, house, 8, 9)
    visitor.get("/cart/")

    assert 'aria-label="Cart, 2 tickets"' in text_of(visitor.get("/"))


def test_a_place_gets_another_ticket(visitor: Client, house: Performance) -> None:
    choose(visitor, house, 8, 9)

    visitor.post(f"/cart/{hold_id(visitor)}/", {"tier-9": "child"})

    assert "€62.00" in text_of(visitor.get("/cart/"))


def test_too_many_tickets_of_a_kind_are_said_and_stop_the_way_on(
    visitor: Client, house: Performance
) -> None:
    choose(visitor, house, 8, 9, 10)

    visitor.post(
        f"/cart/{hold_id(visitor)}/", {"tier-8": "child", "tier-9": "child", "tier-10": "child"}
    )

    cart = text_of(visitor.get("/cart/"))
    assert "One order may have at most 2 tickets of the kind “Child”." in cart
    assert "Continue to your details" not in cart
    assert "marked" in text_of(visitor.get("/checkout/"))


def test_a_place_is_removed_and_free_again(visitor: Client, house: Performance) -> None:
    choose(visitor, house, 8, 9)

    visitor.post(f"/cart/{hold_id(visitor)}/", {"drop": "9"})

    assert "Seat 4" not in text_of(visitor.get("/cart/"))
    assert inventory.snapshot(house.pk).places[9] == 0


def test_the_next_best_seat_is_one_press_away(visitor: Client, house: Performance) -> None:
    choose(visitor, house, 8, 9)
    assert "Add the next best seat" in text_of(visitor.get("/cart/"))

    visitor.post(f"/cart/{hold_id(visitor)}/", {"more": "1"})
    visitor.post(f"/cart/{hold_id(visitor)}/", {"more": "1"})

    shown = text_of(visitor.get("/cart/"))
    assert [f"Row B · Seat {seat}" in shown for seat in (1, 2, 3, 4, 5)] == [True] * 4 + [False]
    assert inventory.snapshot(house.pk).places[6:12] == b"\1\1\1\1\0\0"


def test_there_is_no_next_seat_beyond_the_limit_or_where_none_is_free(
    visitor: Client, live_tenant: object
) -> None:
    house = open_house(limits=Limits(max_places_per_order=3, max_places_per_session=3))
    choose(visitor, house, 8, 9)
    free = [each for each in range(18) if each not in {8, 9}]
    others = [free[:3], free[3:6], free[6:9], free[9:12], free[12:15], free[15:]]
    for number, ordinals in enumerate(others):
        inventory.hold_places(performance_id=house.pk, session=f"other-{number}", ordinals=ordinals)

    answer = visitor.post(f"/cart/{hold_id(visitor)}/", {"more": "1"})
    assert answer.status_code == 409
    assert "There are not so many seats near each other" in text_of(answer)
    assert "Row B · Seat 4" in text_of(answer)

    for session in ("other-0", "other-1"):
        for hold in inventory.holds_of_session(performance_id=house.pk, session=session):
            inventory.release_hold(performance_id=house.pk, session=session, hold_id=hold.hold_id)
    visitor.post(f"/cart/{hold_id(visitor)}/", {"more": "1"})
    assert "Add the next best seat" not in text_of(visitor.get("/cart/"))
    assert visitor.post(f"/cart/{hold_id(visitor)}/", {"more": "1"}).status_code == 409


def test_everything_is_given_back(visitor: Client, house: Performance) -> None:
    choose(visitor, house, 8, 9)

    answer = visitor.post(f"/cart/{hold_id(visitor)}/", {"release": "1"}, follow=True)

    assert "Your cart is empty" in text_of(answer)


def test_a_tier_that_there_is_not_changes_nothing(visitor: Client, house: Performance) -> None:
    choose(visitor, house, 8)

    visitor.post(f"/cart/{hold_id(visitor)}/", {"tier-8": "emperor"})

    assert "€41.00" in text_of(visitor.get("/cart/"))


def test_more_time_is_one_press_and_the_script_hears_how_much(
    visitor: Client, house: Performance
) -> None:
    choose(visitor, house, 8)

    answer = visitor.post("/cart/more-time/", headers={"accept": "application/json"})
    assert 590 <= answer.json()["seconds_left"] <= 600
    assert answer.json()["extensions_left"] >= 9

    plain = visitor.post("/cart/more-time/", headers={"referer": "http://evil.example/x"})
    assert plain["Location"] == "/cart/"


def test_when_the_time_is_over_the_same_places_are_one_press_away(
    visitor: Client, house: Performance
) -> None:
    choose(visitor, house, 8, 9)
    hold = hold_id(visitor)
    visitor.post("/checkout/", ADA)
    session = inventory_session(visitor)
    inventory.release_hold(performance_id=house.pk, session=session, hold_id=hold)

    over = text_of(visitor.get("/cart/"))
    assert "Your time ran out" in over
    assert "Stalls · Row B · Seat 3" in over
    assert "What you typed is kept." in over

    visitor.post("/cart/again/")
    assert "Stalls · Row B · Seat 4" in text_of(visitor.get("/cart/"))
    assert 'value="ada@example.org"' in text_of(visitor.get("/checkout/"))


def test_the_same_places_may_be_gone(visitor: Client, house: Performance) -> None:
    choose(visitor, house, 8, 9)
    hold = hold_id(visitor)
    session = inventory_session(visitor)
    inventory.release_hold(performance_id=house.pk, session=session, hold_id=hold)
    inventory.hold_places(performance_id=house.pk, session="somebody-else", ordinals=[9])

    answer = visitor.post("/cart/again/")

    assert answer.status_code == 409
    assert "Stalls · Row B · Seat 4" in text_of(answer)


def inventory_session(visitor: Client) -> str:
    from tenant_apps.inventory import sessions

    found = sessions.session_of(visitor.cookies[settings.BUYER_COOKIE_NAME].value)
    assert found
    return found


def test_every_mistake_in_the_details_stands_by_its_field_and_nothing_is_lost(
    visitor: Client, house: Performance
) -> None:
    choose(visitor, house, 8)

    answer = visitor.post("/checkout/", {"name": " ", "email": "ada@example"})

    assert answer.status_code == 422
    page = text_of(answer)
    assert page.count('aria-invalid="true"') == 2
    assert 'value="ada@example"' in page
    assert "2 things need another look" in page


def test_a_name_with_markup_is_shown_as_it_was_typed(visitor: Client, house: Performance) -> None:
    choose(visitor, house, 8)

    visitor.post("/checkout/", {**ADA, "name": "<script>alert(1)</script>"})

    assert "<script>alert(1)" not in visitor.get("/checkout/review/").content.decode()


def test_without_places_there_is_no_way_to_pay(visitor: Client, house: Performance) -> None:
    for path in ("/checkout/", "/checkout/review/"):
        assert "Your cart is empty" in text_of(visitor.get(path))
    assert "Your cart is empty" in text_of(visitor.post("/checkout/pay/"))
    assert not Order.objects.exists()


def test_paying_leads_over_an_own_page_to_the_payment_page(
    visitor: Client, house: Performance, stripe: StripeDouble
) -> None:
    choose(visitor, house, 8, 9)
    assert "Pay €82.00" in review(visitor)

    to_order = visitor.post("/checkout/pay/")
    assert to_order["Location"].startswith("/orders/")
    leading = visitor.get(to_order["Location"])

    assert leading["Refresh"].startswith(f"0; url={stripe.base}")
    order = Order.objects.get()
    assert (order.total_minor, order.email, order.name) == (8_200, *reversed(ADA.values()))


def test_a_double_click_is_one_order(
    visitor: Client, house: Performance, stripe: StripeDouble
) -> None:
    choose(visitor, house, 8)
    review(visitor)
    before = {name: morsel.value for name, morsel in visitor.cookies.items()}

    first = visitor.post("/checkout/pay/")
    for name, value in before.items():
        visitor.cookies[name] = value
    second = visitor.post("/checkout/pay/")

    assert first.status_code == second.status_code == 302
    assert Order.objects.count() == 1


def test_the_back_button_from_the_payment_page_finds_the_order_again(
    visitor: Client, house: Performance, stripe: StripeDouble
) -> None:
    choose(visitor, house, 8)
    review(visitor)
    visitor.post("/checkout/pay/")

    for path in ("/checkout/review/", "/cart/"):
        page = text_of(visitor.get(path, follow=True))
        assert "Almost there" in page
        assert "Pay €41.00" in page


def test_an_unpaid_order_is_left_and_its_places_are_in_the_cart_again(
    visitor: Client, house: Performance, stripe: StripeDouble
) -> None:
    choose(visitor, house, 8, 9)
    visitor.post(f"/cart/{hold_id(visitor)}/", {"tier-9": "child"})
    review(visitor)
    link = visitor.post("/checkout/pay/")["Location"].removesuffix("pay/")

    cart = visitor.post(f"{link}leave/", follow=True)

    assert "Stalls · Row B · Seat 4" in text_of(cart)
    assert "€62.00" in text_of(cart)


def test_when_stripe_does_not_answer_the_order_waits_and_says_so(
    visitor: Client, house: Performance, stripe: StripeDouble, settings: object
) -> None:
    choose(visitor, house, 8)
    review(visitor)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # type: ignore[attr-defined]

    page = text_of(visitor.post("/checkout/pay/", follow=True))
    assert "Almost there" in page

    settings.STRIPE_API_BASE = stripe.base  # type: ignore[attr-defined]
    assert Order.objects.count() == 1


def test_free_tickets_need_no_payment(visitor: Client, live_tenant: object) -> None:
    free = (
        ZoneDraft("front", "Front", "#3b5bdb", ("front",), {"adult": 0}),
        ZoneDraft("back", "Back", "#0b7285", ("back", "floor"), {"adult": 0}),
    )
    house = open_house(prices={"zones": free, "tiers": TIERS[:1]})
    choose(visitor, house, 8)
    assert "Get your tickets" in review(visitor)

    page = text_of(visitor.post("/checkout/pay/", follow=True))

    assert "You’re going!" in page
    assert "<svg" in page
    assert "Your cart is empty" in text_of(visitor.get("/cart/"))


def test_a_paid_order_shows_its_tickets_even_before_the_webhook(
    visitor: Client, house: Performance, stripe: StripeDouble
) -> None:
    choose(visitor, house, 8, 9)
    review(visitor)
    pay = visitor.post("/checkout/pay/")["Location"]
    session = visitor.get(pay)["Refresh"].rpartition("/")[2]
    stripe.pay(session)

    link = pay.removesuffix("pay/")
    page = text_of(visitor.get(f"{link}?paid=1"))

    assert "You’re going!" in page
    assert page.count('class="ticket__qr"') == 2
    assert visitor.get(f"{link}status/").json() == {"look": "paid"}
    pdf = visitor.get(f"{link}tickets.pdf")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf["Content-Disposition"].startswith("attachment; ")
    printed = pypdf.PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()
    # The number that people call the order, as in the mail.
    assert f"Order {Order.objects.get().number}" in printed


def test_while_the_payment_is_not_known_the_page_waits(
    visitor: Client, house: Performance, stripe: StripeDouble
) -> None:
    choose(visitor, house, 8)
    review(visitor)
    link = visitor.post("/checkout/pay/")["Location"].removesuffix("pay/")

    answer = visitor.get(f"{link}?paid=1")

    assert "One moment, please" in text_of(answer)
    assert answer["Refresh"]
    assert visitor.get(f"{link}status/").json() == {"look": "waiting"}


def test_an_order_whose_time_is_over_offers_to_choose_again(
    visitor: Client, house: Performance, stripe: StripeDouble
) -> None:
    from tenant_apps.checkout import services as checkout

    choose(visitor, house, 8)
    review(visitor)
    link = visitor.post("/checkout/pay/")["Location"].removesuffix("pay/")
    with clock.fixed(clock.now() + timedelta(minutes=16)):
        checkout.end_overdue()

    page = text_of(visitor.get(link))
    assert "This order has expired" in page
    assert "Choose places again" in page


def test_a_forged_or_foreign_link_leads_nowhere(
    visitor: Client, house: Performance, stripe: StripeDouble, other_tenant: object
) -> None:
    from tests.support.http import client_at

    choose(visitor, house, 8)
    review(visitor)
    link = visitor.post("/checkout/pay/")["Location"].removesuffix("pay/")

    assert visitor.get(f"{link[:-3]}xx/").status_code == 404
    stranger = client_at(other_tenant)  # type: ignore[arg-type]
    for path in ("", "status/", "tickets.pdf", "pay/"):
        assert stranger.get(f"{link}{path}").status_code == 404
    assert stranger.post(f"{link}leave/").status_code == 404


def test_only_the_buyers_own_browser_leaves_an_order(
    visitor: Client, house: Performance, stripe: StripeDouble, live_tenant: object
) -> None:
    from tests.support.http import client_at

    choose(visitor, house, 8)
    review(visitor)
    link = visitor.post("/checkout/pay/")["Location"].removesuffix("pay/")

    answer = client_at(live_tenant).post(f"{link}leave/")  # type: ignore[arg-type]

    assert answer.status_code == 409
    assert Order.objects.get().state == "pending"


def test_finding_an_order_answers_the_same_for_everyone(
    visitor: Client, house: Performance, stripe: StripeDouble
) -> None:
    choose(visitor, house, 8)
    review(visitor)
    visitor.post("/checkout/pay/")

    known = visitor.post("/orders/", {"email": ADA["email"]})
    unknown = visitor.post("/orders/", {"email": "nobody@example.org"})

    assert known.status_code == unknown.status_code == 302
    assert known["Location"] == unknown["Location"]
    assert "Look into your mail" in text_of(visitor.get(known["Location"]))
    assert visitor.post("/orders/", {"email": "rubbish"}).status_code == 422


@pytest.mark.parametrize("cookie", ["", "rubbish", "gAAAA" + "x" * 300, "ü", "x" * 5000])
def test_a_broken_cart_cookie_is_an_empty_cart(
    visitor: Client, house: Performance, cookie: str
) -> None:
    visitor.cookies[settings.CART_COOKIE_NAME] = cookie

    assert "Your cart is empty" in text_of(visitor.get("/cart/"))


def test_who_asks_for_places_too_often_is_told_to_wait(
    visitor: Client, house: Performance, settings: object
) -> None:
    settings.HOLDS_PER_SESSION_BURST = 2  # type: ignore[attr-defined]
    settings.HOLDS_PER_SESSION_PER_S = 1  # type: ignore[attr-defined]
    address = f"/performances/{house.public_id}/choose/"
    for place in (8, 9):
        assert visitor.post(address, {"section": "stalls", "place": place}).status_code == 302
    refused = visitor.post(address, {"section": "stalls", "place": 10})
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) >= 1


def test_who_is_blocked_is_told_whom_to_write_to(
    visitor: Client, house: Performance, stripe: StripeDouble
) -> None:
    queueing.list_buyer(
        Entry(Verdict.BLOCKED, What.MAIL, "ada@example.org", "a scalper"), actor=OWNER
    )
    choose(visitor, house, 8)
    review(visitor)

    answer = visitor.post("/checkout/pay/")

    said = text_of(answer)
    assert answer.status_code == 403
    assert "This order cannot be placed online" in said
    assert 'href="mailto:box@aurora.example"' in said
    assert "scalper" not in said
    assert not Order.objects.exists()
    assert "Stalls · Row B · Seat 3" in text_of(visitor.get("/cart/"))
