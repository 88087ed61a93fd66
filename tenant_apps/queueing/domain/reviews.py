"""Orders that somebody should look at: what can become of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kernel import errors
from tenant_apps.queueing.domain.rules import Rule


class ReviewState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    REFUNDED = "refunded"
    BLOCKED = "blocked"


class NoSuchReview(errors.Missing):
    code = "no_such_review"
    message = "This order is not to be looked at."


class AlreadyDecided(errors.Conflict):
    code = "already_decided"
    message = "Somebody has decided about this order already."


@dataclass(frozen=True, slots=True)
class Pointing:
    """Why an order is to be looked at, and the card that it was paid with: hashed, or empty."""

    rules: tuple[Rule, ...]
    card: str = ""
