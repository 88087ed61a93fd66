"""Rooms beside each other in the live process: a slow one keeps no other waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.conf import settings

from kernel.script_pipe import ScriptPipe
from public_apps.tenants.domain import TenantRecord
from tenant_apps.events.models import Performance
from tenant_apps.queueing import gateway
from tenant_apps.queueing.domain import State
from tenant_apps.queueing.live import rooms as rooms_module
from tenant_apps.queueing.live.rooms import Key, Rooms
from tests.support.sale import put_on_sale
from tests.tenant_apps.queueing.conftest import switch_on

FREE = 34


@pytest.fixture
def pair(live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch) -> tuple[Key, Key]:
    """Two rooms that are on: the one that is looked after first, and another."""
    monkeypatch.setattr(rooms_module, "TICK_S", 0.1)
    return _room(live_tenant, put_on_sale()), _room(live_tenant, put_on_sale())


def _room(tenant: TenantRecord, performance: Performance) -> Key:
    switch_on(performance)
    return tenant.schema_name, performance.pk


async def keep_going(
    keys: tuple[Key, Key],
    count: Callable[[Key], Awaitable[int]],
    look: Callable[[Rooms], Awaitable[Any]],
) -> Any:
    """Let somebody join each room, in this order, and look for a while what happens."""
    pipe = ScriptPipe(settings.HOLDS_URL)
    rooms = Rooms(pipe, lambda schema_name, performance_id: count((schema_name, performance_id)))
    for key in keys:
        rules = await rooms.find_rules(key)
        assert rules is not None
        standing = await rooms.join(rules, session="anna")
        assert standing.state is not State.ADMITTED
    rooms.start()
    try:
        return await look(rooms)
    finally:
        await rooms.stop()
        pipe.close()


@pytest.mark.parametrize(("at_once", "is_let_in"), [(rooms_module.MOST_AT_ONCE, True), (1, False)])
def test_a_room_that_does_not_answer_keeps_no_other_waiting(
    pair: tuple[Key, Key], monkeypatch: pytest.MonkeyPatch, at_once: int, is_let_in: bool
) -> None:
    """The control: one after the other, who waits in the other room waits for ever."""
    monkeypatch.setattr(rooms_module, "MOST_AT_ONCE", at_once)
    silent, other = pair

    async def count(key: Key) -> int:
        if key == silent:
            await asyncio.Event().wait()
        return FREE

    async def look(rooms: Rooms) -> bool:
        rules = await rooms.find_rules(other)
        assert rules is not None
        for _ in range(20):
            await asyncio.sleep(0.1)
            if (await rooms.join(rules, session="anna")).state is State.ADMITTED:
                return True
        return False

    assert asyncio.run(keep_going(pair, count, look)) is is_let_in


def test_a_slow_room_lets_fewer_in_and_the_others_as_many_as_ever(
    pair: tuple[Key, Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms_module, "STRAIN_S", 0.4)
    slow, other = pair
    strained: dict[int, list[bool]] = {slow[1]: [], other[1]: []}
    admit = gateway.admit

    def noting(rules: Any, *, free: int, is_strained: bool) -> Any:
        strained[rules.performance_id].append(is_strained)
        return admit(rules, free=free, is_strained=is_strained)

    monkeypatch.setattr(gateway, "admit", noting)

    async def count(key: Key) -> int:
        await asyncio.sleep(0.6 if key == slow else 0)
        return FREE

    async def look(_: Rooms) -> None:
        await asyncio.sleep(2.5)

    asyncio.run(keep_going(pair, count, look))
    assert strained[slow[1]][:1] == [False]
    assert strained[slow[1]][1:]
    assert all(strained[slow[1]][1:])
    assert len(strained[other[1]]) > 10
    assert not any(strained[other[1]])
