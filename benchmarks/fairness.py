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
    apart = rig.beside_live()
    turns = [
        (steady(rig, calm), *beside(rig, calm, storming), beside(apart, calm, storming, by=rig)[0])
        for _ in range(TURNS)
    ]
    alone = median(turn[0][HOLD].p95 for turn in turns)
    beside_it = median(turn[1][HOLD].p95 for turn in turns)
    apart_from_it = median(turn[3][HOLD].p95 for turn in turns)
    last, storm = turns[-1][1:3]
    rig.stop("other live")
    yield Row(
        what="a calm organizer's p95 while another storms, against alone",
        ours=beside_it / alone,
        unit="times",
        bar=MOST,
        most_is_best=False,
        times=last[HOLD],
        limit=apart_from_it / alone,
        limit_is="the same by a live process that has nothing else to do",
        note=f"p95 {beside_it:.2f} and {alone:.2f} ms at {CALM_PER_S} holds a second,"
        f" {apart_from_it:.2f} ms by another process; the storm made {storm[HOLD].per_s:,.0f};"
        f" {said_of(last)}",
    )


def steady(rig: Rig, sale: Sale) -> Load:
    return hold_only(rig, sale, seconds=SECONDS, paced_per_s=CALM_PER_S)


def beside(rig: Rig, calm: Sale, storming: Sale, *, by: Rig | None = None) -> tuple[Load, Load]:
    """Measure the calm one in the middle of a storm, which `by` may have elsewhere; both loads."""
    with ThreadPoolExecutor(1) as pool:
        storm = pool.submit(hold_only, by or rig, storming, seconds=SECONDS + 2 * LEAD_S)
        time.sleep(LEAD_S)
        seen = steady(rig, calm)
        return seen, storm.result()
