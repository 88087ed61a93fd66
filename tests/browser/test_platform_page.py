"""The embedded run in a browser, as the first thing a newcomer sees."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.support.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_the_printed_address_opens(stack: Stack, page: Page) -> None:
    answer = page.goto(f"http://localhost:{stack.port}/")

    assert answer is not None
    assert answer.status == 200
    assert "EventFlow" in page.title()
