"""Lighthouse (npm) on the demo's pages, as a slow phone sees them, and what they weigh."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.load import CannotMeasure
from tests.support.chromium import ARGUMENTS, get_chromium
from tests.support.shop import Shop
from tests.support.stack import Stack

ROUNDS, MOST_ROUNDS = 5, 8
LIMIT_S = 180
SCORES = ("performance", "accessibility", "best-practices", "seo")
COLUMNS = (
    "page | performance | accessibility | best practices | SEO | bar of each | met | blocked"
    " | shifted | HTML as it is | scripts, gzipped"
)
BAR = 95
SHOPS = {"theatre": ("aurora", "the-tempest"), "stadium of 60,000": ("summit", "rovers-v-lakeside")}


def measure(stack: Stack, node: Path, folder: Path) -> Iterator[list[str]]:
    """Look at an event and its seats, in a theatre and in a stadium; a line of the table each."""
    for kind in ("event", "seats"):
        for house, (slug, event) in SHOPS.items():
            shop = Shop(stack, slug)
            path = f"/events/{event}/"
            if kind == "seats":
                path = f"/performances/{shop.performances(event)[-1]}/"
            rounds = _rounds(shop.address + path, node, folder)
            line = [f"{kind}, {house}", *_line(rounds)]
            print(" | ".join(line), flush=True)
            yield line


def _rounds(url: str, node: Path, folder: Path) -> list[dict[str, Any]]:
    """Look until it went well often enough. Refuses with CannotMeasure."""
    seen = (_look(url, node, folder) for _ in range(MOST_ROUNDS))
    found = [*islice((each for each in seen if each is not None), ROUNDS)]
    if len(found) < ROUNDS:
        raise CannotMeasure(
            f"Lighthouse lost its browser in more than {MOST_ROUNDS - ROUNDS} rounds."
        )
    return found


def _look(url: str, node: Path, folder: Path) -> dict[str, Any] | None:
    """Return what Lighthouse says; None where it lost its browser, which happens."""
    flags = " ".join(("--headless", *ARGUMENTS))
    done = subprocess.run(
        [
            str(node),
            str(folder / "node_modules/lighthouse/cli/index.js"),
            url,
            "--quiet",
            "--output=json",
            f"--chrome-flags={flags}",
        ],
        env={**os.environ, "CHROME_PATH": get_chromium()},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=LIMIT_S,
        check=False,
    )
    return json.loads(done.stdout) if done.returncode == 0 else None


def _line(rounds: list[dict[str, Any]]) -> list[str]:
    scores = [
        round(100 * median(each["categories"][name]["score"] for each in rounds)) for name in SCORES
    ]
    met = "yes" if min(scores) >= BAR else "**no**"
    blocked = median(_number(each, "total-blocking-time") for each in rounds)
    shifted = max(_number(each, "cumulative-layout-shift") for each in rounds)
    html = _bytes(rounds[0], "Document", "resourceSize") / 1024
    scripts = _bytes(rounds[0], "Script", "transferSize") / 1024
    return [
        *map(str, scores), f"≥ {BAR}", met,
        f"{blocked:.0f} ms", f"{shifted:.3g}", f"{html:.1f} KB", f"{scripts:.1f} KB",
    ]  # fmt: skip


def _number(found: dict[str, Any], audit: str) -> float:
    return found["audits"][audit]["numericValue"]


def _bytes(found: dict[str, Any], kind: str, field: str) -> int:
    requests = found["audits"]["network-requests"]["details"]["items"]
    return sum(each[field] for each in requests if each.get("resourceType") == kind)
