"""A connection on its way out of the pool and back. Settings import it: no Django here."""

from __future__ import annotations

import select
from typing import Any

import psycopg

LEAVE = b"SELECT set_config('role', 'none', false), set_config('search_path', '', false)"


def forget_tenant(connection: psycopg.Connection[Any]) -> None:
    """Take role and path away, so that whoever gets the connection next starts with nothing."""
    autocommit = connection.autocommit
    connection.autocommit = True
    connection.execute(LEAVE, prepare=False)
    connection.autocommit = autocommit


def ensure_connected(connection: psycopg.Connection[Any]) -> None:
    """Refuse a connection that the server has closed, without asking the server.

    An idle connection has nothing to read. Something to read is the end of it, or a message that
    announces it; so after a restart of PostgreSQL nobody is handed a dead one.
    """
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    if poll.poll(0):
        raise psycopg.OperationalError("the server has closed the connection")
