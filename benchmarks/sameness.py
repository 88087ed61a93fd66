"""Whether a hold takes as long in a large house, beside many holds and among many organizers.

Each pair is measured at the same modest rate, where nothing queues, in turns; what is compared is
the median of each side's medians.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median

from benchmarks import stage
from benchmarks.figures import Row, figure
from benchmarks.holds import HOLD, Caller, hold_only, scope_of
from benchmarks.load import CONNECTIONS, CannotMeasure, Load, Request
from benchmarks.rig import Rig
from benchmarks.stage import Sale
from tenant_apps.inventory import holds as scripts

PER_S = 800
SECONDS = 3.0
TURNS = 3
MOST = 1.3
FEW, MANY = 200, 200_000
HELD_IN_EACH = 50_000
FILL_WITHIN_S = 180.0
Side = Callable[[], Load]


@figure
def large_house(rig: Rig) -> Iterator[Row]:
    """60,000 seats against 1,000."""
    large, small = stage.stadium_sale(rig), stage.small_sale(rig)
    rig.start_live()
    yield compared(
        "hold latency, 60,000 seats against 1,000",
        lambda: steady(rig, large),
        lambda: steady(rig, small),
    )


@figure
def many_holds(rig: Rig) -> Iterator[Row]:
    """200,000 live holds against 200: first few, then many, at the same house."""
    sales = [
        stage.stadium_sale(rig, slug=f"derby-{number}") for number in range(MANY // HELD_IN_EACH)
    ]
    rig.start_live()
    call = Caller(rig)
    fill(call, sales[:1], FEW)
    few = [steady(rig, sales[0], first=HELD_IN_EACH) for _ in range(TURNS)]
    fill(call, sales, HELD_IN_EACH)
    held = sum(call.count_holds(scope_of(sale)) for sale in sales)
    if held < MANY:
        raise CannotMeasure(f"Only {held} of {MANY} holds were made.")
    many = [steady(rig, sales[0], first=HELD_IN_EACH) for _ in range(TURNS)]
    for sale in sales:
        call.forget(scope_of(sale))
    yield row("hold latency, 200,000 live holds against 200", many, few)


def compared(what: str, large: Side, small: Side) -> Row:
    """Measure both sides in turns."""
    pairs = [(large(), small()) for _ in range(TURNS)]
    return row(what, [pair[0] for pair in pairs], [pair[1] for pair in pairs])


def row(what: str, large: list[Load], small: list[Load]) -> Row:
    """Say how much longer the first takes."""
    of_large, of_small = (median(load[HOLD].p50 for load in loads) for loads in (large, small))
    return Row(
        what=what,
        ours=of_large / of_small,
        unit="times",
        bar=MOST,
        most_is_best=False,
        times=large[-1][HOLD],
        note=f"medians {of_large:.2f} and {of_small:.2f} ms at {PER_S} holds a second",
    )


def steady(rig: Rig, sale: Sale, *, first: int = 0) -> Load:
    return hold_only(rig, sale, seconds=SECONDS, paced_per_s=PER_S, first=first)


def fill(call: Caller, sales: list[Sale], count: int) -> None:
    """Hold the first seats of each sale, each for somebody else, by the script itself."""

    def wanted() -> Iterator[Request]:
        for sale in sales:
            for seat in range(count):
                made = scripts.hold(
                    scope_of(sale),
                    hold_id=f"hld_of_somebody_{seat:011d}",
                    session=f"somebody-{seat:06d}",
                    ordinals=[seat],
                )
                yield Request(seat % CONNECTIONS, call.command(made), b"*")

    call.send(wanted(), seconds=FILL_WITHIN_S, once=True)
