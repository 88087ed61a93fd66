"""What a buyer notices when a part of the running shop is killed: nothing that costs a seat.

Each test has a crowd that goes on buying, kills with -9, and compares afterwards what PostgreSQL,
Stripe, the live page and the mailbox say. The times that were measured are printed (-s shows them).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.support.crowds import Crowd, pairs_of_seats
from tests.support.shop import Shop, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

BUYERS = 8
# A mail that a killed worker had in hand waits for the end of its lease, and then for a sweep.
MAILED_WITHIN_S = 120


@pytest.fixture
def crowd_at(theatre: Shop) -> Iterator[Callable[[int], Crowd]]:
    """Let buyers in at the n-th performance; whoever is still there at the end is sent home."""
    crowds: list[Crowd] = []

    def let_in(number: int) -> Crowd:
        performance = theatre.performances()[number]
        pairs = pairs_of_seats(theatre, performance, "stalls")
        crowds.append(Crowd(theatre, performance, pairs[:60]))
        return crowds[-1].start(BUYERS)

    yield let_in
    for crowd in crowds:
        crowd.stop()


def is_right(shop: Shop, performance: str) -> bool:
    """Tell whether the live page says what PostgreSQL says, while the sale goes on."""
    before = shop.claimed(performance)
    try:
        shown = shop.shown_as_claimed(performance)
    except (AssertionError, httpx.TransportError):
        return False
    return before <= shown <= shop.claimed(performance)


def ensure_all_is_well(shop: Shop, crowd: Crowd) -> None:
    crowd.ensure_sold_once()
    wait_until(lambda: is_right(shop, crowd.performance), within_s=5, what="availability is right")
    assert set(crowd.statuses) <= {200, 201, 302, 409, 503}, crowd.statuses


def without_mail(shop: Shop, crowd: Crowd) -> set[str]:
    return {address for address in crowd.shown if not shop.mails_to(address)}


def test_an_emptied_valkey_costs_no_seat_and_is_right_again_at_once(
    theatre: Shop, crowd_at: Callable[[int], Crowd]
) -> None:
    crowd = crowd_at(2)
    crowd.wait_for(paid=8)

    theatre.empty_valkey()
    wait_until(lambda: not theatre.valkey_answers(), within_s=5, what="Valkey is gone")
    away_s = wait_until(theatre.valkey_answers, within_s=10, what="Valkey is back")
    wrong_s = wait_until(
        lambda: is_right(theatre, crowd.performance), within_s=10, what="availability is right"
    )
    more_s = crowd.wait_for(paid=8)
    crowd.stop()

    print(  # noqa: T201
        f"\nValkey was away {away_s:.2f} s; availability was right {wrong_s:.2f} s later; "
        f"8 more orders {more_s:.1f} s after that. {dict(crowd.ended)} {dict(crowd.statuses)}"
    )
    assert wrong_s < 2
    ensure_all_is_well(theatre, crowd)


def test_killed_processes_come_back_and_every_paid_order_ends_with_tickets(
    theatre: Shop, crowd_at: Callable[[int], Crowd]
) -> None:
    crowd = crowd_at(3)
    crowd.wait_for(paid=4)
    worker, web = theatre.pid_of("eventflow.local.worker"), theatre.pid_of("eventflow.local.web")

    theatre.kill("eventflow.local.worker")
    crowd.wait_for(paid=4)
    theatre.kill("eventflow.local.web")
    away_s = wait_until(
        lambda: theatre.stack.get("/readyz") == 200, within_s=30, what="the web process is back"
    )
    crowd.wait_for(paid=4)
    crowd.stop()
    started_at = time.monotonic()

    ensure_all_is_well(theatre, crowd)
    repaired_s = time.monotonic() - started_at
    assert theatre.pid_of("eventflow.local.worker") != worker
    assert theatre.pid_of("eventflow.local.web") != web
    mailed_s = wait_until(
        lambda: not without_mail(theatre, crowd),
        within_s=MAILED_WITHIN_S,
        what="everyone has got a mail",
    )
    print(  # noqa: T201
        f"\nThe web was away {away_s:.1f} s; all tickets {repaired_s:.1f} s and all mails "
        f"{mailed_s:.1f} s later. {dict(crowd.ended)} {dict(crowd.statuses)}"
    )
    assert all(len(theatre.mails_to(address)) <= 1 for address in crowd.shown)
