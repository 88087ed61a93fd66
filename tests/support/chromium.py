"""Which Chromium drives the browser tests, and how to get one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_GET_ONE = (
    "no Chromium found: install one (Debian: apt install chromium; elsewhere:"
    " .venv/bin/playwright install chromium), or name it in CHROMIUM=/path/to/chromium"
)
# QUIC and the component updater would talk to the world.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
)


def find_chromium() -> str | None:
    """Find a Chromium: the one named in CHROMIUM, the system's, or playwright's own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    downloads = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "~/.cache/ms-playwright"))
    own = sorted(downloads.expanduser().glob("chromium-*/chrome-linux*/chrome"))
    return str(own[-1]) if own else None


def get_chromium() -> str:
    """Give the path of a Chromium; without one the test is skipped and says how to get it."""
    found = find_chromium()
    if found is None:
        pytest.skip(HOW_TO_GET_ONE)
    return found
