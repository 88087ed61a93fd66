"""Many at once, each with a database connection of its own, in one tenant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from kernel.db import tenant_context
from kernel.errors import DomainError

PATIENCE_S = 30


def all_at_once(
    schema_name: str, count: int, act: Callable[[int, Barrier], object]
) -> Counter[str]:
    """Run `act(number, gate)` in so many threads; how many ended with "done" or which refusal."""
    gate = Barrier(count, timeout=PATIENCE_S)

    def run(number: int) -> str:
        try:
            with tenant_context(schema_name):
                act(number, gate)
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(count) as pool:
        return Counter(pool.map(run, range(count)))
