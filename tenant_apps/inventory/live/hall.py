"""The live process' own state: its connection, what it has looked up, the feeds it follows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from cachetools import LRUCache
from django.conf import settings
from django.db import InterfaceError, OperationalError

from kernel import clock, ids
from kernel.db import tenant_context
from kernel.event_stream import Streams
from kernel.recent import Recent
from kernel.script_pipe import PipeBroken, ScriptPipe
from kernel.threads import in_thread
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
        self._performances: Recent[tuple[str, str], LivePerformance] = Recent(
            most=20_000, life_s=10
        )
        self._last_known: LRUCache[tuple[str, str], LivePerformance] = LRUCache(20_000)
        # Apart, so that a scan of random ids drives none out that is known; short, because what is
        # published now must be there now.
        self._unknown: Recent[tuple[str, str], None] = Recent(most=2_000, life_s=UNKNOWN_S)
        self._looking: dict[tuple[str, ...], asyncio.Task[Any]] = {}
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
        return record if known else await self._look(("host", host), tenants.find_tenant_at, host)

    async def performance(self, schema_name: str, public_id: str) -> LivePerformance | None:
        """Return a published performance of the tenant, if there is such a one."""
        key = (schema_name, public_id)
        known, found = self._performances.find(key)
        if known:
            return found
        if self._unknown.find(key)[0] or not ids.is_id(public_id, "prf"):
            return None
        try:
            found = await self._look(key, _look_up, schema_name, public_id)
        except (OperationalError, InterfaceError):
            # PostgreSQL is away: what was on sale a moment ago still can be held.
            if key not in self._last_known:
                raise
            return self._last_known[key]
        if found is None:
            self._unknown.put(key, None)
            self._last_known.pop(key, None)
        else:
            self._last_known[key] = found
            self._performances.put(key, found)
        return found

    async def _look(self, key: tuple[str, ...], query: Callable[..., T], *arguments: Any) -> T:
        """Ask the database from a thread, once however many want to know the same at a time."""
        task = self._looking.get(key)
        if task is None:
            task = self._looking[key] = asyncio.ensure_future(in_thread(query, *arguments))
            task.add_done_callback(lambda _: self._looking.pop(key, None))
        found: T = await asyncio.shield(task)
        return found

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
