"""Stripe's own command line drives the double: written by Stripe, for Stripe.

It comes with `npm install @stripe/cli`. STRIPE_CLI names the binary, or it is on the PATH or in
node_modules/.bin; without it these tests are skipped by name.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.support.stripe import Receiver, StripeDouble
from tests.support.stripe_types import violations

SESSION = (
    "mode=payment",
    "success_url=http://aurora.localhost/done",
    "line_items[][price_data][currency]=eur",
    "line_items[][price_data][unit_amount]=2500",
    "line_items[][price_data][product_data][name]=Stalls · Row C · Seat 14",
    "line_items[][quantity]=2",
)
Run = Callable[..., subprocess.CompletedProcess[str]]


def binary() -> str | None:
    named = os.environ.get("STRIPE_CLI") or shutil.which("stripe")
    local = Path(settings.ROOT) / "node_modules/.bin/stripe"
    return named or (str(local) if local.exists() else None)


@pytest.fixture
def cli(stripe_double: StripeDouble, tmp_path: Path) -> Run:
    """Run Stripe's command line against the double."""
    found = binary()
    if found is None:
        pytest.skip("Stripe's CLI is not installed: npm install @stripe/cli, or set STRIPE_CLI")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [found, *arguments, "--api-base", stripe_double.base, "--color", "off"],
            env={
                "HOME": str(tmp_path),
                "PATH": os.environ["PATH"],
                "STRIPE_API_KEY": stripe_double.key,
                "STRIPE_CLI_TELEMETRY_OPTOUT": "1",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def data(*fields: str) -> list[str]:
    return [part for field in fields for part in ("-d", field)]


def answer(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_makes_reads_and_expires_a_session(cli: Run) -> None:
    made = answer(cli("post", "/v1/checkout/sessions", *data(*SESSION)))
    assert violations(made) == []
    assert (made["amount_total"], made["status"]) == (5000, "open")

    read = answer(cli("checkout", "sessions", "retrieve", made["id"], "--expand", "line_items"))
    assert read["line_items"]["data"][0]["quantity"] == 2
    expired = answer(cli("checkout", "sessions", "expire", made["id"], "--confirm"))
    assert expired["status"] == "expired"


def test_it_works_for_a_connected_account(cli: Run, stripe_double: StripeDouble) -> None:
    account = answer(cli("accounts", "create", "--type", "standard"))["id"]
    fee = "payment_intent_data[application_fee_amount]=100"
    made = answer(
        cli("post", "/v1/checkout/sessions", *data(*SESSION, fee), "--stripe-account", account)
    )
    stripe_double.pay(made["id"])
    intent = stripe_double.state(account)["payment_intents"][0]["id"]
    refund = answer(
        cli(
            *("refunds", "create", "--payment-intent", intent, "--stripe-account", account),
            *data("refund_application_fee=true"),
        )
    )
    assert violations(refund) == []
    assert (refund["amount"], refund["status"]) == (5000, "succeeded")
    listed = answer(cli("get", "/v1/balance_transactions", "--stripe-account", account))
    assert [row["type"] for row in listed["data"]] == ["refund", "charge"]


def test_its_idempotency_keys_are_kept(cli: Run) -> None:
    command = ("post", "/v1/checkout/sessions", *data(*SESSION), "--idempotency", "pay_1")
    assert answer(cli(*command))["id"] == answer(cli(*command))["id"]


def test_it_shows_a_refusal(cli: Run) -> None:
    error = answer(cli("post", "/v1/checkout/sessions", *data(*SESSION, "colour=red")))["error"]
    assert (error["code"], error["param"]) == ("parameter_unknown", "colour")


def test_its_fixtures_run(cli: Run, receiver: Receiver, tmp_path: Path) -> None:
    """What `stripe trigger` does, with a script of our own."""
    line = {
        "quantity": 1,
        "price_data": {"currency": "eur", "unit_amount": 900, "product_data": {"name": "Seat"}},
    }
    session = {"mode": "payment", "success_url": "http://a.example", "line_items": [line]}
    endpoint = {"url": receiver.url, "enabled_events": ["*"]}
    steps = [
        ("endpoint", "/v1/webhook_endpoints", endpoint),
        ("session", "/v1/checkout/sessions", session),
        ("over", "/v1/checkout/sessions/${session:id}/expire", {}),
    ]
    fixtures = [
        {"name": name, "path": path, "method": "post", "params": params}
        for name, path, params in steps
    ]
    script = tmp_path / "fixture.json"
    script.write_text(json.dumps({"_meta": {"template_version": 0}, "fixtures": fixtures}))

    done = cli("fixtures", str(script))

    assert done.returncode == 0, done.stderr
    assert receiver.wait_for(1) == ["checkout.session.expired"]
