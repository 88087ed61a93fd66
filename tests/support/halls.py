"""One performance driven by the scripts alone: places, a clock and no table behind them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from kernel import clock
from kernel.scripts import ScriptRunner
from kernel.valkey import Call
from tenant_apps.inventory import domain, holds
from tenant_apps.inventory.domain import ClaimedPlace, PlaceState, Sale, Scope
from tenant_apps.venues.domain import Mark

SCOPE = Scope("t_tests", 1)
NOW = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)
PLACES = 20


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


SALE = Sale(
    on_sale=True,
    opens_ms=ms(NOW - timedelta(hours=1)),
    closes_ms=ms(NOW + timedelta(hours=1)),
    hold_ms=600_000,
    extensions=2,
    per_hold=6,
    per_session=8,
    forget_ms=ms(NOW + timedelta(days=2)),
)


def one_row(length: int) -> bytes:
    """Return the marks of one row without an aisle."""
    return bytes([Mark.BEGINS | Mark.SEAT] + [Mark.SEAT] * (length - 1))


class Hall:
    """One performance with places and a clock, driven by the scripts alone."""

    def __init__(self) -> None:
        self.runner = ScriptRunner(settings.HOLDS_URL)
        self.now = NOW

    def run(self, call: Call) -> Any:
        with clock.fixed(self.now):
            return self.runner.run(call.script, call.keys, (clock.fixed_ms(), *call.arguments))

    def begin(self, epoch: str = "e1", *, again: bool = False) -> str:
        call = holds.load_begin(SCOPE, epoch=epoch, patience_ms=3_000, again=again)
        return holds.read_word(self.run(call))

    def finish(
        self,
        epoch: str = "e1",
        places: bytes = bytes(PLACES),
        fences: bytes = b"[]",
        seating: bytes | None = None,
        sale: Sale = SALE,
    ) -> str:
        call = holds.load_finish(
            SCOPE,
            epoch=epoch,
            places=places,
            fences=fences,
            seating=one_row(len(places)) if seating is None else seating,
            sale=sale,
        )
        return holds.read_word(self.run(call))

    def load(self, **options: Any) -> None:
        assert self.begin() == "BEGUN"
        assert self.finish(**options) == "OPEN"

    def hold(self, *ordinals: int, by: str = "anna", named: str = "") -> domain.Hold:
        hold_id = named or f"hld_{by}{'0' * 16}{'x'.join(map(str, ordinals))}"
        reply = self.run(holds.hold(SCOPE, hold_id=hold_id, session=by, ordinals=ordinals))
        found = holds.read_hold(hold_id, reply)
        assert found is not None
        return found

    def change(
        self, hold: domain.Hold, *, add: Sequence[int] = (), drop: Sequence[int] = ()
    ) -> domain.Hold | None:
        session = hold.hold_id.removeprefix("hld_").partition("0")[0]
        call = holds.change(SCOPE, hold_id=hold.hold_id, session=session, add=add, drop=drop)
        return holds.read_hold(hold.hold_id, self.run(call))

    def states(self) -> list[int]:
        return list(holds.read_snapshot(self.run(holds.snapshot(SCOPE))).places)

    def settle(self, *pairs: tuple[int, int], state: PlaceState = PlaceState.SOLD) -> int:
        claimed = [ClaimedPlace(*pair) for pair in pairs]
        return holds.read_done(self.run(holds.settle(SCOPE, claimed, state=state)))

    def free(self, *pairs: tuple[int, int]) -> int:
        claimed = [ClaimedPlace(*pair) for pair in pairs]
        return holds.read_done(self.run(holds.free(SCOPE, claimed)))

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)
