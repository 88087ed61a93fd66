"""Look-ups of an event loop: once for all, bounded, the last answer while PostgreSQL is away."""

from __future__ import annotations

import asyncio
import time

import pytest
from django.db import OperationalError

from kernel import recent
from kernel.lookups import LookUps

Key = tuple[str, int]


class Table:
    """What a query finds, and how often it was asked; it may be away."""

    def __init__(self) -> None:
        self.rows: dict[Key, str] = {}
        self.asked: list[Key] = []
        self.is_away = False

    def query(self, name: str, number: int) -> str | None:
        self.asked.append((name, number))
        time.sleep(0.01)
        if self.is_away:
            raise OperationalError
        return self.rows.get((name, number))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(recent, "monotonic", lambda: now[0])
    return now


def look_ups(table: Table) -> LookUps[Key, str]:
    return LookUps(table.query, life_s=10, nothing_life_s=3, most=100, most_nothing=10)


def test_many_at_once_are_one_query_and_the_answer_lives_for_a_while(clock: list[float]) -> None:
    table = Table()
    table.rows["a", 1] = "found"

    async def run() -> None:
        look = look_ups(table)
        assert set(await asyncio.gather(*(look.find(("a", 1)) for _ in range(50)))) == {"found"}
        table.rows["a", 1] = "changed"
        clock[0] += 9
        assert await look.find(("a", 1)) == "found"
        assert len(table.asked) == 1
        clock[0] += 2
        assert await look.find(("a", 1)) == "changed"

    asyncio.run(run())


def test_nothing_is_remembered_too_and_found_soon(clock: list[float]) -> None:
    table = Table()

    async def run() -> None:
        look = look_ups(table)
        assert await look.find(("a", 1)) is None
        table.rows["a", 1] = "found"
        assert await look.find(("a", 1)) is None
        clock[0] += 4
        assert await look.find(("a", 1)) == "found"
        del table.rows["a", 1]
        clock[0] += 11
        assert await look.find(("a", 1)) is None

    asyncio.run(run())


def test_a_scan_of_what_is_not_there_drives_nothing_out_and_is_bounded() -> None:
    table = Table()
    table.rows["a", 1] = "found"

    async def run() -> None:
        look = look_ups(table)
        await look.find(("a", 1))
        for number in range(50):
            await look.find(("nobody", number))
        assert look.cached(("a", 1)) == (True, "found")
        assert list(look._last_found.items()) == [(("a", 1), "found")]
        assert len(look._nothing) <= 10
        assert len(look._last_nothing) <= 10

    asyncio.run(run())


def test_while_the_database_is_away_the_last_answer_stands(clock: list[float]) -> None:
    table = Table()
    table.rows["a", 1] = "found"

    async def run() -> None:
        look = look_ups(table)
        await look.find(("a", 1))
        await look.find(("a", 2))
        table.is_away = True
        clock[0] += 60
        assert await look.find(("a", 1)) == "found"
        assert await look.find(("a", 2)) is None
        asked = len(table.asked)
        assert await look.find(("a", 1)) == "found"
        assert len(table.asked) == asked, "the next one does not wait again"

    asyncio.run(run())


def test_a_failure_is_forgotten() -> None:
    table = Table()
    table.rows["a", 1] = "found"
    table.is_away = True

    async def run() -> None:
        look = look_ups(table)
        for _ in range(2):
            with pytest.raises(OperationalError):
                await look.find(("a", 1))
        assert look.cached(("a", 1)) == (False, None)
        table.is_away = False
        assert await look.find(("a", 1)) == "found"

    asyncio.run(run())


def test_what_came_by_another_way_replaces_what_was_known() -> None:
    async def run() -> None:
        look = look_ups(Table())
        look.remember(("a", 1), "told")
        assert await look.find(("a", 1)) == "told"
        look.remember(("a", 1), None)
        assert await look.find(("a", 1)) is None

    asyncio.run(run())
