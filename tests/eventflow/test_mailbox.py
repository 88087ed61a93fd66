from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, send_mail
from django.test import Client
from django.urls import Resolver404, resolve

from eventflow.local.mail import deliver
from public_apps.tenants.domain import TenantRecord
from tests.support.http import client_at


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "eventflow.local.mail.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    settings.PUBLIC_SCHEMA_URLCONF = "tests.support.mailbox_urls"
    return tmp_path / "mail"


@pytest.fixture
def client(database: None) -> Client:
    return client_at(None)


def send(subject: str = "Your tickets", to: str = "jane@example.org", **headers: str) -> None:
    mail = EmailMultiAlternatives(
        subject, "See https://example.org/order\n<b>plain</b>", to=[to], headers=headers
    )
    mail.attach_alternative(
        '<html><head></head><body style="margin:0"><script>alert(1)</script>'
        '<a href="https://example.org/order">Order</a></body></html>',
        "text/html",
    )
    mail.attach("tickets.pdf", b"%PDF-1.7 tickets", "application/pdf")
    mail.send()


def the_only_address(client: Client) -> str:
    (mail,) = client.get("/_mail/").context["mails"]
    return f"/_mail/{mail.name}/"


def test_an_empty_mailbox_says_what_to_do(folder: Path, client: Client) -> None:
    assert "Buy a ticket" in client.get("/_mail/").content.decode()


def test_the_newest_mail_stands_on_top(folder: Path, client: Client) -> None:
    for subject in ("first", "second", "third"):
        send(subject)

    mails = client.get("/_mail/").context["mails"]

    assert [mail.subject for mail in mails] == ["third", "second", "first"]


def test_mails_to_one_address_can_be_picked(folder: Path, client: Client) -> None:
    send(to="jane@example.org")
    send(to="joe@example.org")

    page = client.get("/_mail/?to=JOE@example.org")

    assert [mail.to for mail in page.context["mails"]] == ["joe@example.org"]


def test_a_mail_is_shown_as_text_with_its_links_and_nothing_of_it_runs(
    folder: Path, client: Client
) -> None:
    send()

    page = client.get(the_only_address(client))

    body = page.content.decode()
    assert 'href="https://example.org/order"' in body
    assert "&lt;b&gt;plain&lt;/b&gt;" in body
    assert "<script>alert" not in body
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in body
    assert "unsafe-inline" not in page["Content-Security-Policy"]
    assert "frame-src 'self'" in page["Content-Security-Policy"]


def test_the_frame_may_style_itself_and_nothing_else(folder: Path, client: Client) -> None:
    send()

    frame = client.get(f"{the_only_address(client)}html")

    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "script" not in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert '<head><base target="_blank">' in frame.content.decode()


def test_files_are_downloaded_and_never_opened_in_place(folder: Path, client: Client) -> None:
    send()

    answer = client.get(f"{the_only_address(client)}files/1")

    assert answer.content == b"%PDF-1.7 tickets"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="tickets.pdf"'


@pytest.mark.parametrize(
    "address",
    [
        "/_mail/000000000000000000000000/",
        "/_mail/000000000000000000000000/html",
        "/_mail/000000000000000000000000/files/1",
        "/_mail/..%2f..%2fetc%2fpasswd/",
        "/_mail/zzz/",
    ],
)
def test_what_is_not_there_is_not_found(folder: Path, client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_a_mail_without_html_or_files_is_shown_too(folder: Path, client: Client) -> None:
    send_mail("Reset", "Open http://localhost/reset", None, ["jane@example.org"])

    address = the_only_address(client)

    assert "<iframe" not in client.get(address).content.decode()
    assert client.get(f"{address}html").status_code == 404
    assert client.get(f"{address}files/1").status_code == 404


def test_a_file_that_the_mail_does_not_have_is_not_found(folder: Path, client: Client) -> None:
    send()

    for number in (0, 2, 99):
        assert client.get(f"{the_only_address(client)}files/{number}").status_code == 404


def test_the_second_of_two_equal_message_ids_is_dropped(folder: Path, client: Client) -> None:
    for subject in ("first", "again"):
        send(subject, **{"Message-ID": "<msg_1@localhost>"})

    (kept,) = client.get("/_mail/").context["mails"]
    assert kept.subject == "first"
    assert list(folder.glob(".draft-*")) == []


def test_of_many_deliveries_at_once_one_stays(folder: Path) -> None:
    folder.mkdir()
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda n: deliver(folder, "<same>", b"%d" % n), range(40)))

    assert outcomes.count(True) == 1
    assert len(list(folder.iterdir())) == 1


def test_nobody_but_the_owner_reads_the_mails(folder: Path) -> None:
    send()

    assert folder.stat().st_mode & 0o777 == 0o700
    (file,) = folder.glob("*.eml")
    assert file.stat().st_mode & 0o077 == 0


def test_outside_of_the_embedded_run_there_is_no_mailbox() -> None:
    for urls in ("eventflow.urls_public", "eventflow.urls_tenant"):
        with pytest.raises(Resolver404):
            resolve("/_mail/", urlconf=urls)


def test_organizers_have_no_mailbox(folder: Path, aurora: TenantRecord) -> None:
    assert client_at(aurora).get("/_mail/").status_code == 404


def test_production_refuses_to_write_mails_to_files(folder: Path, settings: Any) -> None:
    settings.ENVIRONMENT = "production"

    with pytest.raises(ImproperlyConfigured, match="EMAIL_BACKEND"):
        send()
