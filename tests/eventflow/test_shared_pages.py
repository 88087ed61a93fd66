"""Pages from memory: the same for everybody, nobody's things on them, and not for long."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event as Signal
from typing import Any

import httpx
import pytest
import structlog
from django.db import connection

from eventflow.shared_pages import STALE_S, Environ, SharedPages, StartResponse, pages
from eventflow.wsgi import application
from kernel import clock
from public_apps.tenants import queries as tenants
from public_apps.tenants import services
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events import services as events
from tenant_apps.events.domain import Texts
from tenant_apps.events.models import Performance
from tests.support.people import signed_in_member
from tests.support.performances import OWNER
from tests.tenant_apps.storefront.conftest import open_house

PATH = "/events/hamlet/"
LIFE_S = 5
CROWD = 4


@pytest.fixture
def now_s(
    live_tenant: TenantRecord, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[float]]:
    """Pages are kept, by a clock that stands still until a test moves it."""
    now = [1_000.0]
    settings.SHARED_PAGE_SECONDS = LIFE_S
    monkeypatch.setattr(pages, "_now_s", lambda: now[0])
    pages.forget()
    # As after the first request to a host, however long a test takes.
    monkeypatch.setattr(tenants._by_host.fresh, "life_s", 3_600)
    tenants.find_tenant_at(live_tenant.primary_host)
    yield now
    pages.forget()


@pytest.fixture
def house(now_s: list[float]) -> Performance:
    return open_house()


def visitor(tenant: TenantRecord, **cookies: str) -> httpx.Client:
    """Give a browser at the organizer's host, in front of the whole web process."""
    return httpx.Client(
        transport=httpx.WSGITransport(app=application),
        base_url=f"http://{tenant.primary_host}",
        headers={"Accept": "text/html"},
        cookies=cookies,
    )


def headers_of(answer: httpx.Response) -> dict[str, str]:
    """Return all headers but the one that is each answer's own."""
    return {name: value for name, value in answer.headers.items() if name != "x-request-id"}


def rename(house: Performance, title: str, slug: str = "hamlet") -> None:
    events.update_event(
        event_id=house.event_id,
        texts=Texts(slug=slug, title=title, summary="", description="", language="en"),
        actor=OWNER,
    )


def test_two_visitors_get_the_same_bytes(house: Performance, live_tenant: TenantRecord) -> None:
    # As one has it that was at a form a moment ago, or at a partner's page.
    first = visitor(live_tenant, csrftoken="a" * 32, ef_buyer="somebody", _ga="GA1.2")
    one = first.get(f"{PATH}?utm_source=letter", headers={"User-Agent": "Anna's"})
    other = visitor(live_tenant).get(PATH, headers={"User-Agent": "Ben's"})

    assert one.content == other.content
    assert headers_of(one) == headers_of(other)
    assert one.headers["X-Request-Id"] != other.headers["X-Request-Id"]
    assert one.headers["ETag"]
    for answer in (one, other):
        assert "set-cookie" not in answer.headers
        for word in ("csrf", "somebody", "letter", "Anna"):
            assert word not in answer.text


def test_what_is_kept_is_what_a_stranger_is_shown_without_it(
    house: Performance, live_tenant: TenantRecord, settings: Any
) -> None:
    made, kept = visitor(live_tenant).get(PATH), visitor(live_tenant).get(PATH)
    settings.SHARED_PAGE_SECONDS = 0
    without = visitor(live_tenant).get(PATH)

    assert made.content == kept.content == without.content
    assert headers_of(made) == headers_of(kept)
    of_memory = {"etag", "cache-control"}
    assert {k: v for k, v in headers_of(kept).items() if k not in of_memory} == {
        k: v for k, v in headers_of(without).items() if k not in of_memory
    }
    assert without.headers["Cache-Control"] == "private, no-cache"
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options"):
        assert kept.headers[name]


def test_a_kept_page_asks_the_database_nothing(
    house: Performance, live_tenant: TenantRecord
) -> None:
    made = visitor(live_tenant).get(PATH)

    def refuse(*_: object) -> None:
        raise AssertionError("a query")

    with connection.execute_wrapper(refuse):
        assert visitor(live_tenant).get(PATH).content == made.content


def test_a_cart_is_shown_to_its_buyer_alone(house: Performance, live_tenant: TenantRecord) -> None:
    buyer = visitor(live_tenant)
    seats = f"/performances/{house.public_id}/"
    buyer.get(seats)
    form = {"section": "stalls", "place": ["0"], "csrfmiddlewaretoken": buyer.cookies["csrftoken"]}
    assert buyer.post(f"{seats}choose/", data=form).status_code == 302
    assert buyer.get("/cart/").status_code == 200
    # The buyer asks first: it is not their page that is kept.
    theirs, others, again = buyer.get(PATH), visitor(live_tenant).get(PATH), buyer.get(PATH)

    assert "site-nav__cart" in theirs.text
    assert "site-nav__cart" not in others.text
    assert "site-nav__cart" in again.text
    assert theirs.headers["Cache-Control"] == "private, no-cache"
    for answer in (theirs, others):
        assert "Cookie" in answer.headers["Vary"]


def test_who_is_signed_in_sees_a_change_at_once(
    house: Performance, live_tenant: TenantRecord
) -> None:
    session = signed_in_member(live_tenant).cookies["sessionid"].value
    visitor(live_tenant).get(PATH)
    rename(house, "Hamlet, Prince")

    answer = visitor(live_tenant, sessionid=session).get(PATH)

    assert "Hamlet, Prince" in answer.text
    assert answer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("header", ["Authorization", "EventFlow-Session"])
def test_who_says_who_they_are_gets_a_page_of_their_own(
    house: Performance, live_tenant: TenantRecord, header: str
) -> None:
    visitor(live_tenant).get(PATH)
    answer = visitor(live_tenant).get(PATH, headers={header: "Bearer of-somebody"})
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_change_is_seen_after_the_seconds_that_are_said(
    house: Performance, live_tenant: TenantRecord, now_s: list[float]
) -> None:
    browser = visitor(live_tenant)
    assert browser.get(PATH).headers["Cache-Control"] == (
        f"public, max-age=0, s-maxage={LIFE_S}, stale-while-revalidate={STALE_S}"
    )
    rename(house, "Hamlet, Prince")
    assert "Hamlet, Prince" not in browser.get(PATH).text
    now_s[0] += LIFE_S
    assert "Hamlet, Prince" in browser.get(PATH).text


def test_an_unchanged_page_is_not_sent_again(
    house: Performance, live_tenant: TenantRecord, now_s: list[float]
) -> None:
    browser = visitor(live_tenant)
    tag = browser.get(PATH).headers["ETag"]

    same = browser.get(PATH, headers={"If-None-Match": f'"another", W/{tag}'})
    now_s[0] += LIFE_S
    made_again = browser.get(PATH, headers={"If-None-Match": tag})
    rename(house, "Hamlet, Prince")
    now_s[0] += LIFE_S
    changed = browser.get(PATH, headers={"If-None-Match": tag})

    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["ETag"] == tag
    assert same.headers["Cache-Control"].startswith("public")
    assert made_again.status_code == 304
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


@pytest.mark.parametrize("rubbish", ["rubbish", "*x", '"', 'W/"', ",,"])
def test_a_rubbish_tag_is_no_tag(
    house: Performance, live_tenant: TenantRecord, rubbish: str
) -> None:
    answer = visitor(live_tenant).get(PATH, headers={"If-None-Match": rubbish})
    assert answer.status_code == 200


def test_a_question_for_the_head_has_no_body(house: Performance, live_tenant: TenantRecord) -> None:
    head, page = visitor(live_tenant).head(PATH), visitor(live_tenant).get(PATH)
    assert head.content == b""
    assert headers_of(head) == headers_of(page)


def test_a_page_that_counts_down_ends_with_the_waiting(
    live_tenant: TenantRecord, now_s: list[float]
) -> None:
    # A sale opens at a whole second, whatever was asked for.
    opens_at = clock.now().replace(microsecond=0) + timedelta(seconds=30)
    open_house(sale_opens_at=opens_at)
    with clock.fixed(opens_at - timedelta(seconds=2)):
        counting = visitor(live_tenant).get(PATH)
    now_s[0] += 2
    with clock.fixed(opens_at):
        opened = visitor(live_tenant).get(PATH)

    assert 'data-countdown="2"' in counting.text
    # No memory of a proxy makes it longer either.
    assert counting.headers["Cache-Control"] == "public, max-age=0, s-maxage=2"
    assert "Choose places" in opened.text


def test_a_suspended_organizers_pages_end_at_once(
    house: Performance, live_tenant: TenantRecord
) -> None:
    assert visitor(live_tenant).get(PATH).status_code == 200
    services.suspend(slug=live_tenant.slug, reason="a test", actor=SYSTEM)
    try:
        assert visitor(live_tenant).get(PATH).status_code == 503
    finally:
        services.resume(slug=live_tenant.slug, actor=SYSTEM)
        tenants.forget_cached()


def test_a_host_that_nobody_has_is_shown_nothing(
    house: Performance, live_tenant: TenantRecord
) -> None:
    visitor(live_tenant).get(PATH)
    for host in ("nobody.localhost", "localhost", f"{live_tenant.primary_host}:x", "", "..:"):
        answer = visitor(live_tenant).get(PATH, headers={"Host": host})
        assert answer.status_code in {400, 404}, host
        assert "Hamlet" not in answer.text


def test_what_is_refused_is_not_kept(house: Performance, live_tenant: TenantRecord) -> None:
    assert visitor(live_tenant).get("/events/macbeth/").status_code == 404
    rename(house, "Macbeth", slug="macbeth")
    assert visitor(live_tenant).get("/events/macbeth/").status_code == 200


def test_a_page_with_a_form_is_made_for_each(house: Performance, live_tenant: TenantRecord) -> None:
    for path in (f"/performances/{house.public_id}/", "/orders/", "/sign-in/"):
        first, second = visitor(live_tenant).get(path), visitor(live_tenant).get(path)
        assert "public" not in first.headers.get("Cache-Control", ""), path
        assert first.headers["Set-Cookie"] != second.headers["Set-Cookie"], path


def test_the_log_names_organizer_route_and_request(
    house: Performance, live_tenant: TenantRecord
) -> None:
    visitor(live_tenant).get(PATH)
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as said:
        answer = visitor(live_tenant).get(f"{PATH}?key=secret")

    [line] = [entry for entry in said if entry["event"] == "request"]
    assert line["tenant"] == live_tenant.schema_name
    assert (line["route"], line["status"]) == ("/events/<slug:slug>/", 200)
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert "secret" not in str(line)


def ask(made_by: SharedPages, tenant: TenantRecord) -> tuple[str, bytes]:
    """Ask a web process as one stranger does; status and body."""
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": PATH,
        "HTTP_HOST": tenant.primary_host,
        "wsgi.url_scheme": "http",
    }
    heard: list[str] = []
    body = b"".join(made_by(environ, lambda status, headers: heard.append(status)))
    return heard[0], body


def answering(
    status: str, body: Callable[[], bytes], **headers: str
) -> Callable[[Environ, StartResponse], Iterable[bytes]]:
    """Give what stands in Django's place."""

    def django(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        text = body()
        start_response(status, [("X-Request-Id", "r" * 8), *headers.items()])
        return [text]

    return django


def test_while_a_page_cannot_be_made_again_the_last_one_stands(
    live_tenant: TenantRecord, now_s: list[float]
) -> None:
    """For those who come while one of them tries; who tries is told the truth."""
    meanwhile: list[tuple[str, bytes]] = []

    def away() -> bytes:
        meanwhile.append(ask(web, live_tenant))
        return b"away"

    web = SharedPages(answering("200 OK", lambda: b"page"))
    ask(web, live_tenant)
    now_s[0] += LIFE_S
    web.application = answering("503 Service Unavailable", away)

    assert ask(web, live_tenant) == ("503 Service Unavailable", b"away")
    assert meanwhile == [("200 OK", b"page")]


def test_who_breaks_while_making_a_page_keeps_nobody_waiting(
    live_tenant: TenantRecord, now_s: list[float]
) -> None:
    def breaks() -> bytes:
        raise RuntimeError("a bug")

    web = SharedPages(answering("200 OK", breaks))
    with pytest.raises(RuntimeError):
        ask(web, live_tenant)
    web.application = answering("200 OK", lambda: b"page")
    assert ask(web, live_tenant) == ("200 OK", b"page")


def test_a_page_that_sets_a_cookie_is_given_to_nobody_else(
    live_tenant: TenantRecord, now_s: list[float]
) -> None:
    numbers = iter((b"one", b"two"))
    web = SharedPages(answering("200 OK", lambda: next(numbers), **{"Set-Cookie": "basket=mine"}))
    with structlog.testing.capture_logs() as said:
        answers = [ask(web, live_tenant)[1] for _ in range(2)]

    assert answers == [b"one", b"two"]
    assert [entry["event"] for entry in said] == ["shared_page_sets_cookies"] * 2


def made_by_a_crowd(tenant: TenantRecord) -> int:
    """Let a crowd ask for one page at the same moment; how often it is made."""
    made, coming, all_came = [], [], Signal()

    def slow() -> bytes:
        made.append(1)
        assert all_came.wait(10)
        return b"page"

    def visit() -> tuple[str, bytes]:
        coming.append(1)
        if len(coming) == CROWD:
            all_came.set()
        return ask(web, tenant)

    web = SharedPages(answering("200 OK", slow))
    with ThreadPoolExecutor(CROWD) as threads:
        visits = [threads.submit(visit) for _ in range(CROWD)]
        assert [each.result(timeout=20) for each in visits] == [("200 OK", b"page")] * CROWD
    return len(made)


def test_a_crowd_makes_a_page_once(live_tenant: TenantRecord, now_s: list[float]) -> None:
    assert made_by_a_crowd(live_tenant) == 1


def test_the_crowd_is_real_when_nothing_is_kept(
    live_tenant: TenantRecord, now_s: list[float], settings: Any
) -> None:
    """If this test fails, the one above proves nothing."""
    settings.SHARED_PAGE_SECONDS = 0
    assert made_by_a_crowd(live_tenant) == CROWD


def language_of(answer: httpx.Response) -> str:
    return answer.text.partition('<html lang="')[2].partition('"')[0]


def test_pages_are_kept_by_language(house: Performance, live_tenant: TenantRecord) -> None:
    tags = set()
    for _ in range(2):
        for language in ("en", "de", "fr", "es", "ar"):
            answer = visitor(live_tenant).get(PATH, headers={"Accept-Language": language})
            assert language_of(answer) == answer.headers["Content-Language"] == language
            assert {"Cookie", "Accept-Language"} <= set(answer.headers["Vary"].split(", "))
            tags.add(answer.headers["ETag"])
    assert len(tags) == 5


def test_who_chose_a_language_is_given_the_kept_page_too(
    house: Performance, live_tenant: TenantRecord, settings: Any
) -> None:
    chosen = visitor(live_tenant, **{"a": "b", settings.LANGUAGE_COOKIE_NAME: "es"})
    by_cookie = chosen.get(PATH, headers={"Accept-Language": "de"})
    by_browser = visitor(live_tenant).get(PATH, headers={"Accept-Language": "es"})
    assert language_of(by_cookie) == language_of(by_browser) == "es"
    assert by_cookie.headers["ETag"] == by_browser.headers["ETag"]

    rubbish = visitor(live_tenant, **{settings.LANGUAGE_COOKIE_NAME: "../../etc"})
    assert language_of(rubbish.get(PATH, headers={"Accept-Language": "de"})) == "de"
