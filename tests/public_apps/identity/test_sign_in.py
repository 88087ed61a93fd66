from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from kernel import clock
from kernel.db import public_context, tenant_context
from public_apps.identity import services, signin
from public_apps.identity.models import User
from public_apps.tenants.domain import TenantRecord
from tests.support import queue
from tests.support.http import client_at

PASSWORD = "correct horse battery"
NEW = "staple paper clip drawer"


@pytest.fixture
def ada(live_tenant: TenantRecord) -> User:
    return services.create_user(email="Ada@Example.org", password=PASSWORD, name="Ada")


@pytest.fixture
def browser(live_tenant: TenantRecord) -> Client:
    return client_at(live_tenant)


def sign_in(client: Client, email: str = "ada@example.org", password: str = PASSWORD) -> Any:
    return client.post("/sign-in/", {"login": email, "password": password})


def link_in_the_mail() -> str:
    [message] = mail.outbox
    found = re.search(r"https?://[^/\s]+(/password/new/\S+)", str(message.body))
    assert found
    return found[1]


def test_a_member_signs_in_and_out_in_the_tenants_schema(ada: User, browser: Client) -> None:
    answer = sign_in(browser, "ADA@example.org ")
    assert (answer.status_code, answer["Location"]) == (302, "/console/")
    assert Session.objects.count() == 1
    with public_context():
        assert Session.objects.count() == 0

    assert browser.get("/password/change/").status_code == 200
    assert browser.post("/sign-out/").status_code == 302
    assert browser.get("/password/change/").status_code == 302


def test_a_session_is_another_one_after_signing_in(ada: User, browser: Client) -> None:
    browser.get("/sign-in/")
    session = browser.session
    session["planted"] = True
    session.save()
    before = browser.cookies[settings.SESSION_COOKIE_NAME].value
    sign_in(browser)
    after = browser.cookies[settings.SESSION_COOKIE_NAME].value
    assert after != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_session_of_one_tenant_is_nobody_at_another(
    ada: User, browser: Client, other_tenant: TenantRecord
) -> None:
    sign_in(browser)
    for elsewhere in (other_tenant, None):
        stranger = client_at(elsewhere)
        stranger.cookies = browser.cookies
        assert stranger.get("/password/change/").status_code == 302


def test_a_member_is_unknown_at_another_tenant_and_at_the_platform(
    ada: User, other_tenant: TenantRecord
) -> None:
    for elsewhere in (other_tenant, None):
        answer = sign_in(client_at(elsewhere))
        assert answer.status_code == 422
        assert "not right" in answer.content.decode()


def test_an_operator_signs_in_at_the_public_host_only(live_tenant: TenantRecord) -> None:
    from tests.support.actors import Tester

    with public_context():
        services.create_operator(
            email="root@example.org", password=PASSWORD, name="Root", actor=Tester()
        )
    assert sign_in(client_at(None), "root@example.org").status_code == 302
    assert sign_in(client_at(live_tenant), "root@example.org").status_code == 422


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.org", "wrong"),
        ("nobody@example.org", PASSWORD),
        ("idle@example.org", PASSWORD),
    ],
)
def test_what_was_wrong_is_not_said(ada: User, browser: Client, email: str, password: str) -> None:
    idle = services.create_user(email="idle@example.org", password=PASSWORD)
    services.deactivate(idle)
    answer = sign_in(browser, email, password)
    assert answer.status_code == 422
    assert "The mail address or the password is not right." in answer.content.decode()


def test_a_deactivated_users_session_is_over(ada: User, browser: Client) -> None:
    sign_in(browser)
    services.deactivate(ada)
    assert browser.get("/password/change/").status_code == 302


@pytest.mark.parametrize("field", ["login", "password"])
def test_rubbish_is_refused(browser: Client, field: str) -> None:
    for value in ("", "x" * 100_000, "a\0b", "\ud800".encode("utf-8", "replace")):
        answer = browser.post("/sign-in/", {"login": "a@b.example", "password": "x", field: value})
        assert answer.status_code == 422


class CountingHasher(Argon2PasswordHasher):
    """The real hash, which takes nearly all of the time, and how often it was computed."""

    computed: ClassVar[list[str]] = []

    def encode(self, *args: Any, **kwargs: Any) -> str:
        self.computed.append("encode")
        return super().encode(*args, **kwargs)

    def verify(self, *args: Any, **kwargs: Any) -> bool:
        self.computed.append("verify")
        return super().verify(*args, **kwargs)


def test_strangers_wait_as_long_as_members(ada: User, browser: Client, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    ada.set_password(PASSWORD)
    ada.save(update_fields=["password"])
    idle = services.create_user(email="idle@example.org", password=PASSWORD)
    services.deactivate(idle)
    for email in ("ada@example.org", "nobody@example.org", "idle@example.org"):
        CountingHasher.computed.clear()
        assert sign_in(browser, email, "wrong").status_code == 422
        assert len(CountingHasher.computed) == 1


def test_guessing_ends_in_a_429_page_for_the_account(ada: User, live_tenant: TenantRecord) -> None:
    statuses = []
    for turn in range(12):
        # A port of the guesser's choice and an address of the guesser's choice do not help.
        guesser = client_at(live_tenant, REMOTE_ADDR=f"192.0.2.{turn}")
        answer = guesser.post(
            "/sign-in/",
            {"login": "ada@example.org", "password": "wrong"},
            headers={"host": f"{live_tenant.primary_host}:{8000 + turn}"},
        )
        statuses.append(answer.status_code)
    assert statuses == [422] * 10 + [429] * 2
    assert "Too many failed attempts" in answer.content.decode()
    assert int(answer["Retry-After"]) == signin.FAILED_RETRY_S


def test_guessing_accounts_ends_in_a_429_page_for_the_address(browser: Client) -> None:
    statuses = [sign_in(browser, f"u{n}@example.org", "wrong").status_code for n in range(12)]
    assert statuses == [422] * 10 + [429] * 2


def test_an_ipv6_neighbour_counts_as_the_same_guesser(live_tenant: TenantRecord) -> None:
    statuses = [
        sign_in(
            client_at(live_tenant, REMOTE_ADDR=f"2001:db8::{n:x}"), f"u{n}@example.org", "wrong"
        ).status_code
        for n in range(11)
    ]
    assert statuses[-1] == 429


def test_one_tenants_guesser_does_not_lock_another_tenant(
    ada: User, live_tenant: TenantRecord, other_tenant: TenantRecord
) -> None:
    for _ in range(11):
        answer = sign_in(client_at(live_tenant), "ada@example.org", "wrong")
    assert answer.status_code == 429
    assert sign_in(client_at(other_tenant), "ada@example.org", "wrong").status_code == 422


def test_a_forgotten_password_is_set_by_mail_once(ada: User, browser: Client) -> None:
    elsewhere = client_at_same(browser)
    sign_in(elsewhere)

    asked = browser.post("/password/forgotten/", {"email": "ADA@example.org"})
    assert (asked.status_code, asked["Location"]) == (302, "/password/forgotten/sent/")
    assert mail.outbox == []
    queue.drain()
    link = link_in_the_mail()
    assert mail.outbox[0].to == ["ada@example.org"]

    form = browser.get(link, follow=True)
    assert form.status_code == 200
    assert link.split("/")[-2] not in form.request["PATH_INFO"]  # not in a Referer either
    weak = browser.post(form.request["PATH_INFO"], {"password1": "1234", "password2": "1234"})
    assert weak.status_code == 422
    done = browser.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert done.status_code == 302

    assert client_at_same(browser).get(link).status_code == 404
    assert elsewhere.get("/password/change/").status_code == 302
    assert sign_in(client_at_same(browser)).status_code == 422
    assert sign_in(client_at_same(browser), password=NEW).status_code == 302
    mail.outbox.clear()
    queue.drain()
    assert "was changed" in mail.outbox[0].subject


def client_at_same(client: Client) -> Client:
    return Client(headers={"host": client.defaults["HTTP_HOST"], "accept": "text/html"})


def test_asking_for_a_stranger_looks_the_same_and_mails_nobody(ada: User, browser: Client) -> None:
    answers = [
        browser.post("/password/forgotten/", {"email": email})
        for email in ("ada@example.org", "nobody@example.org")
    ]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0]["Location"] == answers[1]["Location"]
    sent = queue.waiting()
    assert [set(arguments) for _, arguments in sent] == [{"email", "origin", "schema_name"}] * 2
    for _, arguments in sent:
        services.mail_reset_link(email=arguments["email"], origin=arguments["origin"])
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]


def test_asking_again_and_again_ends_in_a_429_page(ada: User, live_tenant: TenantRecord) -> None:
    statuses = [
        client_at(live_tenant, REMOTE_ADDR=f"192.0.2.{n}")
        .post("/password/forgotten/", {"email": "ada@example.org"})
        .status_code
        for n in range(7)
    ]
    assert statuses == [302] * 5 + [429] * 2


def test_the_link_leads_to_our_host_whatever_port_was_asked(
    ada: User, live_tenant: TenantRecord
) -> None:
    client = Client(headers={"host": f"{live_tenant.primary_host}:6666", "accept": "text/html"})
    client.post("/password/forgotten/", {"email": "ada@example.org"})
    queue.drain()
    assert ":6666" not in str(mail.outbox[0].body)


def test_a_reset_link_is_rubbish_at_another_tenant(
    ada: User, live_tenant: TenantRecord, other_tenant: TenantRecord
) -> None:
    """Even for a copy of the user: same key, same public id, same password hash."""
    ada.refresh_from_db()
    link = services.reset_link(ada, origin="")
    token = link.split("/")[-2]
    with tenant_context(other_tenant.schema_name):
        twin = User(
            pk=ada.pk, public_id=ada.public_id, email=ada.email, password=ada.password, name="Twin"
        )
        twin.save(force_insert=True)
        twin.refresh_from_db()
        assert not signin.ResetTokens().check_token(twin, token)
    assert client_at(other_tenant).get(link).status_code == 404
    assert client_at(None).get(link).status_code == 404
    assert client_at(live_tenant).get(link).status_code == 302


def test_the_default_tokens_would_be_good_at_another_tenant(
    ada: User, other_tenant: TenantRecord
) -> None:
    """If this test fails, the one above proves nothing."""
    from django.contrib.auth.tokens import PasswordResetTokenGenerator

    ada.refresh_from_db()
    token = PasswordResetTokenGenerator().make_token(ada)
    with tenant_context(other_tenant.schema_name):
        twin = User(
            pk=ada.pk, public_id=ada.public_id, email=ada.email, password=ada.password, name="Twin"
        )
        twin.save(force_insert=True)
        assert PasswordResetTokenGenerator().check_token(twin, token)


@pytest.mark.parametrize(
    "path",
    [
        "/password/new/usr_x/y/",
        "/password/new/a%00b/c/",
        "/password/new/1/set-password/",
        f"/password/new/{'x' * 5000}/y/",
    ],
)
def test_a_link_that_is_rubbish_is_a_404_page(browser: Client, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "does not work any more" in answer.content.decode()


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(
    ada: User, browser: Client
) -> None:
    sign_in(browser)
    other = client_at_same(browser)
    sign_in(other)
    answer = browser.post(
        "/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    )
    assert answer.status_code == 302
    assert browser.get("/password/change/").status_code == 200
    assert other.get("/password/change/").status_code == 302


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere_after_signing_in(ada: User, browser: Client, path: str) -> None:
    answer = browser.post(
        "/sign-in/", {"login": "ada@example.org", "password": PASSWORD, "next": path}
    )
    assert answer["Location"] == "/console/"


def test_there_is_no_sign_up_and_no_other_door(browser: Client) -> None:
    for path in ("/signup/", "/accounts/signup/", "/login/code/", "/email/", "/confirm-email/x/"):
        assert browser.get(path).status_code == 404


def test_every_page_of_signing_in_can_be_drawn(ada: User, browser: Client) -> None:
    for path in (
        "/sign-in/",
        "/password/forgotten/",
        "/password/forgotten/sent/",
        "/password/new/done/",
    ):
        answer = browser.get(path)
        assert answer.status_code == 200
        assert "style=" not in answer.content.decode()
    sign_in(browser)
    for path in ("/sign-out/", "/password/change/", "/password/changed/"):
        assert browser.get(path).status_code == 200


@pytest.mark.parametrize(
    "cookie", ['"\\000abcdefgh"', "x" * 5000, "ünïcode", "%00%00%00%00", "' OR 1"]
)
def test_a_session_cookie_of_rubbish_is_no_session(live_tenant: TenantRecord, cookie: str) -> None:
    client = client_at(live_tenant)
    answer = client.get("/password/change/", HTTP_COOKIE=f"{settings.SESSION_COOKIE_NAME}={cookie}")
    assert answer.status_code == 302


def test_sessions_that_are_over_are_deleted(ada: User, browser: Client) -> None:
    sign_in(browser)
    assert services.forget_expired_sessions() == 0
    with clock.fixed(clock.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE + 1)):
        assert services.forget_expired_sessions() == 1
