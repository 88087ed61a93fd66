"""The API as Stripe's own library sees it: sessions, refusals, lists, expansion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.support.stripe import StripeDouble, session_params

New = Callable[..., stripe.checkout.Session]


def test_a_session_is_open_and_unpaid_and_has_a_page(new_session: New) -> None:
    session = new_session()

    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.currency) == (4500, "eur")
    assert session.id.startswith("cs_test_")
    assert session.url
    assert session.url.endswith(f"/c/pay/{session.id}")
    assert session.payment_intent is None
    assert session.metadata
    assert session.metadata["order"] == "ord_1"


def test_accounts_do_not_see_each_other(
    stripe_double: StripeDouble, new_session: New, account: str
) -> None:
    session = new_session()
    other = stripe_double.new_account("Borealis Hall")

    for options in ({"stripe_account": other}, {}):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            stripe_double.client.v1.checkout.sessions.retrieve(session.id, None, options)  # type: ignore[arg-type]
        assert refusal.value.http_status == 404
        assert refusal.value.code == "resource_missing"


def test_an_account_that_is_not_connected_is_refused(stripe_double: StripeDouble) -> None:
    with pytest.raises(stripe.PermissionError) as refusal:
        stripe_double.client.v1.charges.list({}, {"stripe_account": "acct_unknown"})
    body: Any = refusal.value.json_body
    assert body["error"]["code"] == "account_invalid"


@pytest.mark.parametrize("key", ["sk_test_wrong", "sk_live_anything"])
def test_a_wrong_key_is_401(stripe_double: StripeDouble, key: str) -> None:
    client = stripe.StripeClient(key, base_addresses={"api": stripe_double.base})
    with pytest.raises(stripe.AuthenticationError) as refusal:
        client.v1.charges.list()
    assert "Invalid API Key" in str(refusal.value)


def test_no_key_is_401(stripe_double: StripeDouble) -> None:
    answer = stripe_double.http.get("/v1/charges")
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_every_answer_has_a_request_id(stripe_double: StripeDouble) -> None:
    for path in ("/v1/charges", "/v1/charges/ch_none", "/v1/nothing"):
        assert stripe_double.call("GET", path).headers["request-id"].startswith("req_")


REFUSED: list[tuple[dict[str, Any], str | None, str | None]] = [
    ({"colour": "red"}, "parameter_unknown", "colour"),
    ({"line_items": None}, "parameter_missing", "line_items"),
    ({"success_url": None}, "parameter_missing", "success_url"),
    ({"mode": None}, "parameter_missing", "mode"),
    ({"mode": "give"}, None, "mode"),
    ({"locale": "tlh"}, None, "locale"),
    ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
    ({"customer_email": "nobody"}, "email_invalid", "customer_email"),
    ({"customer_email": ""}, "parameter_invalid_empty", "customer_email"),
    ({"success_url": "aurora"}, "url_invalid", "success_url"),
    ({"metadata": {"k" * 41: "v"}}, None, "metadata"),
    ({"metadata": {"k": "v" * 501}}, None, "metadata[k]"),
    ({"metadata": {f"k{n}": "v" for n in range(51)}}, None, "metadata"),
    ({"line_items": [{"quantity": 1, "price": "price_1"}]}, "resource_missing",
     "line_items[0][price]"),
    ({"line_items": [{"quantity": 1}]}, None, "line_items[0]"),
    ({"payment_intent_data": {"application_fee_amount": 4501}}, None,
     "payment_intent_data[application_fee_amount]"),
    ({"payment_intent_data": {"colour": "red"}}, "parameter_unknown",
     "payment_intent_data[colour]"),
    ({"automatic_tax": {"enabled": True}}, "double_unsupported", "automatic_tax"),
    ({"ui_mode": "embedded_page"}, "double_unsupported", "ui_mode"),
    ({"allowed_payment_method_types": ["sepa_debit"]}, "double_unsupported",
     "allowed_payment_method_types"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "code", "param"), REFUSED)
def test_a_bad_parameter_is_refused_by_name(
    stripe_double: StripeDouble,
    new_session: New,
    changes: dict[str, Any],
    code: str | None,
    param: str,
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        new_session(**changes)

    assert (refusal.value.http_status, refusal.value.code) == (400, code)
    assert refusal.value.param == param
    assert stripe_double.state()["sessions"] == []


def test_a_total_below_the_smallest_charge_is_refused(new_session: New) -> None:
    price = {"currency": "eur", "unit_amount": 49, "product_data": {"name": "Sweets"}}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        new_session(line_items=[{"price_data": price, "quantity": 1}], payment_intent_data=None)
    assert refusal.value.code == "amount_too_small"


def test_a_fee_needs_a_connected_account(stripe_double: StripeDouble) -> None:
    params: Any = session_params()
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        stripe_double.client.v1.checkout.sessions.create(params)
    assert refusal.value.param == "payment_intent_data[application_fee_amount]"


@pytest.mark.parametrize(
    ("ahead_s", "is_fine"),
    [(29 * 60, False), (30 * 60 + 5, True), (24 * 3600 - 5, True), (24 * 3600 + 60, False)],
)
def test_a_session_ends_in_30_minutes_to_24_hours(
    stripe_double: StripeDouble, new_session: New, ahead_s: int, is_fine: bool
) -> None:
    expires_at = int(stripe_double.state()["now"]) + ahead_s
    if is_fine:
        assert new_session(expires_at=expires_at).expires_at == expires_at
        return
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        new_session(expires_at=expires_at)
    assert refusal.value.param == "expires_at"


def test_expanding_replaces_ids_by_objects(
    stripe_double: StripeDouble, new_session: New, account: str
) -> None:
    session = new_session()
    stripe_double.pay(session.id)
    found = stripe_double.client.v1.checkout.sessions.retrieve(
        session.id,
        {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]},
        {"stripe_account": account},
    )

    intent: Any = found.payment_intent
    assert intent.latest_charge.balance_transaction.amount == 4500
    assert found.line_items
    assert found.line_items.data[0].description == "Stalls · Row C · Seat 14"


@pytest.mark.parametrize("path", ["colour", "amount_total", "payment_intent.latest_charge.a.b.c"])
def test_what_cannot_be_expanded_is_refused(
    stripe_double: StripeDouble, new_session: New, account: str, path: str
) -> None:
    session = new_session()
    with pytest.raises(stripe.InvalidRequestError):
        stripe_double.client.v1.checkout.sessions.retrieve(
            session.id, {"expand": [path]}, {"stripe_account": account}
        )


def test_a_list_is_newest_first_and_pages_by_cursor(
    stripe_double: StripeDouble, new_session: New, account: str
) -> None:
    made = [new_session().id for _ in range(5)]
    listed = stripe_double.client.v1.checkout.sessions.list(
        {"limit": 2}, {"stripe_account": account}
    )

    assert [session.id for session in listed.data] == made[:-3:-1]
    assert listed.has_more
    assert [session.id for session in listed.auto_paging_iter()] == made[::-1]


def test_line_items_are_listed_in_their_order(
    stripe_double: StripeDouble, new_session: New, account: str
) -> None:
    lines = [
        {
            "price_data": {"currency": "eur", "unit_amount": 100, "product_data": {"name": name}},
            "quantity": 1,
        }
        for name in ("first", "second", "third")
    ]
    session = new_session(line_items=lines, payment_intent_data=None)
    listed = stripe_double.client.v1.checkout.sessions.line_items.list(
        session.id, {}, {"stripe_account": account}
    )
    assert [line.description for line in listed.data] == ["first", "second", "third"]


@pytest.mark.parametrize(
    "body",
    [
        "line_items[][quantity]=1&line_items[][quantity]=2",
        "a[b][c][d][e][f][g][h][i][j]=1",
        "metadata=text",
        "metadata[a]=1&metadata[a][b]=2",
        "line_items=text",
        "line_items[x]=1",
        "mode[a]=payment",
        "%ff=1",
        "[]=1",
        "expand[]=%00",
        "line_items[0][quantity]=99999999999999999999",
    ],
)
def test_rubbish_is_refused_and_never_an_error_of_ours(
    stripe_double: StripeDouble, account: str, body: str
) -> None:
    answer = stripe_double.call(
        "POST",
        "/v1/checkout/sessions",
        account=account,
        content=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_empty_brackets_append(stripe_double: StripeDouble, account: str) -> None:
    """So curl and Stripe's CLI write lists."""
    lines = "&".join(
        f"line_items[][price_data][currency]=eur&line_items[][price_data][unit_amount]={amount}"
        f"&line_items[][price_data][product_data][name]=Seat&line_items[][quantity]=1"
        for amount in (1000, 2000)
    )
    answer = stripe_double.call(
        "POST",
        "/v1/checkout/sessions",
        account=account,
        content=f"mode=payment&success_url=http://a.example&{lines}",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.json()["amount_total"] == 3000


def test_an_account_is_ready_to_take_charges(stripe_double: StripeDouble, account: str) -> None:
    found = stripe_double.client.v1.accounts.retrieve(account)
    assert found.charges_enabled
    assert (found.country, found.default_currency) == ("DE", "eur")
    assert found.business_profile
    assert found.business_profile.name == "Aurora Theatre"
