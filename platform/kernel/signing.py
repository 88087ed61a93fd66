"""Signed and sealed values, with a key for each tenant and purpose.

A value signed for one tenant or purpose is rubbish everywhere else: the key is derived
(HMAC-SHA256, as in RFC 5869's expand step) from the secret, the schema and the purpose.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from kernel import clock, errors
from kernel.db import current_schema

MAX_TOKEN_LENGTH = 4096
SIGNATURE_BYTES = 20


class BadSignature(errors.Missing):
    code = "bad_signature"
    message = "This link or token is not valid."


class Expired(errors.Gone):
    code = "expired"
    message = "This link or token has expired."


class CannotDecrypt(errors.Unavailable):
    code = "cannot_decrypt"
    message = "A stored secret cannot be read with the keys that are configured."


def derive_key(purpose: str, schema_name: str | None = None, *, secret: str | None = None) -> bytes:
    """Return 32 bytes for this purpose in this schema (the current one unless named)."""
    where = schema_name if schema_name is not None else current_schema()
    info = f"eventflow\0{where}\0{purpose}".encode()
    return hmac.digest((secret or settings.SECRET_KEY).encode(), info, hashlib.sha256)


def pseudonym(purpose: str, *words: str, schema_name: str) -> str:
    """Return 32 hexadecimal digits that stand for these words, for this tenant and purpose alone.

    For keys in Valkey that are about somebody: a plain hash of an address is read backwards by
    trying all of them. BLAKE2 takes a key itself (RFC 7693), in a third of HMAC's time.
    """
    key = _pseudonym_key(purpose, schema_name)
    said = "\0".join(words).encode(errors="replace")
    return hashlib.blake2b(said, key=key, digest_size=16).hexdigest()


@lru_cache(4_096)
def _pseudonym_key(purpose: str, schema_name: str) -> bytes:
    return derive_key(f"pseudonym:{purpose}", schema_name)


def sign(
    purpose: str,
    payload: dict[str, Any],
    *,
    schema_name: str | None = None,
    at: datetime | None = None,
) -> str:
    """Return a URL-safe token that carries the payload and when it was made.

    With `at`, the age counts from there, and the same payload is the same token each time.
    """
    body = json.dumps(
        {**payload, "at": int((at or clock.now()).timestamp())},
        separators=(",", ":"),
        sort_keys=True,
    ).encode()
    return f"{_encode(body)}.{_encode(_mac(body, derive_key(purpose, schema_name)))}"


def unsign(
    purpose: str, token: str, *, max_age: timedelta | None, schema_name: str | None = None
) -> dict[str, Any]:
    """Return the payload. Refuses with BadSignature or, past its age, Expired."""
    try:
        body_text, mac_text = token[:MAX_TOKEN_LENGTH].split(".")
        body, mac = _decode(body_text), _decode(mac_text)
    except (ValueError, binascii.Error):
        raise BadSignature from None
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = (derive_key(purpose, schema_name, secret=secret) for secret in secrets)
    if not any(hmac.compare_digest(mac, _mac(body, key)) for key in keys):
        raise BadSignature
    payload: dict[str, Any] = json.loads(body)
    if max_age is not None and clock.now().timestamp() - payload["at"] > max_age.total_seconds():
        raise Expired
    return payload


def encrypt(purpose: str, plain: bytes) -> bytes:
    """Seal bytes at rest for the current schema, under the newest of ENCRYPTION_KEYS."""
    return _fernet(purpose).encrypt(plain)


def decrypt(purpose: str, sealed: bytes) -> bytes:
    """Open what `encrypt` sealed in this schema for this purpose. Refuses with CannotDecrypt."""
    try:
        return _fernet(purpose).decrypt(bytes(sealed))
    except InvalidToken:
        raise CannotDecrypt(purpose=purpose) from None


def _fernet(purpose: str) -> MultiFernet:
    return MultiFernet(
        Fernet(base64.urlsafe_b64encode(derive_key(f"seal:{purpose}", secret=secret)))
        for secret in settings.ENCRYPTION_KEYS
    )


def _mac(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, body, hashlib.sha256)[:SIGNATURE_BYTES]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    if not text.isascii():
        raise ValueError(text)
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
