"""The demo's addresses and sign-ins: the demo command leaves them, `make up` prints them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from eventflow.local.children import write_private

FILE = "demo.json"


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """One thing to visit; `host` is an organizer's slug, empty for the platform itself."""

    title: str
    host: str = ""
    path: str = "/"
    email: str = ""
    password: str = ""

    def url(self, port: int, base_domain: str = "localhost") -> str:
        """Give the address under which the embedded run shows it."""
        host = f"{self.host}.{base_domain}" if self.host else base_domain
        return f"http://{host}:{port}{self.path}"


def write(folder: Path, places: Sequence[DemoPlace]) -> None:
    """Leave the places in the data folder, in the order in which they are to be shown."""
    text = json.dumps([asdict(place) for place in places], indent=2)
    write_private(folder / FILE, text + "\n")


def read(folder: Path) -> list[DemoPlace]:
    """Read what the demo command left; nothing when there is no demo data."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    return [DemoPlace(**place) for place in found]
