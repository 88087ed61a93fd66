"""What happens to a connection on its way back into the pool. Settings import it: no Django."""

from __future__ import annotations

from typing import Any

import psycopg

LEAVE = b"SELECT set_config('role', 'none', false), set_config('search_path', '', false)"


def forget_tenant(connection: psycopg.Connection[Any]) -> None:
    """Take role and path away, so that whoever gets the connection next starts with nothing."""
    autocommit = connection.autocommit
    connection.autocommit = True
    connection.execute(LEAVE, prepare=False)
    connection.autocommit = autocommit
