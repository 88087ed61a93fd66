"""What one order costs, step by step: processor time, statements, calls to Valkey, messages.

    .venv/bin/python -m benchmarks.order_cost [orders] [--write]

`--write` puts the table into `docs/benchmarks.md`.

Everything of ours runs in this one process: the WSGI application is called as gunicorn would call
it, and what the order puts into the queue is taken out and run here. PostgreSQL, Valkey and the
Stripe double are processes of their own. So the processor time of this process is what web and
worker take, whatever else the machine does. What gunicorn and Celery's own loops add is not in it.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks import report
from benchmarks.load import CannotMeasure
from benchmarks.neighbours import Neighbours, own_ticks
from benchmarks.rig import Rig
from eventflow.local.children import CannotStart

if TYPE_CHECKING:
    from benchmarks.orders import Cart
    from benchmarks.stage import Sale

ORDERS, FIRST = 40, 8
MARKS = ("<!-- cost of an order -->", "<!-- end of the cost -->")
HEAD = ("step", "ms of processor", "statements", "Valkey", "messages")
Counts = Counter[str]
WITHIN_S = 5.0


class Meter:
    """Adds up what each step took; a step that runs inside another is taken out of it."""

    def __init__(self) -> None:
        self.spent: dict[str, Counts] = defaultdict(Counter)
        self._open: list[Counts] = []

    def count(self, what: str) -> None:
        """Count one thing that the step at hand has done."""
        if self._open:
            self._open[-1][what] += 1

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure the block as a step of that name."""
        mine: Counts = Counter(times=1)
        self.spent[name] += Counter()  # in the order in which steps begin
        self._open.append(mine)
        started_ns = time.process_time_ns()
        try:
            yield
        finally:
            took_ns = time.process_time_ns() - started_ns
            self._open.pop()
            if self._open:
                self._open[-1]["inner_ns"] += took_ns
            mine["ns"] = took_ns - mine.pop("inner_ns", 0)
            self.spent[name].update(mine)


def watch(meter: Meter) -> None:
    """Count every statement, call to Valkey and message of this process."""
    import psycopg
    from celery import Celery
    from redis.connection import AbstractConnection

    from tenant_apps.payments import gateway

    counted(psycopg.Cursor, "execute", lambda: meter.count("statements"))
    counted(psycopg.Connection, "_exec_command", lambda: meter.count("statements"))
    counted(AbstractConnection, "send_packed_command", lambda: meter.count("valkey"))
    counted(Celery, "send_task", lambda: meter.count("messages"))
    real = gateway.create_session

    def create_session(**told: Any) -> Any:
        with meter.step("  of it Stripe's library"):
            return real(**told)

    gateway.create_session = create_session


def counted(owner: Any, name: str, count: Callable[[], None]) -> None:
    """Call `count` before each call of a method."""
    real = getattr(owner, name)

    def method(*arguments: Any, **options: Any) -> Any:
        count()
        return real(*arguments, **options)

    setattr(owner, name, method)


def ask(application: Any, request: bytes) -> str:
    """Let the application answer a request as a WSGI server would; the status."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for line in lines:
        name, _, value = line.partition(": ")
        key = name.upper().replace("-", "_")
        bare = key in {"CONTENT_TYPE", "CONTENT_LENGTH"}
        environ[key if bare else f"HTTP_{key}"] = value
    said: list[str] = []
    answer = application(environ, lambda status, headers, error=None: said.append(status))
    b"".join(answer)
    answer.close()
    return said[0]


def work(meter: Meter) -> None:
    """Take every message out of the queue and run its task here."""
    from queue import Empty

    from celery import current_app
    from django.conf import settings
    from django.db import close_old_connections

    with current_app.connection_for_read() as broker:
        queue = broker.SimpleQueue(settings.WORK_QUEUE)
        while True:
            try:
                message = queue.get(block=False)
            except Empty:
                return
            name = message.headers["task"]
            with meter.step(f"task {name}"):
                current_app.tasks[name](**message.payload[1])
                close_old_connections()  # as Celery does after each task
            message.ack()


def run(rig: Rig, meter: Meter, count: int) -> str:
    """Make so many orders, after some that are not counted; what the stores took for one."""
    from celery import current_app

    from benchmarks import orders, stage
    from eventflow.wsgi import application
    from kernel.db import tenant_context
    from tenant_apps.access.domain import SYSTEM
    from tenant_apps.payments import services as payments

    sale = stage.put_on_sale(stage.house(), stage.small_plan(), slug="concert")
    current_app.loader.import_default_modules()
    with tenant_context(sale.house.schema_name):
        payments.connect_account(account_id=f"acct_{stage.SLUG}", actor=SYSTEM)
        carts = [orders.cart(sale, number) for number in range(count + FIRST)]
    work(Meter())
    buy(application, sale, carts[:FIRST], meter)
    meter.spent.clear()
    before = stores_ms(rig)
    buy(application, sale, carts[FIRST:], meter)
    took = {name: (spent - before[name]) / count for name, spent in stores_ms(rig).items()}
    ensure_paid(sale.house.schema_name, len(carts))
    return ", ".join(f"{name} {spent:.1f} ms" for name, spent in took.items())


def buy(application: Any, sale: Sale, carts: list[Cart], meter: Meter) -> None:
    """Take each cart from its details to its tickets and its mail."""
    from benchmarks import orders
    from kernel.db import tenant_context
    from tenant_apps.payments.domain import AttemptState
    from tenant_apps.payments.models import Attempt

    def send(name: str, request: bytes, expected: str) -> None:
        with meter.step(name):
            status = ask(application, request)
        if not status.startswith(expected):
            raise CannotMeasure(f"{name} was answered {status}.")

    for each in orders.checkouts(sale, carts):
        send(("details", "pay")[each.kind], each.sent, "302")
    work(meter)
    with tenant_context(sale.house.schema_name):
        attempts = list(Attempt.objects.filter(state=AttemptState.OPEN).order_by("pk"))
    for number, attempt in enumerate(attempts):
        send("webhook", orders.webhook(number, attempt).sent, "200")
    work(meter)


def stores_ms(rig: Rig) -> dict[str, float]:
    """Return the processor time that PostgreSQL and Valkey have used."""
    per_tick_ms = 1000 / os.sysconf("SC_CLK_TCK")
    pids = {"PostgreSQL": rig.postgres.pid, "Valkey": rig.valkey.pid}
    return {name: own_ticks(pid) * per_tick_ms for name, pid in pids.items()}


def ensure_paid(schema_name: str, count: int) -> None:
    """Refuse a figure of orders that did not get their tickets."""
    from kernel.db import tenant_context
    from tenant_apps.tickets.models import Ticket

    with tenant_context(schema_name):
        made = Ticket.objects.values("order_ref").distinct().count()
    if made != count:
        raise CannotMeasure(f"{made} of {count} orders have their tickets.")


def table(meter: Meter, count: int) -> Iterator[str]:
    """Write what one order takes, and all of it together."""
    yield f"| {' | '.join(HEAD)} |"
    yield f"|{' --- |' * len(HEAD)}"
    whole: Counts = Counter()
    for name, spent in meter.spent.items():
        yield _line(name, spent, count)
        whole.update(spent)
    yield _line("**an order**", whole, count)


def said_of(neighbours: Neighbours, count: int, stores: str) -> str:
    """Say what else took processor time."""
    return (
        f"The stores took for each of these {count} orders: {stores}. Other work took"
        f" {neighbours.share():.0%} of the cores meanwhile."
    )


def _line(name: str, spent: Counts, count: int) -> str:
    each = (f"{spent[what] / count:.1f}" for what in ("statements", "valkey", "messages"))
    return f"| {name} | {spent['ns'] / count / 1e6:.2f} | {' | '.join(each)} |"


def main(arguments: list[str]) -> int:
    """Measure and print; 1 with one plain sentence when that cannot be done."""
    parser = argparse.ArgumentParser(prog="order_cost", description=__doc__)
    parser.add_argument("orders", nargs="?", type=int, default=ORDERS)
    parser.add_argument("--write", action="store_true", help="put the table into the page")
    told = parser.parse_args(arguments)
    rig = Rig()
    try:
        rig.start_stores()
        import django

        django.setup()
        from public_apps.tenants import schemas

        schemas.migrate_public(schemas.fingerprint())
        rig.start_stripe()
        meter, neighbours = Meter(), Neighbours()
        watch(meter)
        stores = run(rig, meter, told.orders)
        lines = [*table(meter, told.orders), "", said_of(neighbours, told.orders, stores)]
        print(*lines, sep="\n")
        if told.write:
            report.write_between(MARKS, ["", *lines, ""])
    except (CannotMeasure, CannotStart) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        rig.close()
    return 0


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main(sys.argv[1:]))
