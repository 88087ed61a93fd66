"""One organizer of the whole embedded run, asked from outside: its pages, its books, its mails.

What the tests compare is read where it is true: places and money in PostgreSQL, charges at the
Stripe double, mails in the run's mailbox. Nothing of the running code is imported to find it out.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import httpx
import psycopg

from kernel.postgresql.roles import role_of
from tests.support.stack import Stack

PAID = "4242424242424242"
SOLD, BLOCKED = 2, 3
SEAT = re.compile(
    r'name="place" value="(\d+)" aria-label="Row ([^"]*?), seat ([^",]*)[^"]*, (\w+)"'
)


class Shop:
    """An organizer's shop in a running stack."""

    def __init__(self, stack: Stack, slug: str = "aurora") -> None:
        self.stack = stack
        self.host = f"{slug}.localhost:{stack.port}"
        self.address = f"http://{self.host}"
        self._environment = json.loads((stack.folder / "environment.json").read_text())
        double = self._environment["STRIPE_API_BASE"]
        # No connection is kept: the double closes them while nobody asks.
        unkept = httpx.Limits(max_keepalive_connections=0)
        self.double = httpx.Client(base_url=double, trust_env=False, timeout=30, limits=unkept)
        self._mails: dict[str, EmailMessage] = {}
        query = "SELECT schema_name FROM public.tenants_tenant WHERE slug = %s"
        with psycopg.connect(self._dsn) as connection:
            found = connection.execute(query, [slug]).fetchone()
        assert found is not None
        (self.schema_name,) = found

    @property
    def _dsn(self) -> str:
        return self._environment["DATABASE_URL"]

    def browse(self) -> httpx.Client:
        """Give a visitor: cookies of its own, redirects shown and not followed."""
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.stack.port}",
            headers={"Host": self.host},
            trust_env=False,
            timeout=30,
        )

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask PostgreSQL as this organizer."""
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            role = role_of(self.schema_name, connection.info.dbname)
            connection.execute(
                "SELECT set_config('role', %s, false), set_config('search_path', %s, false)",
                [role, self.schema_name],
            )
            return connection.execute(query, parameters).fetchall()  # type: ignore[arg-type]

    def performances(self, event: str = "the-tempest") -> list[str]:
        """Give an event's performances, the first one first."""
        query = """
            SELECT p.public_id FROM events_performance p JOIN events_event e ON e.id = p.event_id
            WHERE e.slug = %s ORDER BY p.starts_at"""
        return [public_id for (public_id,) in self.rows(query, event)]

    def free_seats(self, performance: str, section: str) -> list[tuple[str, int]]:
        """Give (row, ordinal) of what the section's page shows as available."""
        with self.browse() as visitor:
            page = visitor.get(f"/performances/{performance}/", params={"section": section}).text
        return [
            (row, int(ordinal)) for ordinal, row, _, state in SEAT.findall(page)
            if state == "available"
        ]  # fmt: skip

    def availability(self, performance: str) -> bytes:
        """Give every place's state, as buyers are shown it."""
        with self.browse() as visitor:
            answer = visitor.get(f"/live/performances/{performance}/availability")
        assert answer.status_code == 200, answer.text
        return answer.content

    def shown_as_claimed(self, performance: str) -> set[int]:
        places = enumerate(self.availability(performance))
        return {ordinal for ordinal, state in places if state in (SOLD, BLOCKED)}

    def claimed(self, performance: str) -> set[int]:
        """Give the places that somebody has, by PostgreSQL's word."""
        query = """
            SELECT c.ordinal FROM inventory_claim c
            JOIN events_performance p ON p.id = c.performance_id
            WHERE p.public_id = %s AND c.released_at IS NULL"""
        found = [ordinal for (ordinal,) in self.rows(query, performance)]
        assert len(found) == len(set(found)), f"claimed twice: {sorted(found)}"
        return set(found)

    def orders(self, performance: str) -> dict[str, str]:
        """Give the state of every order for the performance, by its public id."""
        query = """
            SELECT DISTINCT o.public_id, o.state FROM orders_order o
            JOIN orders_orderline l ON l.order_id = o.id
            JOIN events_performance p ON p.id = l.performance_id WHERE p.public_id = %s"""
        return dict(self.rows(query, performance))

    def tickets(self, performance: str) -> list[tuple[str, int]]:
        """Give (order, ordinal) of every valid ticket."""
        query = """
            SELECT t.order_ref, t.ordinal FROM tickets_ticket t
            JOIN events_performance p ON p.id = t.performance_id
            WHERE p.public_id = %s AND t.state = 'valid'"""
        return self.rows(query, performance)

    def sessions_of(self, order: str) -> list[dict[str, Any]]:
        """Give the payment sessions that Stripe knows of an order; their charges in `_charges`."""
        return [s for s in self._stripe()["sessions"] if s["metadata"]["order"] == order]

    def charges(self) -> dict[str, list[int]]:
        """Give the amounts that were taken at Stripe, by order."""
        state = self._stripe()
        amounts = {charge["id"]: charge["amount"] for charge in state["charges"]}
        taken: dict[str, list[int]] = {}
        for session in state["sessions"]:
            paid = [amounts[charge] for charge in session["_charges"]]
            taken.setdefault(session["metadata"]["order"], []).extend(paid)
        return {order: paid for order, paid in taken.items() if paid}

    def _stripe(self) -> dict[str, Any]:
        return self.double.get("/_double/state").json()

    def pay(self, session: str, card: str = PAID) -> str:
        """Pay as on the payment page; how it went."""
        answer = self.double.post(f"/_double/sessions/{session}/pay", json={"card": card})
        assert answer.status_code == 200, answer.text
        return answer.json()["outcome"]

    def mails_to(self, address: str) -> list[EmailMessage]:
        """Give what the mailbox has for somebody."""
        for file in (self.stack.folder / "mail").glob("*.eml"):
            if file.name not in self._mails:  # a mail never changes; to read one takes its time
                raw = file.read_bytes()
                self._mails[file.name] = message_from_bytes(raw, policy=policy.default)  # type: ignore[assignment]
        return [mail for mail in self._mails.values() if address in str(mail["To"])]

    def ensure_books_balance(self, performance: str) -> None:
        """Fail unless tables, ledger and Stripe tell the same of every order of a performance."""
        orders = self.orders(performance)
        charges = self.charges()
        for order, state in orders.items():
            taken = charges.get(order, [])
            (total,) = self.rows("SELECT total_minor FROM orders_order WHERE public_id=%s", order)
            assert taken == ([total[0]] if state == "paid" else []), (order, state, taken)
            query = """
                SELECT e.reference, coalesce(sum(p.amount_minor), 0),
                    coalesce(sum(p.amount_minor) FILTER (WHERE p.account = 'sales'), 0)
                FROM payments_ledgerentry e LEFT JOIN payments_posting p ON p.entry_id = e.id
                WHERE e.order_ref = %s GROUP BY e.reference"""
            entries = self.rows(query, order)
            assert [sum_ for _, sum_, _ in entries] == [0] * len(taken), entries
            assert [-sales for _, _, sales in entries] == taken, (entries, taken)

    # Breaking things ------------------------------------------------------------------------

    def pid_of(self, part: str) -> int:
        return next(pid for pid, command in self.stack.pids().items() if part in command)

    def kill(self, part: str) -> None:
        """End a process as a crash does."""
        os.kill(self.pid_of(part), signal.SIGKILL)

    def empty_valkey(self) -> None:
        """Kill Valkey without a word, and let it find nothing when it is started again."""
        pid = self.pid_of("valkey-server")
        # Gone before the kill, so that the supervisor cannot be quicker: the server has it open.
        shutil.rmtree(self.stack.folder / "valkey" / "appendonlydir")
        os.kill(pid, signal.SIGKILL)

    def valkey_answers(self) -> bool:
        port = json.loads((self.stack.folder / "ports.json").read_text())["valkey"]
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
        except OSError:
            return False


def wait_until(is_so: Callable[[], bool], *, within_s: float, what: str) -> float:
    """Wait; how long it took, in seconds."""
    started_at = time.monotonic()
    while not is_so():
        assert time.monotonic() - started_at < within_s, f"not within {within_s} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - started_at
