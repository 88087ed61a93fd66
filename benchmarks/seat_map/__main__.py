"""`make bench-map`: the seat map and its pages in a real Chromium, each figure beside its bar.

A hall of 100,000 seats, half of them taken, beside rivals; then the demo's shop. Each page is
loaded anew for each round; what counts is the median. A machine without a graphics card paints in
software: the print says which it was.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.neighbours import Neighbours
from benchmarks.seat_map import lighthouse, ours, report, rivals, shop
from benchmarks.seat_map.chromium import painter_of, serving
from benchmarks.seat_map.hall import hall
from eventflow.local import assets
from eventflow.local.options import ROOT
from tenant_apps.venues import domain as venues
from tests.support.chromium import ARGUMENTS, get_chromium
from tests.support.stack import Stack

PAGES = ROOT / "benchmarks/seat_map/pages"


def main() -> int:
    node = assets.find_node()
    prepare(node)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=get_chromium(), args=list(ARGUMENTS))
        lines = measure_map(browser, node, Path(folder))
        lines += measure_shop(browser, node, Path(folder) / "data")
        browser.close()
    report.write(lines)
    return 0


def prepare(node: Path) -> None:
    """Install what it is measured beside and with; it is no part of EventFlow."""
    command = [*assets.npm_of(node), "ci", "--ignore-scripts", "--silent"]
    subprocess.run(command, check=True, cwd=PAGES)


def measure_map(browser: Browser, node: Path, folder: Path) -> list[str]:
    """Measure the map by itself, and the rivals."""
    subprocess.run([node, PAGES / "build.mjs", folder], check=True, cwd=ROOT)
    compact = venues.encode_compact(venues.parse_plan(hall()))
    (folder / "plan.efpl").write_bytes(compact)
    result = report.Result()
    neighbours = Neighbours()
    with serving(folder) as address:
        result.add("a theatre of 1,244 seats, gzipped, a seat", ours.bytes_a_seat(), "bytes", 12)
        ours.measure(browser, address, result)
        beside = [*rivals.measure(browser, address, folder)]
        painter = painter_of(browser, address)
    others = f"Other work took {neighbours.share():.0%} of the cores meanwhile."
    soft = "a program in the place of a graphics card" if "SwiftShader" in painter else painter
    return [
        f"Chromium {browser.version}, painted by {soft}, on {os.cpu_count()} cores. {others}",
        *report.table("what | ours | bar | met", result.lines),
        *report.table(rivals.COLUMNS, beside),
    ]


def measure_shop(browser: Browser, node: Path, folder: Path) -> list[str]:
    """Start a demo, and measure its pages."""
    result = report.Result()
    with Stack(folder) as stack:
        shop.measure(browser, stack, result)
        pages = [*lighthouse.measure(stack, node, PAGES)]
    return [
        *report.table("in the demo's shop | ours | bar | met", result.lines),
        *report.table(lighthouse.COLUMNS, pages),
    ]


if __name__ == "__main__":
    sys.exit(main())
