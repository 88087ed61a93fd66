"""What many want at the same time: once, for all of them, and nothing of it is kept."""

from __future__ import annotations

import asyncio

import pytest

from kernel.together import Together, TooMuchAtOnce


class Work:
    """Runs until it is let go, then answers how often it was begun, or fails."""

    def __init__(self) -> None:
        self.begun = 0
        self.fails = False
        self.let_go = asyncio.Event()

    async def __call__(self) -> int:
        self.begun += 1
        begun = self.begun
        await self.let_go.wait()
        if self.fails:
            raise LookupError
        return begun


def test_many_wait_for_one_answer_and_the_next_one_asks_anew() -> None:
    async def run() -> None:
        together, work = Together[str, int](), Work()
        many = [asyncio.ensure_future(together.do("a", work)) for _ in range(50)]
        await asyncio.sleep(0)
        work.let_go.set()
        assert set(await asyncio.gather(*many)) == {1}
        assert len(together) == 0
        assert await together.do("a", work) == 2

    asyncio.run(run())


def test_a_failure_is_everybodys_and_is_forgotten() -> None:
    async def run() -> None:
        together, work = Together[str, int](), Work()
        work.fails = True
        many = [asyncio.ensure_future(together.do("a", work)) for _ in range(3)]
        await asyncio.sleep(0)
        work.let_go.set()
        failures = await asyncio.gather(*many, return_exceptions=True)
        assert [type(each) for each in failures] == [LookupError] * 3
        work.fails = False
        assert await together.do("a", work) == 2

    asyncio.run(run())


def test_who_goes_away_takes_the_answer_from_nobody() -> None:
    async def run() -> None:
        together, work = Together[str, int](), Work()
        gone, stays = (asyncio.ensure_future(together.do("a", work)) for _ in range(2))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        work.let_go.set()
        assert await stays == 1

    asyncio.run(run())


def test_so_many_run_at_once_and_no_more() -> None:
    async def run() -> None:
        together, work = Together[str, int](most=2), Work()
        both = [asyncio.ensure_future(together.do(key, work)) for key in "ab"]
        await asyncio.sleep(0)
        with pytest.raises(TooMuchAtOnce) as refused:
            await together.do("c", work)
        assert refused.value.details["retry_after_s"] == 1
        joins = asyncio.ensure_future(together.do("a", work))
        work.let_go.set()
        assert await joins == 1
        await asyncio.gather(*both)

    asyncio.run(run())


def test_what_runs_at_the_end_is_stopped() -> None:
    async def run() -> None:
        together, work = Together[str, int](), Work()
        waits = asyncio.ensure_future(together.do("a", work))
        await asyncio.sleep(0)
        await together.stop()
        assert len(together) == 0
        with pytest.raises(asyncio.CancelledError):
            await waits

    asyncio.run(run())
