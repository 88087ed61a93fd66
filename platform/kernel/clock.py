"""The one place that reads the time, so that a test can set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_fixed: ContextVar[datetime | None] = ContextVar("fixed_time", default=None)


def now() -> datetime:
    """Return the present moment in UTC. Read it once an operation and pass it on."""
    return _fixed.get() or datetime.now(UTC)


def fixed_ms() -> int:
    """Return the held time in milliseconds, or 0: then Valkey reads its own clock."""
    held = _fixed.get()
    return int(held.timestamp() * 1000) if held else 0


@contextmanager
def fixed(moment: datetime) -> Iterator[None]:
    """Hold the clock still, for tests and simulations."""
    token = _fixed.set(moment)
    try:
        yield
    finally:
        _fixed.reset(token)
