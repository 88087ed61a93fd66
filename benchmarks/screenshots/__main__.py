"""`make screenshots`: every page as people see it, at three widths, light and dark.

A demo of its own is started and bought from. Each page becomes a sheet of its looks side by side,
in `test-results/screenshots/`. Nothing is judged here: that is for whoever opens them.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from benchmarks.screenshots import rare, walks
from benchmarks.screenshots.photographer import FOLDER, LOOKS, SIZES, Photographer
from eventflow.local.demo_sign_ins import read
from tests.support.chromium import ARGUMENTS, get_chromium
from tests.support.shop import Shop
from tests.support.stack import Stack

PATIENCE_MS = 15_000
# What a page's own sheet shows of it: nobody looks at more.
TALLEST_PX = 2_600
GAP_PX = 24


def photograph(browser: Browser, stack: Stack, look: str, paths: Mapping[str, str]) -> list[str]:
    size, scheme, language = LOOKS[look]
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        locale=language,
        has_touch=size == "phone",
    )
    context.set_default_timeout(PATIENCE_MS)
    eye = Photographer(context.new_page(), stack, look)
    shop = Shop(stack)
    owner = next(place for place in read(stack.folder) if place.email.startswith("owner@aurora"))
    walks.walk_the_programme(eye)
    walks.walk_the_halls(eye)
    rare.walk_the_ends(eye)
    rare.walk_the_rooms(eye, paths)
    rare.let_the_time_run_out(eye, shop)
    rare.walk_the_orders(eye, paths)
    rare.end_the_alert(eye, shop)
    walks.buy(eye, shop)
    walks.walk_the_console(eye, owner.email, owner.password)
    context.close()
    return eye.taken


def sheet(name: str) -> Path:
    """Put the looks of one page side by side."""
    shots = [Image.open(FOLDER / f"{name}.{look}.png").convert("RGB") for look in LOOKS]
    shots = [shot.crop((0, 0, shot.width, min(shot.height, TALLEST_PX))) for shot in shots]
    width = sum(shot.width + GAP_PX for shot in shots)
    whole = Image.new("RGB", (width, max(shot.height for shot in shots)), "#888888")
    left = 0
    for shot in shots:
        whole.paste(shot, (left, 0))
        left += shot.width + GAP_PX
    path = FOLDER / f"{name}.webp"
    whole.save(path, "WEBP", quality=80)
    return path


def main() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=get_chromium(), args=list(ARGUMENTS))
        with Stack(Path(folder) / "data") as stack:
            paths = rare.prepare(stack)
            for look in LOOKS:
                taken = photograph(browser, stack, look, paths)
                print(f"{look}: {len(taken)} pages", flush=True)
        browser.close()
    for name in taken:
        sheet(name)
    print(f"Open them: {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
