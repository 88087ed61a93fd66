"""Public ids: a prefix that names the kind, and 120 random bits in Crockford's base 32.

Database ids stay inside; what leaves the house cannot be counted or guessed.
"""

from __future__ import annotations

import base64
import re
import secrets

# Crockford's alphabet has no I, L, O and U: nothing to misread aloud or in print.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 24
MAX_LENGTH = 32
_IN_OURS = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET.encode())
_SHAPE = re.compile(rf"[a-z]{{2,6}}_[{ALPHABET}]{{{LENGTH}}}")


def new(prefix: str) -> str:
    """Return a fresh id such as `ord_7h2k…` (prefix, underscore, 24 characters)."""
    digits = base64.b32encode(secrets.token_bytes(LENGTH * 5 // 8)).translate(_IN_OURS)
    return f"{prefix}_{digits.decode()}"


def is_id(text: str, prefix: str) -> bool:
    """Whether the text has the shape of an id of this kind."""
    return text.startswith(f"{prefix}_") and _SHAPE.fullmatch(text) is not None
