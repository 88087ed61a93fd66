"""What a buyer's page weighs; how fast it is stands in docs/benchmarks.md."""

from __future__ import annotations

import re

from django.test import Client

from eventflow.local.options import ROOT
from tenant_apps.events.models import Performance

SCRIPT = re.compile(rb"/assets/([\w.-]+\.js)\b")
BUILT = ROOT / "platform/web/built/assets"
MOST_SCRIPT_BYTES = 40 * 1024
MOST_HTML_BYTES = 30 * 1024


def packed_scripts(page: bytes) -> int:
    """What the browser fetches for the page's scripts, gzipped."""
    names = {name.decode() for name in SCRIPT.findall(page)}
    assert names
    return sum((BUILT / f"{name}.gz").stat().st_size for name in names)


def test_the_seat_page_asks_for_few_scripts(visitor: Client, house: Performance) -> None:
    for path in ("", "?section=stalls"):
        page = visitor.get(f"/performances/{house.public_id}/{path}").content
        assert packed_scripts(page) < MOST_SCRIPT_BYTES


def test_an_event_page_is_small_before_it_is_packed(visitor: Client, house: Performance) -> None:
    page = visitor.get("/events/hamlet/").content
    assert len(page) < MOST_HTML_BYTES
    assert packed_scripts(page) < MOST_SCRIPT_BYTES / 2
