"""A buyer's session in a header, and a waiting room that is switched on."""

from __future__ import annotations

from typing import Any

from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events.models import Performance
from tenant_apps.inventory import sessions
from tenant_apps.queueing import services
from tenant_apps.queueing.domain import Mode, RoomDraft


def session_header(tenant: TenantRecord, session: str) -> dict[str, str]:
    return {sessions.HEADER: sessions.token_of(session, schema_name=tenant.schema_name)}


def switch_on(performance: Performance, mode: Mode = Mode.ON, **given: Any) -> None:
    draft = RoomDraft(mode=mode, **{"per_minute": 60_000, **given})
    services.set_room(performance_id=performance.pk, draft=draft, actor=SYSTEM)
