"""In which language a page is written, and how a visitor chooses another."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from public_apps.tenants.domain import TenantRecord
from tenant_apps.events.models import Performance
from tests.support.http import client_at
from tests.support.people import signed_in_member
from tests.tenant_apps.storefront.conftest import open_house

HEADINGS = {
    "en": "What’s on",
    "de": "Programm",
    "fr": "À l’affiche",
    "es": "Programación",
    "ar": "البرنامج",
}


@pytest.fixture
def house(live_tenant: TenantRecord) -> Performance:
    return open_house()


@pytest.fixture
def visitor(live_tenant: TenantRecord) -> Client:
    return client_at(live_tenant, enforce_csrf_checks=True)


def language_of(page: str) -> str:
    found = re.search(r'<html lang="([a-z-]+)" dir="(ltr|rtl)">', page)
    assert found
    assert (found[2] == "rtl") is (found[1] == "ar")
    return found[1]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("fr-CA", "fr"),
        ("pt,es;q=0.5", "es"),
        ("ar-EG,en;q=0.2", "ar"),
        ("ja", "en"),
        ("", "en"),
        ("x" * 600, "en"),
    ],
)
def test_the_browser_says_the_language(visitor: Client, accepted: str, language: str) -> None:
    answer = visitor.get("/", headers={"accept-language": accepted})
    page = answer.content.decode()
    assert language_of(page) == language
    assert HEADINGS[language] in page
    assert answer["Content-Language"] == language
    assert "Accept-Language" in answer["Vary"]


def test_every_language_is_offered_by_its_own_name(visitor: Client) -> None:
    page = visitor.get("/", headers={"accept-language": "de"}).content.decode()
    offered = re.findall(
        r'name="language" value="([a-z]+)" lang="([a-z]+)"( aria-current="true")?><bdi>([^<]+)',
        page,
    )
    assert [(code, name) for code, _, _, name in offered] == settings.LANGUAGES
    assert all(code == lang for code, lang, _, _ in offered)
    assert [code for code, _, current, _ in offered if current] == ["de"]


def test_a_chosen_language_stays_and_leads_back(visitor: Client, house: Performance) -> None:
    where = f"/performances/{house.public_id}/?section=stalls"
    page = visitor.get(where, headers={"accept-language": "de"}).content.decode()
    assert f'name="next" value="{where}"' in page

    answer = visitor.post("/language/", {"language": "ar", "next": where})

    assert (answer.status_code, answer["Location"]) == (302, where)
    cookie = answer.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie.value, cookie["domain"], cookie["samesite"]) == ("ar", "", "Lax")
    again = visitor.get(where, headers={"accept-language": "de"})
    assert language_of(again.content.decode()) == "ar"


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "", "\\\\evil"]
)
def test_nobody_is_led_elsewhere(visitor: Client, address: str) -> None:
    answer = visitor.post("/language/", {"language": "de", "next": address})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("language", ["xx", "", "de; Path=/x", "zh-hans"])
def test_a_language_that_there_is_not_is_not_kept(visitor: Client, language: str) -> None:
    answer = visitor.post("/language/", {"language": language, "next": "/orders/"})
    assert answer["Location"] == "/orders/"
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies


def test_from_a_page_that_answers_a_form_one_comes_back_to_the_form(
    live_tenant: TenantRecord,
) -> None:
    visitor = client_at(live_tenant)
    page = visitor.post(
        "/orders/",
        {"email": "nothing"},
        headers={"referer": f"http://{visitor_host(visitor)}/orders/"},
    )
    assert 'name="next" value="/orders/"' in page.content.decode()
    page = visitor.post("/orders/", {"email": "nothing"}, headers={"referer": "http://x.example/y"})
    assert 'name="next" value="/"' in page.content.decode()


def visitor_host(visitor: Client) -> str:
    return str(visitor.defaults["HTTP_HOST"])


def test_pages_that_are_not_translated_are_english_throughout(
    visitor: Client, live_tenant: TenantRecord
) -> None:
    german = {"accept-language": "de"}
    page = visitor.get("/sign-in/", headers=german).content.decode()
    assert language_of(page) == "en"
    assert "My tickets" in page
    assert 'name="language"' not in page
    member = signed_in_member(live_tenant, "owner")
    console = member.get("/console/", headers=german)
    assert language_of(console.content.decode()) == "en"
    answer = visitor.get("/api/v1/events", headers={**german, "accept": "application/json"})
    assert answer["Content-Language"] == "en"


def test_refusals_are_in_the_readers_language(visitor: Client) -> None:
    visitor.get("/", headers={"accept-language": "ar"})
    lost = visitor.get("/nowhere/", headers={"accept-language": "de"})
    assert "Hier ist nichts" in lost.content.decode()
    gone = visitor.get("/performances/prf_nothing/", headers={"accept-language": "de"})
    assert "Diesen Termin gibt es nicht." in gone.content.decode()
    program = visitor.get(
        "/performances/prf_nothing/",
        headers={"accept-language": "de", "accept": "application/json"},
    )
    assert program.json()["title"] == "There is no such performance."


def test_a_closed_shop_says_so_to_each_in_their_language(
    visitor: Client, live_tenant: TenantRecord
) -> None:
    """The refusal comes before the page: nothing of the request before may be left in it."""
    with translation.override("ar"):
        stranger = Client(headers={"host": "nobody.localhost", "accept": "text/html"})
        page = stranger.get("/", headers={"accept-language": "fr"}).content.decode()
    assert language_of(page) == "fr"
    assert "Il n’y a pas d’organisateur à cette adresse" in page
