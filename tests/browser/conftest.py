"""A real Chromium in front of the whole embedded run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from public_apps.tenants.domain import TenantRecord
from tenant_apps.events.models import Performance
from tenant_apps.payments import services as payments
from tests.support.chromium import ARGUMENTS, get_chromium
from tests.support.performances import OWNER
from tests.support.servers import serving
from tests.support.stack import Stack
from tests.support.stripe import StripeDouble
from tests.tenant_apps.storefront.conftest import open_house

# High enough that the tray at the foot covers no seat of a small hall.
DESK = {"width": 1280, "height": 1000}


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Stack:
    """The embedded run with demo data, for a browser."""
    get_chromium()  # without one the tests are skipped before anything is started
    return request.getfixturevalue("whole_run")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = get_chromium()
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread; the tests beside it use the database.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh visitor; what the page complains of fails the test."""
    with watched(chromium) as page:
        yield page


@contextmanager
def watched(chromium: Browser, *, expected: str = "\0") -> Iterator[Page]:
    """A fresh visitor; any complaint of the page that has not the expected words fails the test."""
    context = chromium.new_context(viewport=DESK)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    complaints = [each for each in complaints if expected not in each]
    assert not complaints, complaints


@pytest.fixture
def house(live_tenant: TenantRecord, stripe_double: StripeDouble) -> Performance:
    payments.connect_account(account_id=stripe_double.new_account(), actor=OWNER)
    return open_house()


@pytest.fixture
def shop(house: Performance, live_tenant: TenantRecord) -> Iterator[str]:
    """The address of the organizer's shop, live and web behind one port."""
    from eventflow.asgi import application

    # Pages are closed by then; only their event streams would be waited for.
    with serving(application, patience_s=0.1) as address:
        yield address.replace("127.0.0.1", live_tenant.primary_host.partition(":")[0])


@pytest.fixture
def plain(chromium: Browser) -> Iterator[Page]:
    """A visitor without JavaScript."""
    context = chromium.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()
