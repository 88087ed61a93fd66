"""Whom an organizer blocks, whom it trusts, and which of two entries counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kernel import clock
from public_apps.audit.models import Entry as Line
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import BUYER, SYSTEM, NotPermitted
from tenant_apps.queueing import queries, services
from tenant_apps.queueing.domain import lists
from tenant_apps.queueing.domain.lists import (
    BadEntry,
    BadReason,
    BuyerBlocked,
    EndsInThePast,
    Entry,
    ListFull,
    NetworkTooWide,
    Trusted,
    Verdict,
    What,
    value_of,
)
from tenant_apps.queueing.models import Listing

BLOCKED, TRUSTED = Verdict.BLOCKED, Verdict.TRUSTED


def put(verdict: Verdict, what: What, value: str, **more: object) -> Listing:
    return services.list_buyer(
        Entry(verdict, what, value, "a reason", **more),  # type: ignore[arg-type]
        actor=SYSTEM,
    )


@pytest.mark.parametrize(
    ("what", "text", "value"),
    [
        (What.MAIL, " Ann+Tickets@Example.org ", "ann@example.org"),
        (What.DOMAIN, "@Example.ORG.", "example.org"),
        (What.NETWORK, "203.0.113.9/24", "203.0.113.0/24"),
        (What.NETWORK, "203.0.113.9", "203.0.113.9/32"),
        (What.NETWORK, "2001:db8:0:1::5/64", "2001:db8:0:1::/64"),
        (What.NETWORK, "2001:db8:0:1::5", "2001:db8:0:1::/64"),
        (What.CARD, "ab" * 16, "ab" * 16),
    ],
)
def test_a_value_is_kept_as_it_is_compared(what: What, text: str, value: str) -> None:
    assert value_of(what, text) == value


@pytest.mark.parametrize(
    ("what", "text", "refusal"),
    [
        (What.MAIL, "nobody", BadEntry),
        (What.MAIL, "a\0b@x.example", BadEntry),
        (What.DOMAIN, "localhost", BadEntry),
        (What.DOMAIN, "exa mple.org", BadEntry),
        (What.NETWORK, "the office", BadEntry),
        (What.NETWORK, "10.0.0.0/8", NetworkTooWide),
        (What.NETWORK, "::/0", NetworkTooWide),
        (What.CARD, "4242424242424242", BadEntry),
        (What.MAIL, "x" * 300 + "@example.org", BadEntry),
    ],
)
def test_what_is_none_is_refused(what: What, text: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        value_of(what, text)


def test_a_mail_is_found_in_every_spelling(tenant: TenantRecord) -> None:
    put(BLOCKED, What.MAIL, "ann@example.org")
    assert queries.find_verdict(mail="ANN+again@example.org") is BLOCKED
    assert queries.find_verdict(mail="anna@example.org") is None


def test_a_domain_has_those_below_it(tenant: TenantRecord) -> None:
    put(BLOCKED, What.DOMAIN, "throwaway.example")
    assert queries.find_verdict(mail="a@throwaway.example") is BLOCKED
    assert queries.find_verdict(mail="a@mail.throwaway.example") is BLOCKED
    assert queries.find_verdict(mail="a@notthrowaway.example") is None


def test_a_network_has_its_addresses(tenant: TenantRecord) -> None:
    put(TRUSTED, What.NETWORK, "203.0.113.0/24")
    put(BLOCKED, What.NETWORK, "2001:db8::/48")
    assert queries.find_verdict(network="203.0.113.77") is TRUSTED
    assert queries.find_verdict(network="203.0.114.77") is None
    assert queries.find_verdict(network="2001:db8:0:7::/64") is BLOCKED
    assert queries.find_verdict(network="unknown") is None


def test_the_most_exact_entry_counts(tenant: TenantRecord) -> None:
    put(TRUSTED, What.DOMAIN, "school.example")
    put(BLOCKED, What.MAIL, "bad@school.example")
    put(BLOCKED, What.NETWORK, "203.0.113.7")
    assert queries.find_verdict(mail="teacher@school.example", network="203.0.113.7") is TRUSTED
    assert queries.find_verdict(mail="bad@school.example") is BLOCKED


def test_an_entry_ends_with_its_last_day(tenant: TenantRecord) -> None:
    put(BLOCKED, What.MAIL, "ann@example.org", until=clock.now() + timedelta(days=1))
    assert queries.find_verdict(mail="ann@example.org") is BLOCKED
    with clock.fixed(clock.now() + timedelta(days=2)):
        assert queries.find_verdict(mail="ann@example.org") is None
    with pytest.raises(EndsInThePast):
        put(BLOCKED, What.MAIL, "ann@example.org", until=clock.now())


def test_listing_somebody_again_changes_the_entry(tenant: TenantRecord) -> None:
    put(BLOCKED, What.MAIL, "ann@example.org")
    put(TRUSTED, What.MAIL, "Ann@example.org")
    assert Listing.objects.get().verdict == TRUSTED
    assert [line.action for line in Line.objects.order_by("pk")] == [
        "buyer.blocked", "buyer.trusted",
    ]  # fmt: skip


def test_taking_off_twice_is_once(tenant: TenantRecord) -> None:
    listing = put(BLOCKED, What.MAIL, "ann@example.org")
    for _ in range(2):
        services.unlist_buyer(public_id=listing.public_id, actor=SYSTEM)
    assert Line.objects.filter(action="buyer.unlisted").count() == 1


def test_a_list_has_an_end(tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_LISTED", 1)
    put(BLOCKED, What.MAIL, "ann@example.org")
    with pytest.raises(ListFull):
        put(BLOCKED, What.MAIL, "bob@example.org")


def test_a_full_list_still_can_be_changed(
    tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_LISTED", 1)
    put(BLOCKED, What.MAIL, "ann@example.org")
    put(TRUSTED, What.MAIL, "ann@example.org")
    assert Listing.objects.get().verdict == TRUSTED


def test_a_reason_is_asked_for(tenant: TenantRecord) -> None:
    with pytest.raises(BadReason):
        services.list_buyer(Entry(BLOCKED, What.MAIL, "a@b.example", " "), actor=SYSTEM)


def test_a_list_is_changed_by_who_may_refund(tenant: TenantRecord) -> None:
    with pytest.raises(NotPermitted):
        services.list_buyer(Entry(BLOCKED, What.MAIL, "a@b.example", "x"), actor=BUYER)
    with pytest.raises(NotPermitted):
        services.unlist_buyer(public_id="lst_1", actor=BUYER)


def test_who_is_blocked_is_told_whom_to_write_to(live_tenant: TenantRecord) -> None:
    put(BLOCKED, What.MAIL, "ann@example.org")
    with pytest.raises(BuyerBlocked) as refusal:
        services.ensure_may_buy(mail="ann@example.org")
    assert refusal.value.details == {"contact": "box@aurora.example"}
    assert "block" not in BuyerBlocked.message


def test_trusted_buyers_are_found_by_their_network() -> None:
    network = lists.read_network("203.0.113.0/24")
    assert network is not None
    trusted = Trusted((network,))
    assert trusted.has("203.0.113.9")
    assert not trusted.has("198.51.100.1")
    assert not trusted.has("2001:db8::/64")
    assert not trusted.has("unknown")
