"""Turns: a few in each round, one of each tenant after the other, everyone in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from kernel.turns import LineFull, Turns

AT_ONCE = 4
STORM = 60


async def begin(turns: Turns, whose: str, begun: list[str]) -> None:
    turn = turns.wait(whose)
    if turn is not None:
        await turn
    begun.append(whose)


def order_of(ask: Callable[[Turns, list[str]], Awaitable[None]], *, at_once: int) -> list[str]:
    """Return whose requests began, in order."""
    begun: list[str] = []

    async def run() -> None:
        await ask(Turns(alone=at_once, together=at_once, most_waiting=1_000), begun)

    asyncio.run(run())
    return begun


async def one_beside_many(turns: Turns, begun: list[str]) -> None:
    storm = [begin(turns, "storm", begun) for _ in range(STORM)]
    await asyncio.gather(*storm, begin(turns, "calm", begun))


def test_who_comes_behind_many_of_another_waits_for_a_few() -> None:
    begun = order_of(one_beside_many, at_once=AT_ONCE)
    assert begun.index("calm") < 2 * AT_ONCE
    assert (begun.count("storm"), begun.count("calm")) == (STORM, 1)


def test_without_turns_it_waits_for_all_of_them() -> None:
    """The control: a round that is large enough for all is the order of arrival."""
    assert order_of(one_beside_many, at_once=1_000).index("calm") == STORM


async def most_in_a_round(turns: Turns, names: list[str]) -> int:
    """Let all of them ask at once; how many have begun in the fullest round."""
    begun: list[str] = []
    seen: list[int] = []
    asked = [asyncio.ensure_future(begin(turns, name, begun)) for name in names]
    while not all(task.done() for task in asked):
        before = len(begun)
        await asyncio.sleep(0)  # a round
        seen.append(len(begun) - before)
    assert sum(seen) == len(names)
    return max(seen)


def rounds(names: list[str], *, meeting_s: float) -> int:
    turns = Turns(alone=AT_ONCE, together=1, most_waiting=1_000, meeting_s=meeting_s)
    return asyncio.run(most_in_a_round(turns, names))


def test_rounds_are_long_while_a_tenant_is_alone_and_short_while_tenants_meet() -> None:
    alone, both = ["storm"] * STORM, ["storm", "calm", *["storm"] * STORM]
    assert rounds(alone, meeting_s=60) == AT_ONCE
    assert rounds(both, meeting_s=60) == 1
    assert rounds(both, meeting_s=0) == AT_ONCE  # they met, and it is over


def short_rounds(turns: Turns, *, asked_at: list[float], until_s: float) -> tuple[int, int]:
    """Let one storm for so long and another ask at these times: (short rounds, all rounds)."""

    async def run() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        now, begun, short, rounds = 0.0, [], 0, 0
        loop.time = lambda: now  # type: ignore[method-assign]
        calm = iter(asked_at)
        asks_at = next(calm, until_s)
        waiting: set[asyncio.Future[None]] = set()
        while now < until_s:
            if now >= asks_at:
                waiting.add(asyncio.ensure_future(begin(turns, "calm", begun)))
                asks_at = next(calm, until_s)
            while len(waiting) < 4 * AT_ONCE:
                waiting.add(asyncio.ensure_future(begin(turns, "storm", begun)))
            before = len(begun)
            await asyncio.sleep(0)
            short, rounds = short + (len(begun) - before <= 1), rounds + 1
            waiting = {one for one in waiting if not one.done()}
            now += 0.005
        await asyncio.gather(*waiting)
        return short, rounds

    return asyncio.run(run())


def test_who_asks_once_a_minute_does_not_make_anothers_storm_slow() -> None:
    """The control: who meets it all the time has it short all the time."""
    once_a_minute = [10.0, 70.0]
    all_the_time = [each / 10 for each in range(1, 1_200)]
    for asked_at, least, most in ((once_a_minute, 0.0001, 0.01), (all_the_time, 0.99, 1.0)):
        turns = Turns(alone=AT_ONCE, together=1, most_waiting=1_000)
        short, rounds = short_rounds(turns, asked_at=asked_at, until_s=120)
        assert least < short / rounds <= most, asked_at[:2]


def test_who_asked_a_minute_ago_has_not_met_whoever_asks_now() -> None:
    async def run() -> list[int]:
        loop, now, begun = asyncio.get_running_loop(), 0.0, []
        loop.time = lambda: now  # type: ignore[method-assign]
        turns = Turns(alone=AT_ONCE, together=1, most_waiting=1_000)
        await begin(turns, "calm", begun)
        await asyncio.sleep(0)
        now = 60.0
        storm = [asyncio.ensure_future(begin(turns, "storm", begun)) for _ in range(STORM)]
        seen = []
        for _ in range(3):
            before = len(begun)
            await asyncio.sleep(0)
            seen.append(len(begun) - before)
        await asyncio.gather(*storm)
        return seen

    assert max(asyncio.run(run())) == AT_ONCE


def test_tenants_take_turns_and_each_keeps_its_own_order() -> None:
    async def three(turns: Turns, begun: list[str]) -> None:
        names = [f"{tenant}{number}" for tenant in "abc" for number in range(3)]

        async def named(name: str) -> None:
            turn = turns.wait(name[0])
            if turn is not None:
                await turn
            begun.append(name)

        await asyncio.gather(*map(named, names))

    begun = order_of(three, at_once=1)
    assert begun[0] == "a0"  # came first, when nobody waited
    assert begun[1:] == ["a1", "b0", "c0", "a2", "b1", "c1", "b2", "c2"]


def test_a_line_that_is_too_long_is_refused_and_only_for_its_own_tenant() -> None:
    async def run() -> None:
        turns = Turns(alone=1, together=1, most_waiting=2)
        assert turns.wait("storm") is None
        waiting = [turns.wait("storm"), turns.wait("storm")]
        with pytest.raises(LineFull) as refused:
            turns.wait("storm")
        assert refused.value.details["retry_after_s"] == 1
        calm = turns.wait("calm")
        assert calm is not None
        await asyncio.gather(calm, *filter(None, waiting))

    asyncio.run(run())


def test_who_has_gone_takes_no_turn() -> None:
    async def run() -> None:
        turns = Turns(alone=1, together=1, most_waiting=9)
        turns.wait("storm")
        gone, stays = turns.wait("storm"), turns.wait("storm")
        assert gone is not None
        assert stays is not None
        gone.cancel()
        await asyncio.wait_for(stays, 5)

    asyncio.run(run())
