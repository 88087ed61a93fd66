"""Refusals: what went wrong, as classes that a program can tell apart.

    DomainError
    ├── Invalid         the request itself is wrong; `field` says where
    ├── Unauthenticated nobody said who they are, or said it wrongly
    ├── NotAllowed      known, but not permitted
    ├── Missing         there is no such thing for this caller
    ├── Conflict        the world has moved on; reload and try again
    ├── Gone            it was there and its time is over
    ├── TooLarge        more than is taken at once
    ├── TooMany         slow down; `retry_after_s` says how long
    └── Unavailable     a part is down or busy; `retry_after_s` says how long

A refusal carries a stable `code`, one sentence for people and details for programs. Which HTTP
status it becomes is decided in `eventflow/problems.py` and nowhere else.
"""

from __future__ import annotations

from typing import ClassVar


class DomainError(Exception):
    """A refusal that the caller can understand and act on."""

    code: ClassVar[str] = "domain_error"
    message: ClassVar[str] = "The request was refused."

    def __init__(self, **details: object) -> None:
        super().__init__(self.message)
        self.details = details


class Invalid(DomainError):
    """The request itself is wrong; repeating it cannot help."""

    code = "invalid"
    message = "The request is not valid."


class Unauthenticated(DomainError):
    """Nobody said who they are, or said it wrongly."""

    code = "unauthenticated"
    message = "Sign in first."


class NotAllowed(DomainError):
    """The caller is known and may not do this."""

    code = "not_allowed"
    message = "You may not do this."


class Missing(DomainError):
    """There is no such thing, or not for this caller."""

    code = "missing"
    message = "There is nothing here."


class Conflict(DomainError):
    """The world has moved on; reload and try again."""

    code = "conflict"
    message = "Something else happened first."


class Gone(DomainError):
    """It was there, and its time is over."""

    code = "gone"
    message = "This is over."


class TooLarge(DomainError):
    """More than is taken at once."""

    code = "too_large"
    message = "This is more than is taken at once."


class TooMany(DomainError):
    """More requests than are fair; `retry_after_s` says when to come back."""

    code = "too_many_requests"
    message = "Too many requests. Wait a moment."


class Unavailable(DomainError):
    """A part is down or busy; the same request may work in `retry_after_s` seconds."""

    code = "unavailable"
    message = "This does not work right now. Try again in a moment."
