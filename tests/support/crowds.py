"""A crowd that buys and buys, while a test breaks things under it."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Self

from kernel import ids
from tests.support.buyers import Buyer
from tests.support.shop import Shop, wait_until

# Sweeps run every 15 to 20 s; the retries of a webhook come sooner.
REPAIRED_WITHIN_S = 60


def pairs_of_seats(shop: Shop, performance: str, section: str) -> list[tuple[int, int]]:
    """Give free neighbours, each seat in one pair at most."""
    seats = shop.free_seats(performance, section)
    return [
        (left, right)
        for (row, left), (same, right) in zip(seats[::2], seats[1::2], strict=False)
        if (row, left + 1) == (same, right)
    ]


class Crowd:
    """Buyers who want pairs of the same seats. Every other one does not come back after paying."""

    def __init__(self, shop: Shop, performance: str, pairs: list[tuple[int, int]]) -> None:
        self.shop = shop
        self.performance = performance
        self.ended: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        # Who paid: their mail address, and the places on the tickets that they were shown.
        self.shown: dict[str, list[str]] = {}
        self.sold_before = len(shop.orders(performance))
        self.pairs = pairs
        self._over = Event()
        self._buyers: list[Future[None]] = []

    def start(self, count: int) -> Self:
        pool = ThreadPoolExecutor(count)
        self._buyers = [pool.submit(self._buy_on, number) for number in range(count)]
        pool.shutdown(wait=False)
        return self

    def wait_for(self, paid: int, within_s: float = 40) -> float:
        """Let them buy until so many orders more are paid."""
        goal = self.ended["paid"] + paid
        return wait_until(
            lambda: self.ended["paid"] >= goal or any(b.done() for b in self._buyers),
            within_s=within_s,
            what=f"{paid} more orders: {self.ended}",
        )

    @property
    def is_over(self) -> bool:
        """Whether somebody has gone home, because it ends or because something went wrong."""
        return self._over.is_set()

    def stop(self) -> None:
        """Let each one finish; what went wrong for one of them fails the test."""
        self._over.set()
        for buyer in self._buyers:
            buyer.result(90)

    def _buy_on(self, number: int) -> None:
        choice = random.Random(number)
        try:
            while not self._over.is_set():
                self.ended[self._buy(choice.choice(self.pairs))] += 1
        finally:
            self._over.set()

    def _buy(self, pair: tuple[int, int]) -> str:
        address = f"{ids.new('buyer')}@example.org"
        with Buyer(self.shop, self.performance, email=address) as buyer:
            try:
                return self._try(buyer, pair)
            finally:
                self.statuses.update(buyer.statuses)

    def _try(self, buyer: Buyer, pair: tuple[int, int]) -> str:
        buyer.enter()
        if not buyer.hold(*pair):
            return "taken"
        if not buyer.check_out():
            return "lost"
        return self._pay(buyer, pair)

    def _pay(self, buyer: Buyer, pair: tuple[int, int]) -> str:
        buyer.pay()
        self.shown[buyer.email] = buyer.wait_for_tickets() if sum(pair) % 4 == 1 else []
        return "paid"

    def ensure_sold_once(self, within_s: float = REPAIRED_WITHIN_S) -> None:
        """Fail unless every order that was charged has its two tickets, and no place two."""
        shop, performance = self.shop, self.performance
        charged = set(shop.charges()) & set(shop.orders(performance))
        wait_until(
            lambda: {order for order, _ in shop.tickets(performance)} == charged,
            within_s=within_s,
            what="every paid order has tickets",
        )
        places = [ordinal for _, ordinal in shop.tickets(performance)]
        assert len(places) == len(set(places)) == 2 * len(charged)
        assert len(charged) == self.sold_before + self.ended["paid"]
        assert set(places) <= shop.claimed(performance)
        on_paper = [place for shown in self.shown.values() for place in shown]
        assert len(on_paper) == len(set(on_paper))
        shop.ensure_books_balance(performance)


class FickleCrowd(Crowd):
    """Of five buyers one gives the seats back, one leaves the order unpaid, and three pay."""

    def __init__(self, shop: Shop, performance: str, pairs: list[tuple[int, int]]) -> None:
        super().__init__(shop, performance, pairs)
        self._turns = itertools.count()

    def _try(self, buyer: Buyer, pair: tuple[int, int]) -> str:
        buyer.enter()
        if not buyer.hold(*pair):
            return "taken"
        turn = next(self._turns) % 5
        if turn == 0:
            buyer.give_back()
            return "given back"
        if not buyer.check_out():
            buyer.give_back()
            return "lost"
        if turn == 1:
            buyer.leave()
            buyer.give_back()
            return "left"
        return self._pay(buyer, pair)
