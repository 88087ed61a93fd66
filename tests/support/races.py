"""Doing the same thing at once from many threads, each with its own database connection."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from kernel import errors

WAIT_S = 20


def all_at_once(body: Callable[[Barrier], None], *, count: int = 8) -> list[str]:
    """Run the body in `count` threads; sorted, `done` or the name of the refusal of each.

    The body waits at the barrier where the race is to happen: the interleaving is forced.
    """
    gate = Barrier(count, timeout=WAIT_S)

    def run(_: int) -> str:
        try:
            body(gate)
        except errors.DomainError as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(count) as threads:
        return sorted(threads.map(run, range(count)))
