"""Where the embedded run's servers are, for a command that is started beside it.

The supervisor writes `.data/environment.json` (0600): the variables that its children get. A tool
that only reads the code (mypy, makemigrations) finds none and gets stand-ins that lead nowhere.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

FILE = "environment.json"


def data_dir(root: Path) -> Path:
    """Return the folder that keeps the embedded run's data."""
    return Path(os.environ.get("EVENTFLOW_DATA") or root / ".data")


def fill_environment(root: Path) -> None:
    """Set what is not set yet: from the running supervisor's file, else by stand-ins.

    Where a database is named, nothing is made up: keys that differ from process to process would
    make every link and sealed value unreadable.
    """
    if os.environ.get("DATABASE_URL"):
        return
    file = data_dir(root) / FILE
    if file.exists():
        for name, value in json.loads(file.read_text(encoding="utf-8")).items():
            os.environ.setdefault(name, value)
    stand_ins = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": secrets.token_urlsafe(48),
        "DATABASE_URL": "postgresql://eventflow@127.0.0.1:1/eventflow",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    for name, value in stand_ins.items():
        os.environ.setdefault(name, value)
