from __future__ import annotations

from typing import Any

import pytest

from public_apps.tenants.domain import TenantRecord
from tests.support import payments
from tests.support.stripe import StripeDouble


@pytest.fixture
def account(tenant: TenantRecord, stripe_double: StripeDouble, settings: Any) -> str:
    """The tenant is connected to an account at the double."""
    settings.STRIPE_MAX_RETRIES = 0
    settings.STRIPE_TIMEOUT_S = 5
    return payments.connect(stripe_double)


@pytest.fixture
def live_account(live_tenant: TenantRecord, stripe_double: StripeDouble, settings: Any) -> str:
    """The same with real commits."""
    settings.STRIPE_MAX_RETRIES = 0
    settings.STRIPE_TIMEOUT_S = 5
    return payments.connect(stripe_double)
