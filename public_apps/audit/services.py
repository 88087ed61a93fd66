"""Writing the audit trail. It lies below every app, so an actor is anything with three fields."""

from __future__ import annotations

from typing import Protocol

import structlog

from kernel import clock
from public_apps.audit.models import Entry


class Acting(Protocol):
    """Who acts: a kind (member, client, system, buyer, operator), a public id and a name."""

    @property
    def kind(self) -> str: ...
    @property
    def ref(self) -> str: ...
    @property
    def name(self) -> str: ...


def record(*, action: str, actor: Acting, subject: str = "", **details: object) -> None:
    """Add one line in the current schema, in the caller's transaction."""
    Entry.objects.create(
        at=clock.now(),
        action=action,
        actor_kind=actor.kind,
        actor_ref=actor.ref,
        actor_name=actor.name[:160],
        subject=subject,
        details=details,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
    )
