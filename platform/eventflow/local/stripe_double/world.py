"""What every part of the double shares: the rows, the time, the settings, and how ids look."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import stripe

from .clock import Clock
from .store import PLATFORM, Row, Store
from .switches import Switches

API_VERSION: str = stripe.api_version or ""
DEFAULT_KEY = "sk_test_eventflow_stripe_double"
_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Settings:
    """How the double was started. `public_url` is where a browser finds its payment pages."""

    api_keys: frozenset[str] = frozenset({DEFAULT_KEY})
    public_url: str = "http://127.0.0.1"
    # An unknown connected account is made on first use: for a demo whose database outlives us.
    adopt_accounts: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One request that has been understood: for whom, with what, under which ids."""

    account: str
    params: dict[str, Any] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)
    request_id: str | None = None
    idempotency_key: str | None = None


@dataclass(slots=True)
class World:
    store: Store
    clock: Clock
    settings: Settings
    switches: Switches = field(default_factory=Switches)
    # Told of each new delivery, so that it leaves at once and not at the next tick.
    wake: Callable[[], None] = lambda: None


def new_id(prefix: str, length: int = 24) -> str:
    """Return an id that looks like Stripe's: `cs_test_` and so many letters and digits."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))


__all__ = ["API_VERSION", "DEFAULT_KEY", "PLATFORM", "Call", "Row", "Settings", "World", "new_id"]
