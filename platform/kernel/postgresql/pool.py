"""A connection on its way out of the pool and back. Settings import it: no Django here."""

from __future__ import annotations

import select
from typing import Any

import psycopg
from psycopg_pool.base import AttemptWithBackoff

# A pool that lost its connections tries again after 1, 2, 4, 8 s: after an outage everyone waits
# about as long again. It has no option for that. Twice a second costs a refused connection.
AttemptWithBackoff.INITIAL_DELAY = 0.5
AttemptWithBackoff.DELAY_BACKOFF = 1.0

LEAVE = (
    b"SELECT set_config('role', 'none', false), set_config('search_path', '', false),"
    b" pg_advisory_unlock_all()"
)


def forget_tenant(connection: psycopg.Connection[Any]) -> None:
    """Take role, path and locks away, so that whoever comes next starts with nothing."""
    autocommit = connection.autocommit
    connection.autocommit = True
    connection.execute(LEAVE, prepare=False)
    connection.autocommit = autocommit


def is_connected(connection: psycopg.Connection[Any]) -> bool:
    """Tell, without asking the server, whether an idle connection is still good.

    It has nothing to read. Something to read is its end, or the message that announces it.
    """
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    return not poll.poll(0)
