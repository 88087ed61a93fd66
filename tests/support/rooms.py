"""A waiting room with a clock, driven by its scripts alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from kernel import clock
from kernel.scripts import ScriptRunner
from kernel.valkey import Call
from tenant_apps.queueing import gateway
from tenant_apps.queueing.domain import Mode, Rules, Standing

OPENS = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)
SEED = "5eed" * 8


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def rules(**given: Any) -> Rules:
    """Give the rules of a room that is on; by hand, 60 a minute, 100 inside, 600 s each."""
    usual = Rules(
        schema_name="t_tests",
        performance_id=1,
        round=1,
        mode=Mode.ON,
        from_ms=0,
        opens_ms=ms(OPENS),
        until_ms=ms(OPENS + timedelta(days=2)),
        forget_ms=ms(OPENS + timedelta(days=4)),
        seed="",
        per_minute=60,
        most_inside=100,
        lease_ms=600_000,
    )
    return replace(usual, **given)


class Room:
    """One room; an hour before the sale at first. `free` places are told to each admission."""

    def __init__(self, **given: Any) -> None:
        self.runner = ScriptRunner(settings.HOLDS_URL)
        self.rules = rules(**given)
        self.now = OPENS - timedelta(hours=1)
        self.free = 10_000

    def run(self, call: Call) -> Any:
        with clock.fixed(self.now):
            return self.runner.run(call.script, call.keys, (clock.fixed_ms(), *call.arguments))

    def join(self, session: str, number: int = 0) -> Standing:
        call = gateway.join(self.rules, session=session, number=number)
        return gateway.read_standing(self.run(call))

    def open(self, seed: str = SEED) -> None:
        """Let the sale open and shuffle everybody."""
        self.now = max(self.now, OPENS)
        self.run(gateway.open_doors(self.rules))
        self.rules = replace(self.rules, seed=seed)
        while not gateway.read_is_open(self.run(gateway.open_doors(self.rules))):
            pass

    def admit(self, after_s: float = 1, *, is_strained: bool = False) -> list[int]:
        self.now += timedelta(seconds=after_s)
        call = gateway.admit(self.rules, free=self.free, is_strained=is_strained)
        return gateway.read_admitted(self.run(call))

    def enter(self, session: str) -> bool:
        return gateway.read_has_entered(self.run(gateway.enter(self.rules, session=session)))

    def leave(self, session: str) -> None:
        self.run(gateway.leave(self.rules, session=session))

    def key(self, name: str) -> str:
        keys = gateway.keys_of(self.rules.schema_name, self.rules.performance_id)
        return keys[gateway.KEYS.index(name)]
