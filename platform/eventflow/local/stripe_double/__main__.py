"""Start the double: `python -m eventflow.local.stripe_double --port N [--state FILE]`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import uvicorn

from .app import add_endpoint, build_app, build_world
from .world import DEFAULT_KEY, Settings

HOST = "127.0.0.1"
EVENTS = (
    "checkout.session.completed,checkout.session.expired,payment_intent.succeeded,"
    "payment_intent.payment_failed,charge.succeeded,charge.refunded,refund.created,"
    "refund.updated,refund.failed,account.updated"
)


def refuse_production() -> None:
    """Stop where real money could be near: a double in production sells tickets for nothing."""
    if os.environ.get("EVENTFLOW_ENV", "").strip().lower() in ("production", "prod", "live"):
        sys.exit("The Stripe double does not start in production (EVENTFLOW_ENV).")
    if os.environ.get("STRIPE_API_KEY", "").startswith(("sk_live_", "rk_live_")):
        sys.exit("The Stripe double does not start beside a live key (STRIPE_API_KEY).")


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stripe_double", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--state", type=Path, help="SQLite file that outlives a restart")
    parser.add_argument("--webhook-url", help="where connected accounts' events are sent")
    parser.add_argument("--webhook-secret", default="", help="signs them (whsec_…)")
    parser.add_argument("--webhook-events", default=EVENTS, help="comma-separated, or *")
    parser.add_argument("--public-url", help="where browsers find the payment pages")
    parser.add_argument("--api-key", action="append", help="accepted secret key; may repeat")
    parser.add_argument("--adopt-accounts", action="store_true", help="make unknown accounts")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> None:
    """Serve until told to stop."""
    refuse_production()
    given = parse(arguments)
    if bool(given.webhook_url) != bool(given.webhook_secret):
        sys.exit("--webhook-url and --webhook-secret go together.")
    keys = given.api_key or [DEFAULT_KEY]
    if any("_live_" in key for key in keys):
        sys.exit("The Stripe double takes no live key.")
    config = uvicorn.Config(
        app="", host=HOST, port=given.port, log_level="warning", timeout_graceful_shutdown=1
    )
    try:
        listener = config.bind_socket()
    except SystemExit:
        sys.exit(f"Port {given.port} is taken.")
    # Whoever reads the address below may call at once; the callers wait in line.
    listener.listen(config.backlog)
    port = listener.getsockname()[1]
    settings = Settings(
        api_keys=frozenset(keys),
        public_url=(given.public_url or f"http://{HOST}:{port}").rstrip("/"),
        adopt_accounts=given.adopt_accounts,
    )
    world = build_world(settings, given.state)
    if given.webhook_url:
        events = [name.strip() for name in given.webhook_events.split(",")]
        add_endpoint(world, given.webhook_url, given.webhook_secret, events)
    config.app = build_app(world)
    print(f"stripe double: http://{HOST}:{port}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1:])
