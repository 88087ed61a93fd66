"""A sale from the programme to the ticket in each language, with no English left over."""

from __future__ import annotations

import html
import io
import re

import pypdf
import pytest
from django.core import mail
from django.test import Client
from django.utils import translation

from eventflow.translations import catalogues
from public_apps.tenants.domain import TenantRecord
from tenant_apps.events.models import Performance
from tenant_apps.orders.models import Order
from tenant_apps.payments import services as payments
from tenant_apps.storefront.views.problems import WORDS
from tests.support.http import client_at
from tests.support.performances import OWNER
from tests.support.queue import drain
from tests.support.stripe import StripeDouble
from tests.tenant_apps.storefront.test_buying import choose

LANGUAGES = tuple(catalogues.LANGUAGES)
# What the house calls its parts, which are words of ours elsewhere.
OF_THE_HOUSE = {"Floor", "Front", "Name"}
ADA = {"name": "Ada Lovelace", "email": "ada@example.org"}
SEAT = {
    "de": "Stalls · Reihe B · Platz 3",
    "fr": "Stalls · Rangée B · Place 3",
    "es": "Stalls · Fila B · Asiento 3",
    "ar": "Stalls · الصف B · المقعد 3",
}
TOTAL = {
    "de": "82,00\xa0€",
    "fr": "82,00\xa0€",
    "es": "82,00\xa0€",
    "ar": "\N{RIGHT-TO-LEFT MARK}82.00\xa0€",
}
ISOLATES = str.maketrans("", "", "\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}")


def words_of(page: str) -> str:
    """Return what a visitor reads or hears of a page, but for the organizer's own words."""
    page = re.sub(r"<(bdi|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    heard = re.findall(r'(?:aria-label|title|placeholder|data-[\w-]+)="([^"]*)"', page)
    page = re.sub(r"<form class=\"languages\".*?</form>", " ", page, flags=re.DOTALL)
    return html.unescape("\n".join([re.sub(r"<[^>]+>", "\n", page), *heard]))


def english_in(text: str, language: str) -> list[str]:
    """Return our English texts that stand in a text of that language."""
    lines = {line.strip() for line in text.splitlines()}
    found = []
    for entry in catalogues.read(language):
        texts = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        given = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        for each in texts:
            if not each or each in OF_THE_HOUSE or each in given or "%" in each or len(each) < 4:
                continue
            # A short one may be a part of any word; a sentence may have others around it.
            if each in lines or (len(each) > 20 and each in text):
                found.append(each)
    return found


@pytest.fixture
def connected(stripe_double: StripeDouble, live_tenant: TenantRecord) -> StripeDouble:
    payments.connect_account(account_id=stripe_double.new_account(), actor=OWNER)
    return stripe_double


def client_in(tenant: TenantRecord, language: str) -> Client:
    client = client_at(tenant)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    return client


def page_of(visitor: Client, path: str, language: str, status: int = 200) -> str:
    """Fetch a page, which must be in the language throughout, and return its words."""
    answer = visitor.get(path)
    assert answer.status_code == status, path
    page = answer.content.decode()
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
    words = words_of(page)
    assert english_in(words, language) == [], path
    return words.translate(ISOLATES)


def pay(visitor: Client, double: StripeDouble) -> str:
    """Pay for what is in the cart; the path of the order's page."""
    visitor.post("/checkout/", ADA)
    way = visitor.post("/checkout/pay/")["Location"]
    double.pay(visitor.get(way)["Refresh"].rpartition("/")[2])
    return str(way.removesuffix("pay/"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_way_to_the_ticket_is_in_the_buyers_language(
    language: str, house: Performance, live_tenant: TenantRecord, connected: StripeDouble
) -> None:
    visitor = client_in(live_tenant, language)
    seats = f"/performances/{house.public_id}/"
    for path in ("/", "/events/hamlet/", seats, f"{seats}?section=stalls", "/cart/", "/orders/"):
        page_of(visitor, path, language)
    page_of(visitor, "/nowhere/", language, status=404)
    choose(visitor, house, 8, 9)
    assert SEAT[language] in page_of(visitor, "/cart/", language)
    wrong = words_of(visitor.post("/checkout/", {"name": "", "email": "x"}).content.decode())
    assert english_in(wrong, language) == []
    page_of(visitor, "/checkout/", language)
    visitor.post("/checkout/", ADA)
    assert TOTAL[language] in page_of(visitor, "/checkout/review/", language)
    order = pay(visitor, connected)
    page = page_of(visitor, f"{order}?paid=1", language)
    assert SEAT[language] in page
    assert TOTAL[language] in page
    assert Order.objects.get().locale == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_mail_and_ticket_are_in_the_orders_language(
    language: str, house: Performance, live_tenant: TenantRecord, connected: StripeDouble
) -> None:
    visitor = client_in(live_tenant, language)
    choose(visitor, house, 8, 9)
    visitor.get(f"{pay(visitor, connected)}?paid=1")
    drain()

    (letter,) = mail.outbox
    for text in (str(letter.body), words_of(str(letter.alternatives[0][0]))):
        assert english_in(text, language) == []
        assert SEAT[language] in text.translate(ISOLATES)
        assert TOTAL[language] in text
    assert f'<html lang="{language}"' in letter.alternatives[0][0]
    content = letter.attachments[0][1]
    ticket = pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert english_in(ticket, language) == []
    assert pypdf.PdfReader(io.BytesIO(content)).trailer["/Root"]["/Lang"] == language


def test_english_that_is_left_over_is_found(house: Performance, live_tenant: TenantRecord) -> None:
    """If this test fails, the ones above prove nothing."""
    page = words_of(client_in(live_tenant, "en").get("/events/hamlet/").content.decode())
    for language in LANGUAGES:
        assert {"Dates and tickets", "Get tickets", "Choose places"} <= set(
            english_in(page, language)
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_buyer_can_do_about_a_refusal_is_translated(language: str) -> None:
    with translation.override(language):
        for code, problem in WORDS.items():
            said = f"{problem.title}\n{problem.text}"
            assert english_in(said, language) == [], code


def test_numbers_of_things_have_all_six_arabic_forms() -> None:
    with translation.override("ar"):
        said = [
            translation.ngettext("%(n)s place", "%(n)s places", n) % {"n": n}
            for n in (1, 2, 3, 11, 100)
        ]
    assert said == ["مكان واحد", "مكانان", "3 أماكن", "11 مكانًا", "100 مكان"]
