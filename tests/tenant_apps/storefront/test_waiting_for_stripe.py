"""While Stripe is slow or silent, pages answer soon, hold nothing that others need, and say so."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from public_apps.tenants.domain import TenantRecord
from tenant_apps.checkout import queries as links
from tenant_apps.orders.models import Order
from tenant_apps.payments import gateway
from tenant_apps.payments import queries as payments
from tenant_apps.payments.domain import StripeUnreachable
from tests.support.checkout import cart, connect, start
from tests.support.http import client_at
from tests.support.sale import put_on_sale
from tests.support.stripe import StripeDouble, wait_until

CREATE = "checkout.sessions.create"
SORRY = "The payment page does not answer"


@pytest.fixture
def visitor(live_tenant: TenantRecord) -> Client:
    return client_at(live_tenant)


@pytest.fixture
def waiting(live_tenant: TenantRecord, stripe_double: StripeDouble, settings: Any) -> Order:
    """An order whose payment page Stripe has not made yet."""
    connect(stripe_double)
    settings.STRIPE_MAX_RETRIES = 0
    settings.STRIPE_PAGE_TIMEOUT_S = 1
    stripe_double.post("/faults", operation=CREATE, kind="drop", when="before")
    with pytest.raises(StripeUnreachable):
        start(cart(put_on_sale(), [3]))
    return Order.objects.get()


def sessions(double: StripeDouble) -> int:
    account = payments.account()
    assert account is not None
    return len(double.state(account.stripe_account)["sessions"])


def test_a_slow_stripe_costs_a_page_its_short_time_and_one_call(
    visitor: Client, waiting: Order, stripe_double: StripeDouble, settings: Any
) -> None:
    settings.STRIPE_MAX_RETRIES = 3
    page = f"{links.order_link(waiting)}pay/"
    visitor.get(links.order_link(waiting))  # its templates are read once
    stripe_double.post("/latency", seconds=4)
    began = time.monotonic()
    answer = visitor.get(page)
    assert time.monotonic() - began < 4
    assert (answer.status_code, SORRY in answer.content.decode()) == (503, True)

    stripe_double.post("/latency", seconds=0)
    # While the first call runs on, Stripe lets nobody use its key.
    wait_until(lambda: visitor.get(page).status_code == 200)
    assert visitor.get(page)["Refresh"].startswith("0; url=http")
    assert sessions(stripe_double) == 1


def test_the_second_of_two_clicks_gets_the_payment_page_of_the_first(
    live_tenant: TenantRecord, waiting: Order, stripe_double: StripeDouble, settings: Any
) -> None:
    settings.STRIPE_PAGE_TIMEOUT_S = 10
    page = f"{links.order_link(waiting)}pay/"
    stripe_double.post("/latency", seconds=0.3)

    def click(_: int) -> tuple[int, str]:
        try:
            answer = client_at(live_tenant).get(page)
            return answer.status_code, answer.headers.get("Refresh", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as fingers:
        first, second = fingers.map(click, range(2))
    assert first == second
    assert first[0] == 200
    assert first[1].startswith("0; url=http")
    assert sessions(stripe_double) == 1


def test_a_page_that_waits_for_stripe_keeps_no_database_connection(
    visitor: Client, waiting: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    client_for, kept = gateway._client_for, []

    def looked_at(*how: Any) -> Any:
        kept.append(connection.connection is not None)
        return client_for(*how)

    monkeypatch.setattr(gateway, "_client_for", looked_at)
    assert visitor.get(f"{links.order_link(waiting)}pay/").status_code == 200
    assert visitor.get(f"{links.order_link(waiting)}?paid=1").status_code == 200
    assert kept == [False, False]


def test_after_three_silences_pages_do_not_ask_until_somebody_answers(
    visitor: Client, waiting: Order, stripe_double: StripeDouble
) -> None:
    page = f"{links.order_link(waiting)}pay/"
    stripe_double.post("/faults", operation=CREATE, kind="drop", count=50)
    for _ in range(3):
        assert visitor.get(page).status_code == 503
    stripe_double.control("DELETE", "/faults")
    paused = visitor.get(page)
    assert (paused.status_code, SORRY in paused.content.decode()) == (503, True)
    assert sessions(stripe_double) == 0, "nobody was asked"

    # Background work never pauses, and its answer ends the pause of the pages.
    account = payments.account()
    assert account is not None
    gateway.retrieve_account(account.stripe_account)
    assert visitor.get(page).status_code == 200
    assert sessions(stripe_double) == 1


def test_a_refusal_is_an_answer(waiting: Order, stripe_double: StripeDouble) -> None:
    guard = gateway.breaker_for(stripe_double.base)
    for _ in range(2):
        guard.note_silence()
    with pytest.raises(gateway.StripeRefused):
        gateway.retrieve_account("acct_nobody")
    guard.note_silence()
    assert guard.pause_left_s() == 0
