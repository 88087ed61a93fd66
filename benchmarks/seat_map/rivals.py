"""The rivals from npm, with as many seats of the same hall as they bear."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Error

from benchmarks.seat_map.chromium import DESK, opened
from benchmarks.seat_map.hall import sections_of

RIVALS = {"@alisaitteke/seatmap-canvas": "alisaitteke", "seatchart": "seatchart"}
RIVAL_SIZES = (1_000, 10_000, 100_000)
RIVAL_LIMIT_S = 60
# Nobody waits for a map that long, and a change of it takes minutes.
HOPELESS_MS = 10_000
COLUMNS = "beside it | seats | first paint | pan | zoom | 1,000 seats change"


def measure(browser: Browser, address: str, folder: Path) -> Iterator[list[str]]:
    """Measure the rivals with as many seats as they can bear; a line of the table each."""
    for size in RIVAL_SIZES:
        (folder / "hall.json").write_text(json.dumps(sections_of(size)), encoding="utf-8")
        for name, file in RIVALS.items():
            try:
                line = rival_line(browser, f"{address}/{file}.html")
            except Error as error:
                reason = str(error).splitlines()[0].removeprefix("Page.evaluate: ")[:80]
                line = [f"gave up: {reason}", "", "", ""]
            yield [name, f"{size:,}", *line]
            print(" | ".join([name, f"{size:,}", *line]), flush=True)


def rival_line(browser: Browser, url: str) -> list[str]:
    with opened(browser, url, DESK) as page:
        page.set_default_timeout(RIVAL_LIMIT_S * 1000)
        first = page.evaluate(f"Promise.race([bench.first(), {too_long()}])")
        if first > HOPELESS_MS:
            return [f"{first:,.0f} ms", *["not measured"] * 3]
        pan = page.evaluate(f"Promise.race([bench.motion('drag', 60), {too_long()}])")
        zoom = page.evaluate(f"Promise.race([bench.motion('zoom', 60), {too_long()}])")
        change = page.evaluate(f"Promise.race([bench.change(1000), {too_long()}])")
    return [
        f"{first:,.0f} ms",
        f"{1000 / pan['mean']:.0f} frames/s",
        f"{1000 / zoom['mean']:.0f} frames/s" if "seatchart" not in url else "has none",
        f"{change:,.0f} ms",
    ]


def too_long() -> str:
    return (
        "new Promise((_, no) => setTimeout(() => no(new Error('more than"
        f" {RIVAL_LIMIT_S} s')), {RIVAL_LIMIT_S * 1000}))"
    )
