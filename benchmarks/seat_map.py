"""`make bench-map`: the seat map in a real Chromium, each figure beside its bar, and beside rivals.

A hall of 100,000 seats, half of them taken. Each page is loaded anew for each round; what counts
is the median. A machine without a graphics card paints in software: the print says which it was.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Error, Page, sync_playwright

from eventflow.local import assets
from eventflow.local.demo_plans.theatre_plan import theatre
from eventflow.local.options import ROOT
from tenant_apps.venues import domain as venues
from tests.support.chromium import ARGUMENTS, get_chromium

PAGES = ROOT / "benchmarks/map_pages"
PAGE = ROOT / "docs/benchmarks.md"
BEGIN, END = "<!-- map -->", "<!-- end of the map -->"
SECTIONS, ROWS, SEATS = 100, 25, 40
ROUNDS, FRAMES, HITS = 5, 120, 10_000
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
RIVALS = {"@alisaitteke/seatmap-canvas": "alisaitteke", "seatchart": "seatchart"}
RIVAL_SIZES = (1_000, 10_000, 100_000)
RIVAL_LIMIT_S = 60


def hall() -> dict[str, Any]:
    """Return a hall of ten by ten sections of 1,000 seats, in curved rows, of eight categories."""
    sections = []
    for index in range(SECTIONS):
        left, top = 200 + index % 10 * 2_300, 600 + index // 10 * 2_100
        rows = [
            {
                "key": f"r{row}",
                "label": str(row + 1),
                "start": [left, top + 75 * row],
                "spacing": 50,
                "angle": 4,
                "radius": -14_000,
                "seats": [{"label": str(seat + 1)} for seat in range(SEATS)],
            }
            for row in range(ROWS)
        ]
        sections.append(
            {
                "key": f"s{index}",
                "label": f"Block {index + 1}",
                "category": f"c{index // 10 % 8}",
                "rows": rows,
            }
        )
    return {
        "format": "eventflow-plan/1",
        "name": "A hundred thousand",
        "size": {"width": 24_000, "height": 22_000},
        "seat_size": 42,
        "categories": [
            {"key": f"c{index}", "name": f"Category {index}", "colour": "#336699"}
            for index in range(8)
        ],
        "stage": {
            "label": "Stage",
            "polygon": [[8_000, 50], [16_000, 50], [16_000, 450], [8_000, 450]],
        },
        "sections": sections,
    }


class Result:
    """The lines of the print."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str, str]] = []

    def add(
        self, what: str, value: float, unit: str, bar: float, *, most_is_best: bool = False
    ) -> None:
        met = value >= bar if most_is_best else value <= bar
        ours = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
        sign = "≥" if most_is_best else "≤"
        self.lines.append(
            (what, f"{ours} {unit}", f"{sign} {bar:g} {unit}", "yes" if met else "**no**")
        )
        print(" | ".join(self.lines[-1]), flush=True)


def main() -> int:
    node = assets.find_node()
    prepare(node)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder)
        subprocess.run([node, PAGES / "build.mjs", folder], check=True, cwd=ROOT)
        compact = venues.encode_compact(venues.parse_plan(hall()))
        (path / "plan.efpl").write_bytes(compact)
        browser = playwright.chromium.launch(executable_path=get_chromium(), args=list(ARGUMENTS))
        with serving(path) as address:
            result = Result()
            result.add("a theatre of 1,244 seats, gzipped, a seat", bytes_a_seat(), "bytes", 12)
            measure_ours(browser, address, result)
            rivals = [*measure_rivals(browser, address, path)]
            renderer = browser.version, painter_of(browser, address)
        browser.close()
    write(result, rivals, renderer)
    return 0


def bytes_a_seat() -> float:
    """What a seat costs in a plan whose rows are all bent and all different."""
    plan = venues.parse_plan(theatre())
    return len(gzip.compress(venues.encode_compact(plan))) / plan.seat_count


def prepare(node: Path) -> None:
    """Install the rivals that it is measured beside; they are no part of EventFlow."""
    command = [*assets.npm_of(node), "ci", "--ignore-scripts", "--silent"]
    subprocess.run(command, check=True, cwd=PAGES)


def measure_ours(browser: Browser, address: str, result: Result) -> None:
    decoded, painted, phone = [], [], []
    for _ in range(ROUNDS):
        with opened(browser, f"{address}/ours.html", DESK) as page:
            decoded.append(page.evaluate("decodeMs()"))
            painted.append(page.evaluate("bench.first()"))
        with opened(browser, f"{address}/ours.html", PHONE, ratio=3) as page:
            phone.append(page.evaluate("bench.first()"))
    result.add("decode 100,000 seats", median(decoded), "ms", 50)
    result.add("first paint after the data, 1440 × 900", median(painted), "ms", 300)
    result.add("first paint after the data, 360 × 740 at 3 pixels", median(phone), "ms", 300)
    for name, size, ratio in (("1440 × 900", DESK, 1.0), ("360 × 740 at 3", PHONE, 3.0)):
        with opened(browser, f"{address}/ours.html", size, ratio=ratio) as page:
            page.evaluate("bench.first()")
            for level in ("blocks", "rows", "seats", "labels"):
                page.evaluate("(level) => bench.goTo(level)", level)
                for kind in ("drag", "zoom"):
                    frames = page.evaluate(
                        "([kind, frames]) => bench.motion(kind, frames)", [kind, FRAMES]
                    )
                    word = "pan" if kind == "drag" else "zoom"
                    what = f"{word} over {level}, {name}"
                    result.add(what, 1000 / frames["mean"], "frames/s", 50, most_is_best=True)
    with opened(browser, f"{address}/ours.html", DESK) as page:
        page.evaluate("bench.first()")
        for level in ("blocks", "seats", "labels"):
            page.evaluate("(level) => bench.goTo(level)", level)
            took = [page.evaluate("bench.change(1000)") for _ in range(9)]
            result.add(f"1,000 seats change, over {level}", median(took), "ms", 16)
        page.evaluate(f"bench.hits({HITS})")
        result.add("what lies under a point", page.evaluate(f"bench.hits({HITS})"), "ms", 1)


def measure_rivals(browser: Browser, address: str, folder: Path) -> Iterator[list[str]]:
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


def sections_of(size: int) -> list[dict[str, Any]]:
    """Return so many seats of the hall as sections of rows of points."""
    each = ROWS * SEATS
    return [
        {
            "label": f"Block {index + 1}",
            "rows": [
                [
                    {
                        "x": index % 10 * 2_300 + 50 * seat,
                        "y": index // 10 * 2_100 + 75 * row,
                    }
                    for seat in range(SEATS)
                ]
                for row in range(ROWS)
            ],
        }
        for index in range(size // each)
    ]


@contextmanager
def opened(browser: Browser, url: str, size: dict[str, int], *, ratio: float = 1) -> Iterator[Page]:
    context = browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        device_scale_factor=ratio,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("window.bench?.ready")
    yield page
    context.close()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def painter_of(browser: Browser, address: str) -> str:
    """Say what paints: a graphics card, or a program in its place."""
    with opened(browser, f"{address}/ours.html", DESK) as page:
        return page.evaluate(
            """() => {
              const gl = document.createElement("canvas").getContext("webgl");
              const info = gl?.getExtension("WEBGL_debug_renderer_info");
              return info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : "no WebGL";
            }"""
        )


def write(result: Result, rivals: list[list[str]], renderer: tuple[str, str]) -> None:
    """Put the print into the page, between its marks."""
    version, painter = renderer
    soft = "a program in the place of a graphics card" if "SwiftShader" in painter else painter
    lines = [
        f"Chromium {version}, painted by {soft}, on {os.cpu_count()} cores.",
        "",
        "| what | ours | bar | met |",
        "| --- | --- | --- | --- |",
        *(f"| {' | '.join(line)} |" for line in result.lines),
        "",
        "| beside it | seats | first paint | pan | zoom | 1,000 seats change |",
        "| --- | --- | --- | --- | --- | --- |",
        *(f"| {' | '.join(line)} |" for line in rivals),
    ]
    print("", *lines, sep="\n")
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text("\n".join([before + BEGIN, *lines, END + after]), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
