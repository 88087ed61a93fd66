"""A crowd buys, leaves and gives back, while one part after the other is killed, and two at once.

`make chaos` lets 200 buyers in for 60 s; every run of the tests some of them, as long as the kills
take. The supervisor starts again what was killed. What must be so at the end is the same for both.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import psycopg
import pytest

from tests.support.crowds import FickleCrowd, pairs_of_seats
from tests.support.shop import Shop, wait_until

BUYERS = int(os.environ.get("EVENTFLOW_CHAOS_BUYERS") or 16)
SECONDS = float(os.environ.get("EVENTFLOW_CHAOS_SECONDS") or 0)
PAIRS = 200
# What two cores can need under a crowd: a start, recovery, and whoever waits in front.
BACK_WITHIN_S, RIGHT_WITHIN_S, GOES_ON_WITHIN_S = 60, 30, 90
# Stripe's last webhooks, the lease of what a killed worker had in hand, and then a sweep.
AT_REST_WITHIN_S = 120
# Between two kills so many buyers come to an end, so that each kill meets a sale.
BUYERS_BETWEEN = 6
HELD = 1
OVER = {"paid", "cancelled", "expired"}

pytestmark = [pytest.mark.stack, pytest.mark.timeout(480 + SECONDS)]


@dataclass(frozen=True)
class Part:
    """A process that is killed, and how to see that it serves again."""

    name: str  # the supervisor's
    serves: Callable[[Shop], bool]

    def pid(self, shop: Shop) -> int:
        """Give its process; 0 while there is none."""
        told = json.loads((shop.stack.folder / "status.json").read_text())["services"]
        return next(
            (
                part["pid"]
                for part in told
                if part["name"] == self.name and part["state"] == "running"
            ),
            0,
        )


def database_answers(shop: Shop) -> bool:
    try:
        return shop.rows("SELECT 1") == [(1,)]
    except psycopg.OperationalError:
        return False


def double_answers(shop: Shop) -> bool:
    try:
        return shop.double.get("/_double/state", params={"account": "-"}).is_success
    except httpx.TransportError:
        return False


VALKEY = Part("valkey", Shop.valkey_answers)
POSTGRESQL = Part("postgres", database_answers)
# The embedded run has both in one process.
WEB_AND_LIVE = Part("web", lambda shop: shop.stack.get("/readyz") == 200)
WORKER = Part("worker", lambda shop: (shop.stack.folder / "worker.ready").exists())
STRIPE = Part("stripe", double_answers)

KILLS: dict[str, tuple[Part, ...]] = {
    "Valkey": (VALKEY,),
    "PostgreSQL": (POSTGRESQL,),
    "web and live": (WEB_AND_LIVE,),
    "the worker": (WORKER,),
    "the Stripe double": (STRIPE,),
    "Valkey and the worker": (VALKEY, WORKER),
    "PostgreSQL and the Stripe double": (POSTGRESQL, STRIPE),
}


@pytest.fixture
def crowd(theatre: Shop) -> Iterator[FickleCrowd]:
    """Buyers at a performance that no other test uses; they are sent home in any case."""
    performance = theatre.performances()[4]
    pairs = pairs_of_seats(theatre, performance, "stalls")
    pairs += pairs_of_seats(theatre, performance, "circle")
    crowd = FickleCrowd(theatre, performance, pairs[:PAIRS])
    yield crowd.start(BUYERS)
    crowd.stop()


def is_right(shop: Shop, performance: str) -> bool:
    """Tell whether nobody is shown a place that is gone as free, or a free one as sold.

    The sale goes on meanwhile: what was claimed or released while it was looked at is right either
    way, and so is a claimed place that is shown as held, until its settle has come.
    """
    try:
        before = shop.claimed(performance)
        shown = shop.availability(performance)
        after = shop.claimed(performance)
    except (AssertionError, httpx.TransportError, psycopg.OperationalError):
        return False
    taken = {ordinal for ordinal, state in enumerate(shown) if state > HELD}
    free = {ordinal for ordinal, state in enumerate(shown) if state < HELD}
    return not free & before & after and taken <= before | after


def kill(crowd: FickleCrowd, name: str) -> None:
    """Kill, wait until all parts serve again, and until availability is right; say how long."""
    shop, parts = crowd.shop, KILLS[name]
    wait_until(
        lambda: all(part.pid(shop) for part in parts), within_s=BACK_WITHIN_S, what=f"{name} runs"
    )
    before = [part.pid(shop) for part in parts]
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    away_s = wait_until(
        lambda: all(
            part.pid(shop) not in (0, pid) and part.serves(shop)
            for part, pid in zip(parts, before, strict=True)
        ),
        within_s=BACK_WITHIN_S,
        what=f"{name} is back",
    )
    wrong_s = wait_until(
        lambda: is_right(shop, crowd.performance),
        within_s=RIGHT_WITHIN_S,
        what=f"availability is right after {name}",
    )
    say(f"{name:34} away {away_s:5.1f} s; availability right {wrong_s:5.2f} s after it was back")


def say(line: str) -> None:
    sys.stderr.write(f"\n{line}")


def kill_one_after_the_other(crowd: FickleCrowd) -> None:
    """Every kill once in any case; then again, one after the other, until the time is over."""
    ends_at = time.monotonic() + SECONDS
    for number, name in enumerate(itertools.cycle(KILLS)):
        if number >= len(KILLS) and time.monotonic() > ends_at:
            return
        goal = crowd.ended.total() + BUYERS_BETWEEN
        wait_until(
            lambda goal=goal: crowd.ended.total() >= goal or crowd.is_over,  # type: ignore[misc]
            within_s=GOES_ON_WITHIN_S,
            what=f"the sale goes on after {number} kills",
        )
        if crowd.is_over:
            return
        kill(crowd, name)


def test_no_kill_costs_a_seat_money_or_an_answer(
    theatre: Shop, crowd: FickleCrowd, capsys: pytest.CaptureFixture[str]
) -> None:
    performance = crowd.performance
    with capsys.disabled():
        kill_one_after_the_other(crowd)
        crowd.stop()  # fails where somebody was not answered
        started_at = time.monotonic()
        crowd.ensure_sold_once(within_s=AT_REST_WITHIN_S)
        wait_until(
            lambda: set(theatre.orders(performance).values()) <= OVER,
            within_s=AT_REST_WITHIN_S,
            what=f"no order waits: {theatre.orders(performance)}",
        )
        wait_until(
            lambda: (
                HELD not in theatre.availability(performance)
                and theatre.shown_as_claimed(performance) == theatre.claimed(performance)
            ),
            within_s=AT_REST_WITHIN_S,
            what="no hold is left, and what is sold is shown as sold",
        )
        rest_s = time.monotonic() - started_at
        say(f"{dict(crowd.ended)} {dict(crowd.statuses)}; at rest after {rest_s:.0f} s\n")
    assert set(crowd.statuses) <= {200, 201, 204, 302, 404, 409, 429, 503}, crowd.statuses
    assert crowd.ended["paid"] > 0
    tickets = {ordinal for _, ordinal in theatre.tickets(performance)}
    ours = {seat for pair in crowd.pairs for seat in pair}
    assert theatre.claimed(performance) & ours == tickets & ours
