"""Pages of our own in Chromium, from a folder, at a size."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}


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
