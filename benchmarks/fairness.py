"""Whether one organizer's storm slows the others: a calm one's holds, alone and beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from benchmarks import stage
from benchmarks.figures import Row, figure
from benchmarks.holds import HOLD, hold_only
from benchmarks.load import Load, said_of
from benchmarks.rig import Rig
from benchmarks.stage import Sale

CALM_PER_S = 100
SECONDS = 4.0
LEAD_S = 1.0  # the storm begins before and ends after what is measured
TURNS = 3
MOST = 2.0


@figure
def one_storms(rig: Rig) -> Iterator[Row]:
    """A calm organizer's holds beside another's 64 connections, against the same alone."""
    storming = stage.stadium_sale(rig)
    calm = stage.put_on_sale(stage.house("calm"), stage.small_plan(), slug="matinee")
    rig.start_live()
    pairs = [(steady(rig, calm), *beside(rig, calm, storming)) for _ in range(TURNS)]
    alone = median(pair[0][HOLD].p95 for pair in pairs)
    beside_it = median(pair[1][HOLD].p95 for pair in pairs)
    last, storm = pairs[-1][1:]
    yield Row(
        what="a calm organizer's p95 while another storms, against alone",
        ours=beside_it / alone,
        unit="times",
        bar=MOST,
        most_is_best=False,
        times=last[HOLD],
        note=f"p95 {beside_it:.2f} and {alone:.2f} ms at {CALM_PER_S} holds a second;"
        f" the storm made {storm[HOLD].per_s:,.0f}; {said_of(last)}",
    )


def steady(rig: Rig, sale: Sale) -> Load:
    return hold_only(rig, sale, seconds=SECONDS, paced_per_s=CALM_PER_S)


def beside(rig: Rig, calm: Sale, storming: Sale) -> tuple[Load, Load]:
    """Measure the calm one in the middle of a storm; both loads."""
    with ThreadPoolExecutor(1) as pool:
        storm = pool.submit(hold_only, rig, storming, seconds=SECONDS + 2 * LEAD_S)
        time.sleep(LEAD_S)
        seen = steady(rig, calm)
        return seen, storm.result()
