"""The live process' own state of waiting rooms, and the loop that lets people in."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from kernel import clock
from kernel.db import AWAY, tenant_context
from kernel.errors import DomainError
from kernel.event_stream import Streams
from kernel.lookups import LookUps
from kernel.script_pipe import PipeBroken, ScriptPipe
from kernel.threads import in_thread
from kernel.together import Together, TooMuchAtOnce
from kernel.valkey import Call
from tenant_apps.queueing import gateway, queries, services
from tenant_apps.queueing.domain import NotAdmitted, RoomDown, Rules, Standing

log = structlog.get_logger(__name__)

TICK_S = 1.0
# An organizer's change is seen after so long.
RULES_LIFE_S = 2.0
# A room is kept going so long after somebody last asked.
REMEMBER_S = 3_600.0
# Later than this, the loop or Valkey is short of breath: fewer are let in.
STRAIN_S = 0.1
# Rooms that are looked after at the same time.
MOST_AT_ONCE = 16

Key = tuple[str, int]
FreePlaces = Callable[[str, int], Awaitable[int]]


class Rooms:
    """All rooms that somebody has asked for. `free_places` counts for a schema and performance."""

    def __init__(self, pipe: ScriptPipe, free_places: FreePlaces) -> None:
        self.streams = Streams()
        self._pipe = pipe
        self._free_places = free_places
        # Of performances that are there: most have no room, and that is remembered as well.
        self._rules: LookUps[Key, Rules] = LookUps(
            _find_rules, life_s=RULES_LIFE_S, nothing_life_s=RULES_LIFE_S, most_nothing=20_000
        )
        self._ticks: Together[Key, None] = Together()
        self._rounds: Together[Key, None] = Together()
        self._at_once = asyncio.Semaphore(MOST_AT_ONCE)
        self._asked_at: dict[Key, float] = {}
        self._task: asyncio.Task[None] | None = None
        self._is_late = False
        # Rooms whose questions took long the last time.
        self._slow: set[Key] = set()

    def start(self) -> None:
        self._task = asyncio.create_task(self._let_people_in())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._rounds.stop()
        await self._ticks.stop()
        await self._rules.stop()

    async def find_rules(self, key: Key) -> Rules | None:
        """Return the rules of a room that is on; None where nobody has to wait."""
        rules = await self._rules.find(key)
        return rules if rules is not None and rules.is_on(_now_ms()) else None

    async def join(self, rules: Rules, *, session: str, number: int = 0) -> Standing:
        """Take a place or keep it. Refuses with RoomFull or RoomDown."""
        self._asked_at[_key(rules)] = _loop_s()
        call = gateway.join(rules, session=session, number=number)
        return gateway.read_standing(await self._run(call))

    async def arrive(self, rules: Rules, *, session: str, number: int = 0) -> Standing:
        """Join, and go straight in where nobody has to wait."""
        standing = await self.join(rules, session=session, number=number)
        if standing.is_near and _now_ms() >= rules.opens_ms:
            with contextlib.suppress(DomainError):
                await self._tick(rules)
            standing = await self.join(rules, session=session)
        return standing

    async def leave(self, rules: Rules, *, session: str) -> None:
        """Give the place up. Refuses with RoomDown."""
        await self._run(gateway.leave(rules, session=session))

    async def ensure_admitted(self, key: Key, session: str) -> None:
        """Use the session's lease for a new hold. Refuses with NotAdmitted or RoomDown."""
        rules = await self.find_rules(key)
        if rules is None:
            return
        self._asked_at[key] = _loop_s()
        if not gateway.read_has_entered(await self._run(gateway.enter(rules, session=session))):
            raise NotAdmitted

    async def _run(self, call: Call) -> Any:
        for is_last in (False, True):
            try:
                return await self._pipe.run(
                    call.script, call.keys, (clock.fixed_ms(), *call.arguments)
                )
            except PipeBroken as error:
                # Every script may run twice: a session has one place, a lease is used once.
                if is_last:
                    raise RoomDown(retry_after_s=2) from error
        raise AssertionError("unreachable")

    async def _let_people_in(self) -> None:
        due = _loop_s() + TICK_S
        while True:
            await asyncio.sleep(max(0.0, due - _loop_s()))
            now = _loop_s()
            self._is_late = now - due > STRAIN_S
            for key, asked_at in list(self._asked_at.items()):
                if now - asked_at > REMEMBER_S:
                    del self._asked_at[key]
                    self._slow.discard(key)
                    continue
                with contextlib.suppress(TooMuchAtOnce):
                    # Not waited for: a slow room keeps no other waiting.
                    self._rounds.begin(key, functools.partial(self._look_after, key))
            due = max(due + TICK_S, _loop_s())

    async def _look_after(self, key: Key) -> None:
        async with self._at_once:
            try:
                rules = await self.find_rules(key)
                if rules is not None:
                    await self._tick(rules)
            except (DomainError, *AWAY) as refusal:
                log.warning("room_waits", performance_id=key[1], error=type(refusal).__name__)
            except Exception:
                log.exception("room_failed", performance_id=key[1])

    async def _tick(self, rules: Rules) -> None:
        """Open the room when the sale has, and let in as many as there is room for.

        Once, however many ask for it at the same time.
        """
        await self._ticks.do(_key(rules), functools.partial(self._let_in, rules))

    async def _let_in(self, rules: Rules) -> None:
        if rules.is_due(_now_ms()):
            # The room is there before its seed is: one with a seed that nobody knows was lost.
            await self._run(gateway.open_doors(rules))
            opened = await in_thread(_commit_seed, rules)
            self._rules.remember(_key(rules), opened)
            if opened is None:
                return
            rules = opened
        if not rules.seed:
            return
        for _ in range(services.OPENING_CALLS):
            if gateway.read_is_open(await self._run(gateway.open_doors(rules))):
                break
        await self._admit(rules)

    async def _admit(self, rules: Rules) -> None:
        """Let people in, fewer while the loop is late or this room's own questions take long.

        What takes long elsewhere, or once at the opening, says nothing of who is let in here.
        """
        key, began = _key(rules), _loop_s()
        try:
            free = await self._free_places(*key)
            is_strained = self._is_late or key in self._slow
            await self._run(gateway.admit(rules, free=free, is_strained=is_strained))
        finally:
            if _loop_s() - began > STRAIN_S:
                self._slow.add(key)
            else:
                self._slow.discard(key)


def _key(rules: Rules) -> Key:
    return rules.schema_name, rules.performance_id


def _now_ms() -> int:
    return int(clock.now().timestamp() * 1000)


def _loop_s() -> float:
    return asyncio.get_running_loop().time()


def _find_rules(schema_name: str, performance_id: int) -> Rules | None:
    with tenant_context(schema_name):
        return queries.find_rules(performance_id)


def _commit_seed(rules: Rules) -> Rules | None:
    with tenant_context(rules.schema_name):
        return services.commit_seed(rules)
