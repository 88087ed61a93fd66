"""Mails as files, for the embedded run: a mailbox that keeps one of two equal messages."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

SUFFIX = ".eml"


class EmailBackend(BaseEmailBackend):
    """Write each mail into EMAIL_FILE_PATH, named after its Message-ID."""

    def __init__(self, fail_silently: bool = False, **_: Any) -> None:
        if settings.ENVIRONMENT == "production":
            raise ImproperlyConfigured(
                "Mails as files are for the embedded run: set EMAIL_BACKEND."
            )
        super().__init__(fail_silently=fail_silently)
        self.folder = Path(settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Deliver every mail; what has come before is dropped, as a receiver drops it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for mail in email_messages:
            message = mail.message()
            deliver(self.folder, str(message["Message-ID"]), message.as_bytes())
        return len(email_messages)


def deliver(folder: Path, message_id: str, raw: bytes) -> bool:
    """Put a mail into the folder, whole or not at all; False if it was there before."""
    name = hashlib.sha256(message_id.encode()).hexdigest()[:24] + SUFFIX
    handle, draft = tempfile.mkstemp(dir=folder, prefix=".draft-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        # A link is refused where the name is taken: two deliveries at once are one file.
        with contextlib.suppress(FileExistsError):
            os.link(draft, folder / name)
            return True
        return False
    finally:
        Path(draft).unlink()
