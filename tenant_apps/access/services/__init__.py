"""Who comes in, as what, and which programs may do what."""

from __future__ import annotations

from tenant_apps.access.services.clients import (
    create_client,
    forget_expired_tokens,
    revoke_client,
)
from tenant_apps.access.services.idempotency import (
    Attempt,
    Replay,
    abandon,
    answer,
    begin,
    forget_old_answers,
)
from tenant_apps.access.services.members import (
    add_member,
    change_role,
    create_role,
    delete_role,
    remove_member,
)

__all__ = [
    "Attempt",
    "Replay",
    "abandon",
    "add_member",
    "answer",
    "begin",
    "change_role",
    "create_client",
    "create_role",
    "delete_role",
    "forget_expired_tokens",
    "forget_old_answers",
    "remove_member",
    "revoke_client",
]
