"""Django's sessions in the database, asked only for keys that it could have made itself.

A cookie may say anything, a NUL too, which PostgreSQL's texts cannot hold.
"""

from __future__ import annotations

import re

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

KEY = re.compile(r"[0-9a-z]{8,40}")


class SessionStore(DatabaseStore):
    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and KEY.fullmatch(key) is not None
