"""The one address that anybody may post to: rubbish is refused, and is never a mistake of ours."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import stripe
from django.conf import settings
from django.test import Client
from hypothesis import HealthCheck, example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from public_apps.inbox import views
from public_apps.tenants.domain import TenantRecord

# The database is only asked by what is signed, and nothing here is kept.
RUBBISH = examples(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NOW = int(time.time())
HEADERS = st.one_of(
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=80),
    st.builds(
        "t={},v1={}".format,
        st.sampled_from([NOW, "", "é", "-1", "9" * 5_000]),
        st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=70),
    ),
)


def post(body: bytes, signature: str, **headers: Any) -> int:
    client = Client(headers={"host": "localhost"}, raise_request_exception=False)
    return client.generic(
        "POST",
        "/webhooks/stripe/",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signature},
        **headers,
    ).status_code


def sign(body: bytes) -> str:
    return str(
        stripe.WebhookSignature.generate_signature_header(
            body.decode(), settings.STRIPE_WEBHOOK_SECRET
        )
    )


@RUBBISH
@given(body=st.binary(max_size=200), signature=HEADERS)
@example(body=b"{}", signature=f"t={NOW},v1=é")
@example(body=b"{}", signature="t=é,v1=" + "0" * 64)
@example(body=b"\xff", signature=f"t={NOW},v1=" + "0" * 64)
def test_rubbish_is_refused(live_tenant: TenantRecord, body: bytes, signature: str) -> None:
    assert post(body, signature) == 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@RUBBISH
@given(
    event=JSON
    | st.fixed_dictionaries(
        {"id": st.sampled_from([1, None, "", "e\0", "e" * 200, "é"]) | JSON, "type": JSON}
    )
)
@example(event={"id": "evt_1", "type": "t" * 101})
@example(event={"id": "e" * 129, "type": "account.updated"})
def test_rubbish_with_a_good_signature_is_refused(live_tenant: TenantRecord, event: Any) -> None:
    body = json.dumps(event).encode()
    assert post(body, sign(body)) == 400


def test_a_body_of_nothing_but_brackets_is_refused(live_tenant: TenantRecord) -> None:
    body = b"[" * 400_000
    assert post(body, sign(body)) == 400


@pytest.mark.parametrize("length", ["-1", "ten", "1e3", "１"])
def test_a_length_that_is_no_number_is_refused(live_tenant: TenantRecord, length: str) -> None:
    assert post(b"{}", "", CONTENT_LENGTH=length) == 400


def test_a_body_that_is_too_large_is_not_read(live_tenant: TenantRecord) -> None:
    assert post(b" " * (views.MAX_BODY_BYTES + 1), "") == 413
