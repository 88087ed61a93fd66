"""`make reset`: empty the data folder, after asking."""

from __future__ import annotations

import shutil
from pathlib import Path

from eventflow.local.children import CannotStart
from eventflow.local.options import MARK, Options, is_locked


def reset(chosen: Options, *, is_sure: bool) -> int:
    """Remove what the embedded run kept; give the exit code."""
    folder = chosen.folder
    if not folder.exists() or not any(folder.iterdir()):
        print(f"There is nothing in {folder}.")
        return 0
    if not (folder / MARK).exists():
        raise CannotStart(f"{folder} was not made by EventFlow: it is left alone.")
    if is_locked(folder):
        raise CannotStart(f"EventFlow runs on {folder}: stop it first.")
    megabytes = _size_bytes(folder) // 1_000_000
    print(f"This removes {folder} ({megabytes} MB): the database, holds, mails, logs, secrets.")
    if not is_sure and not _says_yes():
        print("Nothing was removed.")
        return 1
    shutil.rmtree(folder)
    print("It is empty; `make up` makes everything anew.")
    return 0


def _says_yes() -> bool:
    try:
        return input("Type yes to go on: ").strip().lower() == "yes"
    except (EOFError, KeyboardInterrupt):
        print()
        return False


def _size_bytes(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*"))
