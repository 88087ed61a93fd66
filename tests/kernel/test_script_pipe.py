"""Calls that share their round trips, on a real Valkey that is killed and started again."""

from __future__ import annotations

import asyncio

import hiredis
import pytest

from kernel.script_pipe import PipeBroken, ScriptPipe
from kernel.scripts import ScriptRunner
from kernel.valkey import Script
from tests.support.valkeys import own_valkey

WHO = Script("who", "return ARGV[1]", "0" * 40)


def test_calls_of_one_turn_are_answered_in_order() -> None:
    async def ask() -> list[object]:
        pipe = ScriptPipe(server.url(1))
        try:
            return await asyncio.gather(*(pipe.command("ECHO", str(n)) for n in range(200)))
        finally:
            pipe.close()

    with own_valkey() as server:
        assert asyncio.run(ask()) == [str(n).encode() for n in range(200)]


def test_a_script_is_told_the_run_id_of_the_server_it_runs_on() -> None:
    async def ask() -> tuple[object, object]:
        pipe = ScriptPipe(server.url(0))
        before = await pipe.run(WHO, [], [])
        server.kill()
        await asyncio.sleep(0.05)
        server.start()
        after = await pipe.run(WHO, [], [])
        pipe.close()
        return before, after

    with own_valkey() as server:
        before, after = asyncio.run(ask())
        assert before != after
        # The server does not know the script's made-up name, so it was sent whole.
        assert len(bytes(before)) == 40
        runner = ScriptRunner(server.url(0))
        assert runner.run(WHO, [], []) == after
        server.kill()
        server.start()
        assert runner.run(WHO, [], []) not in (before, after)
        runner.close()


def test_a_dead_server_fails_what_waits_and_what_comes() -> None:
    async def ask() -> None:
        pipe = ScriptPipe(server.url(0))
        waiting = [asyncio.ensure_future(pipe.command("BLPOP", f"k{n}", "30")) for n in range(5)]
        await asyncio.sleep(0.1)
        server.kill()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(answer) for answer in answers] == [PipeBroken] * 5
        with pytest.raises(PipeBroken):
            await pipe.command("PING")

    with own_valkey() as server:
        asyncio.run(ask())


def test_what_the_server_refuses_is_said_and_breaks_nothing() -> None:
    async def ask() -> object:
        pipe = ScriptPipe(server.url(0))
        with pytest.raises(hiredis.ReplyError):
            await pipe.command("NO_SUCH_COMMAND")
        try:
            return await pipe.command("PING")
        finally:
            pipe.close()

    with own_valkey() as server:
        assert asyncio.run(ask()) in (b"PONG", "PONG")
