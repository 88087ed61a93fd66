"""Buyers over HTTP: what a browser does on the shop's pages, without the browser.

A buyer is as patient as a person: where nobody answers, or the answer is "come back in a moment",
the same request is made again, as a reload makes it.
"""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from kernel import ids
from tests.support.shop import Shop

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
PAYMENT = re.compile(r'href="[^"]*/c/pay/([^"/]+)"')
LOOK = re.compile(r'data-look="(\w+)"')
TICKET = re.compile(r'class="ticket__place"><dt>[^<]*</dt><dd>([^<]*)<')
PATIENCE_S = 40.0


@dataclass
class Buyer:
    """Somebody with a browser's cookies."""

    shop: Shop
    performance: str
    name: str = "Ada Lovelace"
    email: str = "ada@example.org"
    http: httpx.Client = field(init=False)
    # Every status that was not the expected one, so that a test can say that none was a 500.
    statuses: list[int] = field(default_factory=list)
    hold_id: str = ""
    order_path: str = ""
    session: str = ""

    def __post_init__(self) -> None:
        self.http = self.shop.browse()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Make a request until it is answered."""
        give_up_at = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = self.http.request(method, path, **more)
            except httpx.TransportError:
                assert time.monotonic() < give_up_at, f"{method} {path}: nobody answers"
                time.sleep(0.2)
                continue
            self.statuses.append(answer.status_code)
            if answer.status_code not in (429, 503) or time.monotonic() > give_up_at:
                return answer
            time.sleep(min(float(answer.headers.get("Retry-After", "0.2")), 2))

    def enter(self) -> None:
        """Look at the performance, as every sale begins."""
        assert self.ask("GET", f"/performances/{self.performance}/").status_code == 200

    def hold(self, *ordinals: int) -> bool:
        """Choose places on the live page; whether they were still free."""
        path = f"/live/performances/{self.performance}/holds"
        self.hold_id = ids.new("hld")
        body = {"hold": self.hold_id, "places": list(ordinals)}
        answer = self.ask("POST", path, json=body)
        assert answer.status_code in (201, 409), answer.text
        if answer.status_code == 409:
            assert answer.json()["code"] == "seats_taken", answer.text
        return answer.status_code == 201

    def give_back(self) -> None:
        """Let go of what is held; where nothing is, nothing happens."""
        path = f"/live/performances/{self.performance}/holds/{self.hold_id}"
        answer = self.ask("DELETE", path)
        assert answer.status_code in (204, 404), answer.text

    def choose(self, section: str, *ordinals: int) -> bool:
        """Choose places as a browser without a script does."""
        page = self.ask("GET", f"/performances/{self.performance}/", params={"section": section})
        answer = self.post(
            f"/performances/{self.performance}/choose/",
            page,
            section=section,
            place=[str(ordinal) for ordinal in ordinals],
        )
        assert answer.status_code in (302, 409), answer.status_code
        return answer.status_code == 302

    def post(self, path: str, page: httpx.Response, **fields: Any) -> httpx.Response:
        """Send a form of a page."""
        found = TOKEN.search(page.text)
        assert found, f"no form on {page.url}"
        return self.ask("POST", path, data={"csrfmiddlewaretoken": found[1], **fields})

    def check_out(self, *, clicks: int = 1) -> bool:
        """Go from the cart to the payment page; whether the order was made.

        With two clicks "Pay" is sent twice at once, as an impatient finger does.
        """
        page = self.ask("GET", "/cart/")
        if 'href="/checkout/"' not in page.text:  # the cart is empty: what was held is lost
            return False
        answer = self.post("/checkout/", page, name=self.name, email=self.email)
        if answer.status_code != 302:  # the time is over: the page says so and keeps what was typed
            assert answer.status_code == 200, answer.status_code
            return False
        page = self.ask("GET", "/checkout/review/")
        if 'action="/checkout/pay/"' not in page.text:
            return False
        with ThreadPoolExecutor(clicks) as fingers:
            answers = list(fingers.map(lambda _: self.post("/checkout/pay/", page), range(clicks)))
        if any(answer.status_code != 302 for answer in answers):
            assert {answer.status_code for answer in answers} <= {200, 409}
            return False
        (location,) = {answer.headers["location"] for answer in answers}
        return self.go_on(location)

    def go_on(self, order_pay_path: str) -> bool:
        """Open the page that leads to the payment page."""
        if not order_pay_path.startswith("/orders/"):
            return False
        self.order_path = order_pay_path.removesuffix("pay/")
        found = PAYMENT.search(self.ask("GET", f"{self.order_path}pay/").text)
        if found:
            self.session = found[1]
        return bool(found)

    def pay(self) -> None:
        """Pay on the payment page; again where it went away before it answered."""
        give_up_at, is_again = time.monotonic() + PATIENCE_S, False
        while True:
            try:
                outcome = self.shop.pay(self.session)
            except httpx.TransportError:
                assert time.monotonic() < give_up_at, "the payment page does not answer"
                is_again = True
                time.sleep(0.2)
                continue
            # Closed: it had taken the money before it could say so.
            assert outcome == "paid" or (is_again and outcome == "closed"), outcome
            return

    def leave(self) -> None:
        """Turn back from the unpaid order to the cart."""
        page = self.ask("GET", self.order_path)
        answer = self.post(f"{self.order_path}leave/", page)
        assert answer.status_code in (302, 409), answer.status_code

    def look(self) -> str:
        """Return from the payment page; how the order stands."""
        page = self.ask("GET", self.order_path, params={"paid": "1"})
        found = LOOK.search(page.text)
        assert found, (page.status_code, page.text[:500])
        return found[1]

    def wait_for_tickets(self, within_s: float = PATIENCE_S) -> list[str]:
        """Stay on the order's page until it shows tickets; the places on them."""
        give_up_at = time.monotonic() + within_s
        while (look := self.look()) != "paid":
            assert look == "waiting", look
            assert time.monotonic() < give_up_at, "paid, and no tickets"
            time.sleep(0.3)
        return TICKET.findall(self.ask("GET", self.order_path).text)
