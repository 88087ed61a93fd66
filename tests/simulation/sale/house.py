"""The real thing: a house with six seats, and all that can be done to it from outside.

Services, PostgreSQL, Valkey, broker and outbox are the product's; Stripe is the double.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection
from redis import Redis

from kernel.db import public_context
from kernel.scripts import holds_runner
from public_apps.inbox import services as inbox
from tenant_apps.inventory import holds, queries
from tenant_apps.inventory.domain import Loading, Scope
from tenant_apps.payments.domain import StripeUnreachable
from tests.simulation.sale.faults import Fault, Faults
from tests.simulation.sale.moments import SimulatedTime
from tests.support.checkout import connect
from tests.support.sale import hall_plan, put_on_sale
from tests.support.stripe import StripeDouble

SEATS = 6
PRICE_MINOR = 4_000
NOWHERE = "http://127.0.0.1:9"
# What a loop may write down and try again; anything else that it swallows is a bug.
AWAY = (StripeUnreachable, Loading)
# What the simulation looks at; the hall, its prices and the account outlive an example.
EMPTIED = (
    "inventory_claim, inventory_block, orders_order, orders_orderline, orders_orderstep, "
    "payments_attempt, payments_payment, payments_refund, payments_providerevent, "
    "payments_ledgerentry, payments_posting, tickets_ticket, tickets_scan, "
    "outbox_fact, outbox_delivery"
)
# The other kinds mean nothing to us, and are told to be so elsewhere.
TOLD = ("checkout.session.", "refund.", "charge.refunded")
# Letters touch neither seats nor money.
SKIPPED = ("notifications.", "hooks.")
# Kombu keeps a list for each of four priorities, the highest under the queue's own name.
QUEUE_KEYS = [settings.WORK_QUEUE, *(f"{settings.WORK_QUEUE}\x06\x16{step}" for step in (3, 6, 9))]


@dataclass(frozen=True, slots=True)
class Message:
    """One task in the queue."""

    name: str
    arguments: dict[str, Any]


class Surprises(logging.Handler):
    """Keeps what the product logs as an error without letting it out: a bug that a loop hides."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, AWAY):
            where = "".join(traceback.format_exception(error)) if error else ""
            self.found.append(f"{record.msg} {where}")


@dataclass
class House:
    """One performance on sale, its time, its faults, its post and its bank."""

    double: StripeDouble
    schema_name: str
    time: SimulatedTime = field(default_factory=SimulatedTime)
    surprises: Surprises = field(default_factory=Surprises)
    pending: list[Message] = field(default_factory=list)
    mail: list[dict[str, Any]] = field(default_factory=list)
    lost_mail: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.faults = Faults(self.schema_name)
        self.is_stripe_away = False
        self._told_double = self.time.moment
        self._seen_events: set[str] = set()
        self.account = connect(self.double)
        self.performance = put_on_sale(hall_plan(rows=1, seats=SEATS, area=0), adult=PRICE_MINOR)
        self.scope: Scope = queries.scope_of(self.performance.pk)
        self.client = holds_runner().client
        self._run_id: bytes = self.client.info("server")["run_id"].encode()
        current_app.loader.import_default_modules()
        self._broker_client = Redis.from_url(settings.BROKER_URL)
        self._broker = current_app.connection_for_read()
        self._queue = self._broker.SimpleQueue(current_app.conf.task_default_queue)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Take over time, and count effects."""
        self.time.install(patch)
        self.faults.install(patch)
        logging.getLogger().addHandler(self.surprises)

    def close(self) -> None:
        logging.getLogger().removeHandler(self.surprises)
        self.faults.loader.close()
        self._queue.close()
        self._broker.close()
        self._broker_client.close()

    def reset(self) -> None:
        """Begin anew: nothing sold, nothing held, nothing paid, now."""
        self.time.begin()
        self._told_double = self.time.moment
        self.surprises.found.clear()
        self.set_stripe_away(False)
        self.double.post("/reset", everything=True)
        self.double.post("/accounts", id=self.account)
        self.client.flushdb()
        self.collect()
        self.pending.clear()
        self.mail.clear()
        self.lost_mail.clear()
        self._seen_events.clear()
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {EMPTIED} CASCADE")
        with public_context(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE inbox_envelope")

    # Time, faults -----------------------------------------------------------------------------

    def let_pass(self, time: timedelta) -> None:
        """Move our clock and Stripe's."""
        self.time.moment += time
        behind = (self.time.moment - self._told_double).total_seconds()
        self._told_double = self.time.moment
        self.double.post("/clock", advance_s=behind)
        self.read_bank()

    def armed(self, fault: Fault | None) -> Any:
        return self.faults.armed(fault, self.performance.pk)

    def start_again(self) -> None:
        """Be a new process: the old one's connection is gone, and what it was about to send."""
        connection.run_on_commit = []
        connection.close()

    def set_stripe_away(self, is_away: bool) -> None:
        settings.STRIPE_API_BASE = NOWHERE if is_away else self.double.base
        self.is_stripe_away = is_away

    # Messages ---------------------------------------------------------------------------------

    def collect(self) -> None:
        """Take what lies in the broker's queue into ours, where a step can pick."""
        # Kombu takes its time to say that there is nothing.
        with self._broker_client.pipeline(transaction=False) as pipe:
            for key in QUEUE_KEYS:
                pipe.llen(key)
            lengths: list[int] = pipe.execute()
        for _ in range(sum(lengths)):
            message = self._queue.get(block=False)
            message.ack()
            name = message.headers["task"]
            if not name.startswith(SKIPPED):
                self.pending.append(Message(name, message.payload[1]))

    def work(self, message: Message) -> None:
        """Run a task as a worker does; what is away is found again by a sweep."""
        try:
            current_app.tasks[message.name].run(**message.arguments)
        except StripeUnreachable:
            assert self.is_stripe_away

    def sweep(self, name: str) -> None:
        """Run a periodical task."""
        arguments = {} if name == "inbox.sweep" else {"schema_name": self.schema_name}
        current_app.tasks[name].run(**arguments)

    def tell(self, event: dict[str, Any]) -> None:
        """Receive a webhook whose signature was good."""
        inbox.receive(provider="stripe", event=event)

    def read_bank(self) -> dict[str, Any]:
        """Return all that Stripe knows; new events go into the mail."""
        state = self.double.state(self.account)
        for event in sorted(state["events"], key=lambda one: one["created"]):
            if event["id"] not in self._seen_events and event["type"].startswith(TOLD):
                self._seen_events.add(event["id"])
                self.mail.append({k: v for k, v in event.items() if k[0] != "_"})
        return state

    # Valkey -----------------------------------------------------------------------------------

    def copy(self) -> dict[str, bytes]:
        """Return all keys of the performance as they are now."""
        keys = holds.keys_of(self.scope)
        with self.client.pipeline(transaction=True) as pipe:
            for key in keys:
                pipe.dump(key)
            return {k: v for k, v in zip(keys, pipe.execute(), strict=True) if v is not None}

    def put_back(self, copy: dict[str, bytes]) -> None:
        """Make the keys of the performance what they were."""
        with self.client.pipeline(transaction=True) as pipe:
            pipe.delete(*holds.keys_of(self.scope))
            for key, dumped in copy.items():
                pipe.restore(key, 0, dumped)
            pipe.execute()

    def rename_server(self) -> None:
        """Let the keys be those of a server that ran before this one."""
        key = holds.keys_of(self.scope)[8]
        if self.client.exists(key):
            self.client.hset(key, "run", "a-server-that-is-gone")

    def places_in_valkey(self) -> bytes | None:
        """Return the projection as it is, without loading it; None while nobody may read it."""
        keys = holds.keys_of(self.scope)
        with self.client.pipeline(transaction=True) as pipe:
            pipe.hmget(keys[8], "run", "state")
            pipe.get(keys[0])
            (run, state), places = pipe.execute()
        is_open = run == self._run_id and state == b"OPEN"
        return bytes(places or b"") if is_open else None


def running(patch: pytest.MonkeyPatch, double: StripeDouble, schema_name: str) -> Iterator[House]:
    """Keep a house open for one test."""
    patch.setattr(settings, "STRIPE_MAX_RETRIES", 0)
    house = House(double, schema_name)
    house.install(patch)
    logging.disable(logging.WARNING)
    try:
        with connection.execute_wrapper(house.faults.statement):
            yield house
    finally:
        logging.disable(logging.NOTSET)
        house.close()
