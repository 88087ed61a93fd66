"""What else the machine does while something is measured: beside much of it a figure says little.

All that belongs to a run is below this process: the servers, the load generator, pgbench. What the
cores did beside those and beside idling, others did.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

# proc(5): user and system time in /proc/PID/stat, of itself and of children that have ended;
# counted from the fourth field.
TIMES = slice(10, 14)
IDLE = (3, 4)  # /proc/stat: idle, iowait


class Neighbours:
    """Counts from when it is made."""

    def __init__(self) -> None:
        self._all, self._idle, self._own = ticks()

    def share(self) -> float:
        """Return which part of all cores others have taken since, from 0 to 1."""
        now_all, now_idle, now_own = ticks()
        spent = now_all - self._all or 1
        others = spent - (now_idle - self._idle) - (now_own - self._own)
        return max(others / spent, 0.0)


def ticks() -> tuple[int, int, int]:
    """Return the clock ticks of all cores, those in which they idled, and our own."""
    first = Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0]
    cores = [int(part) for part in first.split()[1:9]]
    return sum(cores), sum(cores[part] for part in IDLE), own_ticks(os.getpid())


def own_ticks(pid: int) -> int:
    """Return the processor time of a process, of all below it, and of those that have ended."""
    return sum(sum(stat_of(each)[TIMES]) for each in tree(pid))


def tree(pid: int) -> list[int]:
    """Return a process and all below it."""
    below: list[int] = []
    with contextlib.suppress(FileNotFoundError):  # it has ended since
        for task in Path(f"/proc/{pid}/task").iterdir():
            children = (task / "children").read_text(encoding="utf-8").split()
            below += [found for child in children for found in tree(int(child))]
    return [pid, *below]


def stat_of(pid: int) -> list[int]:
    """Return the numbers of /proc/PID/stat from its fourth field on; nothing when it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [int(part) for part in text.rpartition(")")[2].split()[1:]]
