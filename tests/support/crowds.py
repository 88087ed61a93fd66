"""A crowd that buys and buys, while a test breaks things under it."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Self

from kernel import ids
from tests.support.buyers import Buyer
from tests.support.shop import Shop, wait_until


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
        self._pairs = pairs
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

    def stop(self) -> None:
        """Let each one finish; what went wrong for one of them fails the test."""
        self._over.set()
        for buyer in self._buyers:
            buyer.result(90)

    def _buy_on(self, number: int) -> None:
        choice = random.Random(number)
        try:
            while not self._over.is_set():
                self.ended[self._buy(choice.choice(self._pairs))] += 1
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
        assert self.shop.pay(buyer.session) == "paid"
        self.shown[buyer.email] = buyer.wait_for_tickets() if sum(pair) % 4 == 1 else []
        return "paid"
