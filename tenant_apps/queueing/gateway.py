"""The waiting room's scripts: what each is called with, what its answer means; and the sync door.

A `Call` is built and a reply is read here for the web processes and the live process alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from kernel import clock
from kernel.scripts import AWAY, holds_runner
from kernel.valkey import Call, Script, load_script
from tenant_apps.queueing.domain import (
    MOST_WAITING,
    SHUFFLED_AT_ONCE,
    RoomDown,
    RoomFull,
    Rules,
    Standing,
    State,
)

KEYS = ("room", "numbers", "early", "line", "called", "busy")


@cache
def script(name: str) -> Script:
    """Return one of the scripts in `lua/`, with the prelude that all of them share."""
    prelude = files(__package__).joinpath("lua/_room.lua").read_text(encoding="utf-8")
    return load_script(__package__, name, prelude=prelude)


def keys_of(schema_name: str, performance_id: int) -> tuple[str, ...]:
    """Return the six keys of a room, under the hash tag of its performance."""
    return tuple(f"ef:{{{schema_name}:{performance_id}}}:room:{name}" for name in KEYS)


def join(rules: Rules, *, session: str, number: int = 0) -> Call:
    """Take a place or keep it; `number` is the one in a signed place, for a room that lost it."""
    return _call(rules, "join", session, number, MOST_WAITING)


def open_doors(rules: Rules) -> Call:
    """Shuffle some of those who came before the sale opened."""
    return _call(rules, "open", SHUFFLED_AT_ONCE)


def admit(rules: Rules, *, free: int, is_strained: bool = False) -> Call:
    """Let in as many as there is room for."""
    return _call(
        rules, "admit", free, repr(rules.per_minute / 60), rules.most_inside, rules.lease_ms,
        int(is_strained),
    )  # fmt: skip


def enter(rules: Rules, *, session: str) -> Call:
    """Use the session's lease."""
    return _call(rules, "enter", session)


def leave(rules: Rules, *, session: str) -> Call:
    """Give a place or a lease back."""
    return _call(rules, "leave", session)


def read_standing(reply: Sequence[Any]) -> Standing:
    """Return where somebody stands. Refuses with RoomFull."""
    kind = _text(reply[0])
    if kind == "FULL":
        raise RoomFull(retry_after_s=60)
    number, ahead, waiting, lease, per_minute = (int(part) for part in reply[1:])
    return Standing(
        state=State(kind.lower()),
        number=number,
        ahead=None if ahead < 0 else ahead,
        waiting=waiting,
        lease_until_ms=lease,
        per_minute=None if per_minute < 0 else per_minute,
    )


def read_is_open(reply: Sequence[Any]) -> bool:
    """Whether everybody has been shuffled."""
    return _text(reply[0]) == "OPEN"


def read_admitted(reply: Sequence[Any]) -> list[int]:
    """Return the numbers that were let in, in their order."""
    return [int(number) for number in reply[1:]]


def read_has_entered(reply: Sequence[Any]) -> bool:
    """Whether there was a lease to use."""
    return _text(reply[0]) == "ENTERED"


def run(call: Call) -> Any:
    """Run one script. Refuses with RoomDown when the server is away."""
    try:
        return holds_runner().run(call.script, call.keys, (clock.fixed_ms(), *call.arguments))
    except AWAY as error:
        raise RoomDown(retry_after_s=2) from error


def _call(rules: Rules, name: str, *arguments: Any) -> Call:
    return Call(
        script=script(name),
        keys=keys_of(rules.schema_name, rules.performance_id),
        arguments=(rules.round, rules.opens_ms, rules.seed, rules.forget_ms, *arguments),
    )


def _text(raw: bytes | str) -> str:
    return raw.decode() if isinstance(raw, bytes) else raw
