"""Loading in the live process: others' loads cost no thread, and a loader that died is replaced."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from django.db import OperationalError
from redis import Redis

from kernel.threads import in_thread
from public_apps.tenants.domain import TenantRecord
from tenant_apps.events.models import Performance
from tenant_apps.inventory import gateway, holds, queries
from tenant_apps.inventory.domain import Loading, Scope
from tenant_apps.inventory.live import hall as halls
from tenant_apps.inventory.live import loads
from tenant_apps.inventory.services import loading
from tests.support.live_house import House
from tests.support.sale import put_on_sale

FOR_EVER_MS = 10**9


def begin(scope: Scope, *, epoch: str = "dead", again: bool = True) -> str:
    """Take the first step of a load, as a loader does that is never heard of again."""
    call = holds.load_begin(scope, epoch=epoch, patience_ms=3_000, again=again)
    return holds.read_word(gateway.run(call))


def state(scope: Scope, valkey: Redis) -> str:
    found: Any = valkey.hget(f"ef:{{{scope.schema_name}:{scope.performance_id}}}:epoch", "state")
    return found.decode()


def hold(house: House) -> tuple[int, dict[str, Any], float]:
    with house.buyer() as anna:
        began = time.monotonic()
        answer = anna.post(house.url("holds"), json={"places": [3]})
        return answer.status_code, answer.json(), time.monotonic() - began


def test_who_comes_after_a_loader_has_died_waits_and_takes_over(
    house: House, valkey: Redis
) -> None:
    scope = queries.scope_of(house.performance.pk)
    assert begin(scope) == "BEGUN"
    status, _, waited_s = hold(house)
    assert status == 201
    assert state(scope, valkey) == "OPEN"
    # The patience, and a load.
    assert 2.5 < waited_s < 4.0


def test_with_patience_for_ever_it_stays_so_and_each_caller_is_told_when_to_come_back(
    house: House, valkey: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above. Nobody waits for ever all the same."""
    monkeypatch.setattr(loading, "PATIENCE_MS", FOR_EVER_MS)
    monkeypatch.setattr(loads, "WAIT_S", 0.3)
    scope = queries.scope_of(house.performance.pk)
    assert begin(scope) == "BEGUN"
    for _ in range(3):
        status, body, waited_s = hold(house)
        assert (status, body["code"]) == (503, "availability_loading")
        assert body["retry_after_s"] > 0
        assert waited_s < 2
    assert state(scope, valkey) == "LOADING"


def test_loads_of_others_take_no_thread(
    live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [Scope(live_tenant.schema_name, 1_000 + number) for number in range(64)]
    for scope in many:
        assert begin(scope) == "BEGUN"
    monkeypatch.setattr(loads, "WAIT_S", 1.0)

    async def run() -> float:
        hall = halls.Hall()
        asks = [
            asyncio.ensure_future(hall.run(holds.snapshot(scope), scope, holds.read_snapshot))
            for scope in many
        ]
        await asyncio.sleep(0.2)  # all of them wait
        began = time.monotonic()
        await in_thread(int)
        took_s = time.monotonic() - began
        refusals = await asyncio.gather(*asks, return_exceptions=True)
        assert {type(each) for each in refusals} == {Loading}
        await hall.stop()
        return took_s

    assert asyncio.run(run()) < 0.3


def test_reads_of_a_slow_database_leave_threads_for_others(
    live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four reads hang: the first caller of each is told to come back, and look-ups go on."""
    many = [Scope(live_tenant.schema_name, 1_000 + number) for number in range(16)]
    monkeypatch.setattr(loads, "WAIT_S", 0.3)
    monkeypatch.setattr(loads, "_finish", lambda *_: bool(time.sleep(1.0)))

    async def run() -> float:
        hall = halls.Hall()
        asks = [
            asyncio.ensure_future(hall.run(holds.snapshot(scope), scope, holds.read_snapshot))
            for scope in many
        ]
        refusals = await asyncio.gather(*asks, return_exceptions=True)
        assert {type(each) for each in refusals} == {Loading}
        began = time.monotonic()
        await in_thread(int)
        took_s = time.monotonic() - began
        await hall.stop()
        return took_s

    assert asyncio.run(run()) < 0.3


def test_a_performance_that_loads_keeps_no_other_untidied(
    house: House, valkey: Redis, live_tenant: TenantRecord
) -> None:
    """Its timer waits for the load; the timers of the others run on."""
    slow, quick = house.performance, put_on_sale()
    slow_scope, quick_scope = queries.scope_of(slow.pk), queries.scope_of(quick.pk)
    for performance in (slow, quick):
        house.performance = performance
        with house.buyer() as anna:
            assert anna.get(house.url("availability")).status_code == 200
    assert begin(slow_scope) == "BEGUN"
    time.sleep(0.7)  # the next round has met it
    call = holds.hold(quick_scope, hold_id="hld_x", session="anna", ordinals=[3], most_ms=100)
    assert holds.read_hold("hld_x", gateway.run(call))
    key = f"ef:{{{quick_scope.schema_name}:{quick_scope.performance_id}}}:places"
    assert valkey.getrange(key, 3, 3) == b"\1"
    time.sleep(1.2)
    assert valkey.getrange(key, 3, 3) == b"\0"
    assert state(slow_scope, valkey) == "LOADING"


def test_a_caller_without_a_loop_asks_for_a_word_and_gives_up_in_a_second(
    live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    performance: Performance = put_on_sale()
    assert begin(queries.scope_of(performance.pk)) == "BEGUN"
    asked: list[str] = []
    real = gateway.run

    def noting(call: Any) -> Any:
        asked.append(call.script.name)
        return real(call)

    monkeypatch.setattr(gateway, "run", noting)
    began = time.monotonic()
    with pytest.raises(Loading) as refused:
        loading.load(performance.pk)
    assert 0.9 < time.monotonic() - began < 2
    assert refused.value.details["retry_after_s"]
    # A snapshot would be 60 KB of a stadium, fifty times a second.
    assert set(asked) == {"load_begin"}


def test_a_loader_that_could_not_read_keeps_nobody_waiting(
    live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    performance: Performance = put_on_sale()

    def away(_: int) -> None:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(queries, "truth_of", away)
        with pytest.raises(OperationalError):
            loading.load(performance.pk)
    began = time.monotonic()
    loading.load(performance.pk)
    assert time.monotonic() - began < 0.5
