"""A pool that lost its connections tries again soon, however long PostgreSQL was away."""

from __future__ import annotations

from psycopg_pool.base import AttemptWithBackoff

import kernel.postgresql.pool  # noqa: F401  (it sets the pauses)

SOON_S = 0.6


def test_the_pause_between_attempts_does_not_grow() -> None:
    attempt, now, pauses = AttemptWithBackoff(timeout=60), 100.0, []
    for _ in range(10):
        attempt.update_delay(now)
        pauses.append(attempt.delay)
        now += attempt.delay
    assert all(0 < pause < SOON_S for pause in pauses), pauses
