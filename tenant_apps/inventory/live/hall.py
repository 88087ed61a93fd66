"""The live process' own state: its connection, what it has looked up, the feeds it follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from django.conf import settings

from kernel import clock, ids
from kernel.db import tenant_context
from kernel.event_stream import Streams
from kernel.lookups import LookUps
from kernel.recent import Recent
from kernel.script_pipe import PipeBroken, ScriptPipe
from kernel.threads import in_thread
from kernel.together import Together
from kernel.valkey import Call
from public_apps.tenants import queries as tenants
from public_apps.tenants.domain import TenantRecord
from tenant_apps.events.models import Performance
from tenant_apps.inventory import holds, queries, sessions
from tenant_apps.inventory.domain import HoldsDown, Loading, Scope
from tenant_apps.inventory.live.feed import Feeds
from tenant_apps.inventory.live.gate import OPEN, Gate
from tenant_apps.inventory.live.loads import Loads
from tenant_apps.venues import queries as venues

log = structlog.get_logger(__name__)

T = TypeVar("T")

ATTEMPTS = 20
KNOWN_S = 10
UNKNOWN_S = 3


@dataclass(frozen=True, slots=True)
class LivePerformance:
    """What a live request needs to know of a performance. Areas: key -> (first, last) ordinal."""

    scope: Scope
    areas: dict[str, tuple[int, int]]


class Hall:
    """Everything that lives as long as the process does."""

    def __init__(self) -> None:
        self.pipe = ScriptPipe(settings.HOLDS_URL)
        self.limits = ScriptPipe(settings.CACHE_URL)
        self.feeds = Feeds(self)
        # Who puts the process together may set another: inventory knows nothing of queues.
        self.gate: Gate = OPEN
        self.streams = Streams()
        # Nothing lives shorter, because what is published now must be there now.
        self._performances: LookUps[tuple[str, str], LivePerformance] = LookUps(
            _look_up, life_s=KNOWN_S, nothing_life_s=UNKNOWN_S
        )
        # Once for all who ask; what is found is kept where organizers are.
        self._hosts: Together[str, TenantRecord | None] = Together()
        self._loads = Loads(self._ask)
        self._sessions: Recent[tuple[str, str], str] = Recent(most=50_000, life_s=60)

    def session_of(self, token: str, *, schema_name: str) -> str | None:
        """Return the session of a buyer's token; a good one is not checked again for a minute."""
        if not token:
            return None
        key = (schema_name, token)
        _, session = self._sessions.find(key)
        if session is None:
            session = sessions.session_of(token, schema_name=schema_name)
            if session is not None:
                self._sessions.put(key, session)
        return session

    async def tenant_at(self, host: str) -> TenantRecord | None:
        """Return the tenant of a host: from the cache, else from a thread."""
        known, record = tenants.cached_tenant_at(host)
        if known:
            return record
        return await self._hosts.do(host, lambda: in_thread(tenants.find_tenant_at, host))

    async def performance(self, schema_name: str, public_id: str) -> LivePerformance | None:
        """Return a published performance of the tenant, if there is such a one."""
        key = (schema_name, public_id)
        known, found = self._performances.cached(key)
        if known or not ids.is_id(public_id, "prf"):
            return found
        return await self._performances.find(key)

    async def run(self, call: Call, scope: Scope, read: Callable[[Any], T]) -> T:
        """Run a script and read its answer, loading the performance first where that is needed.

        Refuses like the reader, with Loading or with HoldsDown.
        """
        for _ in range(ATTEMPTS):
            try:
                return read(await self._ask(call))
            except (holds.Stale, Loading):
                # Loading too: who does it may have died, and then somebody has to take over.
                await self._loads.load(scope)
        raise Loading(retry_after_s=0.2)

    async def _ask(self, call: Call) -> Any:
        for is_last in (False, True):
            try:
                return await self.pipe.run(
                    call.script, call.keys, (clock.fixed_ms(), *call.arguments)
                )
            except PipeBroken as error:
                # Every script may run twice, so a call that was cut off is made once more.
                if is_last:
                    raise HoldsDown(retry_after_s=1) from error
        raise AssertionError("unreachable")

    async def start(self) -> None:
        self.feeds.start()

    async def stop(self) -> None:
        await self.feeds.stop()
        await self._loads.stop()
        await self._performances.stop()
        await self._hosts.stop()
        self.pipe.close()
        self.limits.close()


def _look_up(schema_name: str, public_id: str) -> LivePerformance | None:
    with tenant_context(schema_name):
        found = (
            Performance.objects.filter(
                public_id=public_id, state="published", event__state="published"
            )
            .values_list("pk", "plan_version_id")
            .first()
        )
        if found is None:
            return None
        performance_id, version_id = found
        areas = {
            area.key: (area.first_ordinal, area.first_ordinal + area.capacity - 1)
            for area in venues.layout(version_id).areas
        }
        return LivePerformance(scope=queries.scope_of(performance_id), areas=areas)
