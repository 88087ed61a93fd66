"""The secrets of one embedded run: made once, kept in the data folder, readable by its owner."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path

from eventflow.local.children import CannotStart, write_private

FILE = "secrets.json"

MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "ENCRYPTION_KEYS": lambda: secrets.token_urlsafe(48),
    "STRIPE_API_KEY": lambda: f"sk_test_{secrets.token_hex(24)}",
    "STRIPE_WEBHOOK_SECRET": lambda: f"whsec_{secrets.token_hex(24)}",
}


def load_or_make(folder: Path) -> dict[str, str]:
    """Read the secrets; make those that are missing, never another for one that is there."""
    path = folder / FILE
    try:
        kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        kept = {}
    except ValueError:
        raise CannotStart(
            f"{path} is damaged: put it back, or empty the data folder with `make reset`."
        ) from None
    missing = {name: make() for name, make in MAKERS.items() if name not in kept}
    if missing:
        kept |= missing
        write_private(path, json.dumps(kept, indent=2) + "\n")
    return {name: kept[name] for name in MAKERS}
