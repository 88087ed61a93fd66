from __future__ import annotations

import io
import re

import pytest
from django.core.management import CommandError, call_command

from kernel.db import public_context, tenant_context
from public_apps.identity.models import User
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.models import Client, Membership

PASSWORD = "correct horse battery"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str = PASSWORD) -> str:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def in_public(live_tenant: TenantRecord) -> None:
    """Commands start where manage.py does, and real commits are cleaned up."""


def test_an_operator_is_made_in_public(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(monkeypatch, "operator", "create", "Root@x.example", "--password-stdin")
    assert "root@x.example" in said
    with public_context():
        assert User.objects.get().check_password(PASSWORD)


def test_a_member_is_made_in_the_house(
    monkeypatch: pytest.MonkeyPatch, live_tenant: TenantRecord
) -> None:
    said = run(
        monkeypatch, "member", "create", "o@x.example", "--tenant", live_tenant.slug,
        "--role", "owner", "--password-stdin",
    )  # fmt: skip
    assert live_tenant.primary_host in said
    with tenant_context(live_tenant.schema_name):
        assert Membership.objects.get().role == "owner"


def test_a_clients_secret_is_printed_and_not_stored(
    monkeypatch: pytest.MonkeyPatch, live_tenant: TenantRecord
) -> None:
    said = run(
        monkeypatch, "client", "create", "--tenant", live_tenant.slug, "--name", "Box",
        "--scopes", "orders:read", "tickets:redeem",
    )  # fmt: skip
    found = re.search(r"client_secret  (\S+)", said)
    assert found
    with tenant_context(live_tenant.schema_name):
        client = Client.objects.get()
        assert client.client_secret != found[1]
        assert client.scopes == ["orders:read", "tickets:redeem"]
    run(monkeypatch, "client", "revoke", client.public_id, "--tenant", live_tenant.slug)
    with tenant_context(live_tenant.schema_name):
        assert Client.objects.get().revoked_at is not None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("operator", "create", "nobody", "--password-stdin"), "not a mail address"),
        (("member", "create", "o@x.example", "--tenant", "gone", "--role", "owner",
          "--password-stdin"), "no such organizer"),
        (("member", "create", "o@x.example", "--tenant", "aurora", "--role", "king",
          "--password-stdin"), "no such role"),
        (("client", "create", "--tenant", "aurora", "--name", "Box", "--scopes", "all"),
         "no such scope"),
        (("client", "revoke", "cli_x", "--tenant", "aurora"), "no such client"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(monkeypatch, *arguments)


def test_a_weak_password_is_said_why(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="at least 12 characters"):
        run(monkeypatch, "operator", "create", "r@x.example", "--password-stdin", typed="short")
