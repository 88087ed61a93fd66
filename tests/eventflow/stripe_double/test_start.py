"""Where the double may run, and what it remembers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.stripe import Receiver, session_params, start_double, stop_double


def refused(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "eventflow.local.stripe_double", "--port", "0", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {"EVENTFLOW_ENV": "production"},
        {"EVENTFLOW_ENV": " Production"},
        {"STRIPE_API_KEY": "sk_live_real"},
    ],
)
def test_it_does_not_start_near_production(environment: dict[str, str]) -> None:
    assert "does not start" in refused(environment)


def test_it_takes_no_live_key() -> None:
    assert "no live key" in refused({}, "--api-key", "sk_live_real")


def test_a_webhook_address_needs_a_secret() -> None:
    assert "go together" in refused({}, "--webhook-url", "http://127.0.0.1/hook")


def test_it_listens_on_loopback_only() -> None:
    double = start_double()
    try:
        port = int(double.base.rsplit(":", 1)[1])
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        listening = {line.split()[1] for line in lines if line.split()[3] == "0A"}
        assert {at for at in listening if at.endswith(f":{port:04X}")} == {f"0100007F:{port:04X}"}
    finally:
        stop_double(double)


def test_a_taken_port_is_one_plain_sentence() -> None:
    double = start_double()
    try:
        port = double.base.rsplit(":", 1)[1]
        assert f"Port {port} is taken." in refused({}, "--port", port)
    finally:
        stop_double(double)


def test_its_state_outlives_a_kill(tmp_path: Path) -> None:
    state = str(tmp_path / "double.sqlite")
    first = start_double("--state", state)
    account = first.new_account()
    params: Any = session_params()
    options: Any = {"stripe_account": account, "idempotency_key": "pay_1"}
    session = first.client.v1.checkout.sessions.create(params, options)
    first.pay(session.id)
    first.http.close()
    first.process.send_signal(signal.SIGKILL)
    first.process.wait(30)

    second = start_double("--state", state)
    try:
        found = second.client.v1.checkout.sessions.retrieve(session.id, {}, options)
        assert found.payment_status == "paid"
        replayed = second.client.v1.checkout.sessions.create(params, options)
        assert replayed.id == session.id
        assert second.pay(session.id) == "closed"
        assert len(second.state()["charges"]) == 1
    finally:
        stop_double(second)


def test_a_delivery_that_was_waiting_leaves_after_a_restart(
    tmp_path: Path, receiver: Receiver
) -> None:
    state = ("--state", str(tmp_path / "double.sqlite"))
    hook = ("--webhook-url", receiver.url, "--webhook-secret", "whsec_x")
    first = start_double(*state, *hook, "--adopt-accounts")
    first.post("/webhooks", paused=True)
    params: Any = session_params()
    session = first.client.v1.checkout.sessions.create(params, {"stripe_account": "acct_1Adopted"})
    first.pay(session.id)
    stop_double(first)
    assert receiver.bodies == []

    second = start_double(*state, *hook)
    try:
        second.post("/webhooks/deliver")
        assert "checkout.session.completed" in receiver.wait_for(3)
    finally:
        stop_double(second)
