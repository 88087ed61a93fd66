from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.support.stripe import StripeDouble, session_params


@pytest.fixture
def account(stripe_double: StripeDouble) -> str:
    """A connected account."""
    return stripe_double.new_account()


@pytest.fixture
def new_session(
    stripe_double: StripeDouble, account: str
) -> Callable[..., stripe.checkout.Session]:
    """Make sessions on the connected account."""

    def make(*, key: str | None = None, **changes: Any) -> stripe.checkout.Session:
        options: Any = {"stripe_account": account}
        if key:
            options["idempotency_key"] = key
        params: Any = session_params(**changes)
        return stripe_double.client.v1.checkout.sessions.create(params, options)

    return make
