"""What the children say: all of it into files of bounded size, the alarming part on the console."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

LIMIT_BYTES = 5_000_000  # a file and its predecessor: 10 MB a child
LONGEST_LINE = 64_000
LONGEST_SHOWN = 300
SHOWN_PER_WINDOW = 5
WINDOW_S = 10.0

ALARMING = frozenset({"warning", "error", "critical"})
# PostgreSQL logs each refused statement as an ERROR; races are lost on purpose here.
ALARMING_TEXT = re.compile(r"\b(FATAL|PANIC|CRITICAL|Traceback)\b")
UNINTERESTING = re.compile(
    r"terminating connection|the database system is (starting up|shutting down)"
)


class BoundedFile:
    """A log file that gives way to a new one before it grows too large; one old one is kept."""

    def __init__(self, path: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self.path = path
        self._limit = limit_bytes
        self._file: BinaryIO | None = None
        self._size = 0

    def write(self, line: bytes) -> None:
        """Add a line; a full disk loses the line and nothing else."""
        try:
            if self._file is None or self._size > self._limit:
                self._open()
            if self._file is not None:
                self._file.write(line)
                self._file.flush()
                self._size += len(line)
        except OSError:
            self._file = None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> None:
        self.close()
        if self.path.exists() and self.path.stat().st_size > self._limit:
            self.path.replace(self.path.with_name(f"{self.path.name}.1"))
        self._file = self.path.open("ab")
        self._size = self.path.stat().st_size


@dataclass
class Listener:
    """One child's output, cut into lines."""

    name: str
    file: BoundedFile
    show: Callable[[str], None]
    _rest: bytes = b""
    _window_ends: float = 0.0
    _shown: int = field(default=0)

    def hear(self, part: bytes) -> None:
        """Take what came through the pipe; a line that never ends is cut."""
        *lines, self._rest = (self._rest + part).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            self.file.write(line + b"\n")
            alarm = alarm_in(line.decode(errors="replace"))
            if alarm:
                self._show(alarm)

    def _show(self, alarm: str) -> None:
        now = time.monotonic()
        if now > self._window_ends:
            self._window_ends, self._shown = now + WINDOW_S, 0
        self._shown += 1
        if self._shown <= SHOWN_PER_WINDOW:
            self.show(f"{self.name}: {alarm}")
        elif self._shown == SHOWN_PER_WINDOW + 1:
            self.show(f"{self.name}: says more, see {self.file.path}")


def alarm_in(line: str) -> str | None:
    """Give the sentence for the console when the line is a warning or worse."""
    if not line.startswith("{"):
        is_alarming = ALARMING_TEXT.search(line) and not UNINTERESTING.search(line)
        return line.strip()[:LONGEST_SHOWN] if is_alarming else None
    try:
        said = json.loads(line)
    except ValueError:
        return None
    if str(said.get("level", "")).lower() not in ALARMING:
        return None
    hidden = {"level", "logger", "timestamp", "event", "exception", "request_id", "task_id"}
    details = " ".join(f"{key}={value}" for key, value in said.items() if key not in hidden)
    last = str(said.get("exception", "")).strip().splitlines()[-1:]
    parts = [f"{said['level']}: {said.get('event', '')}", details, *last]
    return " ".join(" ".join(part for part in parts if part).split())[:LONGEST_SHOWN]
