"""The double's state: rows by kind and account in memory, written through to one SQLite file.

A row is the JSON object that the API shows, or one of the double's own notes. Rows keep the order
in which they were made. `commit` is called once a request: a process that is killed loses at most
the request that it was answering.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PLATFORM = ""
Row = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, account, id)
)
"""
_UPSERT = """
INSERT INTO rows VALUES (?, ?, ?, ?, ?)
ON CONFLICT (kind, account, id) DO UPDATE SET body = excluded.body
"""


class Store:
    """All rows of all accounts. The platform's own account is named by the empty string."""

    def __init__(self, path: Path | None = None) -> None:
        self._rows: dict[tuple[str, str], dict[str, Row]] = {}
        self._changed: dict[tuple[str, str, str], Row | None] = {}
        self._position = 0
        self._file = _open(path) if path else None
        if self._file:
            self._load(self._file)

    def put(self, kind: str, account: str, row: Row) -> Row:
        """Store the row under its id; a row that is there already keeps its place."""
        self._rows.setdefault((kind, account), {})[row["id"]] = row
        self._changed[kind, account, row["id"]] = row
        return row

    def find(self, kind: str, account: str, row_id: str) -> Row | None:
        return self._rows.get((kind, account), {}).get(row_id)

    def remove(self, kind: str, account: str, row_id: str) -> None:
        if self._rows.get((kind, account), {}).pop(row_id, None) is not None:
            self._changed[kind, account, row_id] = None

    def rows(self, kind: str, account: str) -> list[Row]:
        """Return the account's rows of the kind, oldest first."""
        return list(self._rows.get((kind, account), {}).values())

    def all_rows(self, kind: str) -> Iterator[tuple[str, Row]]:
        """Yield account and row for every row of the kind."""
        for (row_kind, account), rows in list(self._rows.items()):
            if row_kind == kind:
                yield from ((account, row) for row in list(rows.values()))

    def clear(self, *, keep: frozenset[str] = frozenset()) -> None:
        """Forget everything but the kinds to keep."""
        for kind, account in list(self._rows):
            if kind not in keep:
                for row_id in list(self._rows[kind, account]):
                    self.remove(kind, account, row_id)

    def commit(self) -> None:
        """Write what has changed since the last commit."""
        changed, self._changed = self._changed, {}
        if not self._file or not changed:
            return
        with self._file:
            for (kind, account, row_id), row in changed.items():
                if row is None:
                    self._file.execute(
                        "DELETE FROM rows WHERE kind = ? AND account = ? AND id = ?",
                        (kind, account, row_id),
                    )
                else:
                    self._position += 1
                    self._file.execute(
                        _UPSERT, (kind, account, row_id, self._position, json.dumps(row))
                    )

    def close(self) -> None:
        self.commit()
        if self._file:
            self._file.close()

    def _load(self, file: sqlite3.Connection) -> None:
        found = file.execute("SELECT kind, account, id, position, body FROM rows ORDER BY position")
        for kind, account, row_id, position, body in found:
            self._rows.setdefault((kind, account), {})[row_id] = json.loads(body)
            self._position = max(self._position, position)


def visible(row: Row) -> Row:
    """Return the row without the double's own notes."""
    return {key: value for key, value in row.items() if not key.startswith("_")}


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = sqlite3.connect(path, check_same_thread=False)
    # A killed process loses nothing that was written; only a power cut could.
    file.execute("PRAGMA journal_mode = WAL")
    file.execute("PRAGMA synchronous = OFF")
    file.execute(_SCHEMA)
    return file
