"""Where the embedded run can be reached: a file in the data folder, read by every process.

The supervisor writes it; `manage.py` in another terminal finds the running PostgreSQL by it.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from eventflow.local.children import write_private

FILE = "environment.json"


def data_dir(root: Path) -> Path:
    """Give the embedded run's data folder: EVENTFLOW_DATA, or `.data` in the project."""
    return root / os.environ.get("EVENTFLOW_DATA", ".data")


def write_environment(folder: Path, variables: Mapping[str, str]) -> None:
    """Leave the variables of the embedded run for its processes and for `manage.py`."""
    write_private(folder / FILE, json.dumps(dict(variables), indent=2, sort_keys=True) + "\n")


def fill_environment(root: Path) -> None:
    """Set what the embedded run provides, where nothing was set, unless DATABASE_URL is given.

    Before the first `make up` there are stand-ins with which settings load (checks, type checks,
    `makemigrations`) and nothing can be reached.
    """
    if os.environ.get("DATABASE_URL"):
        return
    try:
        variables = json.loads((data_dir(root) / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        variables = _stand_ins()
    for name, value in variables.items():
        os.environ.setdefault(name, value)


def _stand_ins() -> dict[str, str]:
    return {
        "DATABASE_URL": "postgresql://eventflow@127.0.0.1:1/not-running",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": fernet_key(),
    }


def fernet_key() -> str:
    """Make a key as cryptography's Fernet wants it: 32 bytes in URL-safe base64, padded."""
    return secrets.token_urlsafe(32) + "="
