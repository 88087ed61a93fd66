"""The Stripe double as a process of its own, and a place where its webhooks arrive."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe
from django.conf import settings

from eventflow.local.children import leash
from tenant_apps.payments import gateway

START_S = 30
PAID = "4242424242424242"
DECLINED = "4000000000000002"
NO_FUNDS = "4000000000009995"
SECURE = "4000002500003155"
REFUND_PENDING = "4000000000007726"
REFUND_FAILS = "4000000000005126"


@dataclass
class StripeDouble:
    """A running double: its address, its key, its switches."""

    base: str
    key: str
    process: subprocess.Popen[str]
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.base, trust_env=False, timeout=30)

    @property
    def client(self) -> stripe.StripeClient:
        return stripe.StripeClient(
            self.key, base_addresses={"api": self.base}, max_network_retries=0
        )

    def control(self, method: str, path: str, **body: Any) -> Any:
        """Turn a switch; the answer's JSON."""
        answer = self.http.request(method, f"/_double{path}", json=body or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **body: Any) -> Any:
        return self.control("POST", path, **body)

    def state(self, account: str | None = None) -> dict[str, Any]:
        answer = self.http.get("/_double/state", params={"account": account} if account else {})
        return answer.json()

    def pay(self, session_id: str, card: str = PAID, **more: Any) -> str:
        """Pay a session as the payment page would; how it went."""
        return self.post(f"/sessions/{session_id}/pay", card=card, **more)["outcome"]

    def new_account(self, name: str = "Aurora Theatre") -> str:
        account = self.client.v1.accounts.create(
            {"type": "standard", "country": "DE", "business_profile": {"name": name}}
        )
        return account.id

    def call(
        self, method: str, path: str, *, account: str | None = None, **kwargs: Any
    ) -> httpx.Response:
        """Call the API without the library."""
        headers = {"Authorization": f"Bearer {self.key}"} | kwargs.pop("headers", {})
        if account:
            headers["Stripe-Account"] = account
        return self.http.request(method, path, headers=headers, **kwargs)


def start_double(*arguments: str, key: str = "sk_test_of_the_tests") -> StripeDouble:
    """Start a double on a free port; the caller ends its process."""
    command = [sys.executable, "-m", "eventflow.local.stripe_double", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--api-key", key, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        # A test run that is killed leaves no double behind.
        preexec_fn=leash(signal.SIGTERM),  # noqa: PLW1509 - it only calls prctl
        env=os.environ | {"PYTHONPATH": str(Path(settings.ROOT) / "platform")},
    )
    assert process.stdout
    line = process.stdout.readline()
    assert line, "the double did not start"
    return StripeDouble(base=line.split()[-1], key=key, process=process)


def stop_double(double: StripeDouble) -> None:
    double.http.close()
    double.process.terminate()
    double.process.wait(START_S)


@pytest.fixture(scope="session")
def running_stripe() -> Iterator[StripeDouble]:
    """One double for the whole run; `stripe_double` empties it for each test."""
    double = start_double(key=settings.STRIPE_API_KEY)
    yield double
    stop_double(double)


@pytest.fixture
def stripe_double(running_stripe: StripeDouble, settings: Any) -> StripeDouble:
    """An empty double that the settings point at."""
    running_stripe.post("/reset", everything=True)
    gateway.breaker_for.cache_clear()
    settings.STRIPE_API_BASE = running_stripe.base
    return running_stripe


@dataclass
class Receiver:
    """A place where webhooks arrive. `answers` are the coming statuses; then it is 200."""

    url: str
    secret: str = "whsec_of_the_tests"
    answers: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    @property
    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    def wait_for(self, count: int, *, seconds: float = 10) -> list[str]:
        """Wait until so many requests have come; their events' types."""
        wait_until(lambda: len(self.bodies) >= count, seconds=seconds)
        return self.kinds


def wait_until(is_so: Callable[[], bool], *, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(0.01)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A real HTTP server that keeps what it is sent."""
    kept = Receiver(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.signatures.append(self.headers["Stripe-Signature"])
            kept.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(kept.answers.pop(0) if kept.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


def session_params(**changes: Any) -> dict[str, Any]:
    """Return parameters that make a session over 45.00 EUR with a fee of 1.50."""
    params: dict[str, Any] = {
        "mode": "payment",
        "success_url": "http://aurora.localhost/orders/done?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://aurora.localhost/cart",
        "line_items": [
            {
                "price_data": {
                    "currency": "eur",
                    "unit_amount": 2250,
                    "product_data": {"name": "Stalls · Row C · Seat 14"},
                },
                "quantity": 2,
            }
        ],
        "payment_intent_data": {"application_fee_amount": 150, "metadata": {"order": "ord_1"}},
        "allowed_payment_method_types": ["card"],
        "customer_email": "buyer@example.org",
        "client_reference_id": "ord_1",
        "metadata": {"order": "ord_1"},
        "locale": "en",
    }
    return {key: value for key, value in (params | changes).items() if value is not None}
