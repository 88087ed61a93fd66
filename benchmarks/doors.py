"""Letting people in by the API."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import orjson

from benchmarks import stage
from benchmarks.figures import Row, figure
from benchmarks.load import CannotMeasure, Request, http_request, said_of, send, status
from benchmarks.reads import WEB_CONNECTIONS, client_headers, static_page, to_web
from benchmarks.rig import Rig
from benchmarks.stage import Sale
from kernel import clock, ids
from kernel.db import tenant_context
from tenant_apps.tickets import queries, services
from tenant_apps.tickets.domain import BATCH_MAX, ScanResult, TicketLine
from tenant_apps.tickets.models import Scan

# Each is let in once. A client app may ask 120 times at once: no connection has that many.
TICKETS = WEB_CONNECTIONS * 60
SECONDS = 30.0
DEVICES, BATCHES = 8, 80


@figure
def redeem(rig: Rig) -> Iterator[Row]:
    """Each ticket is let in once."""
    sale = stage.stadium_sale(rig)
    rig.start_web()
    tokens = issue(sale, TICKETS)
    asked = (
        Request(
            number % WEB_CONNECTIONS,
            http_request(
                "POST",
                "/api/v1/tickets/redeem",
                host=sale.house.host,
                headers={
                    **client_headers(rig, sale.house, number % WEB_CONNECTIONS),
                    "Idempotency-Key": uuid4().hex,
                },
                body=orjson.dumps({"token": token, "gate": "A"}),
            ),
            status(200),
        )
        for number, token in enumerate(tokens)
    )
    seen = to_web(rig, asked, seconds=SECONDS, once=True)
    yield Row(
        what="redeem one ticket by API",
        ours=seen[0].per_s,
        bar=300,
        times=seen[0],
        limit=static_page(rig)[0].per_s,
        limit_is="/healthz of the same server",
        note=said_of(seen),
    )


@figure
def redeem_batches(rig: Rig) -> Iterator[Row]:
    """Each ticket is let in once, by devices that send 200 scans at a time."""
    sale = stage.stadium_sale(rig)
    rig.start_web()
    tokens = issue(sale, BATCHES * BATCH_MAX)
    at = clock.now().isoformat()
    asked = (
        Request(
            number % DEVICES,
            http_request(
                "POST",
                "/api/v1/tickets/redeem/batch",
                host=sale.house.host,
                headers={
                    **client_headers(rig, sale.house, number % DEVICES),
                    "Idempotency-Key": uuid4().hex,
                },
                body=batch_of(tokens[number * BATCH_MAX : (number + 1) * BATCH_MAX], at),
            ),
            status(200),
        )
        for number in range(BATCHES)
    )
    seen = send(asked, port=rig.ports["web"], connections=DEVICES, seconds=SECONDS, once=True)
    with tenant_context(sale.house.schema_name):
        admitted = Scan.objects.exclude(client_ref="").filter(result=ScanResult.ADMITTED).count()
    if admitted != len(tokens):
        raise CannotMeasure(f"{admitted} of {len(tokens)} tickets were let in.")
    yield Row(
        what="redeem by batches of 200 from a device",
        ours=seen[0].per_s * BATCH_MAX,
        bar=5_000,
        times=seen[0],
        note=f"scans; times of a batch, sent by {DEVICES} devices at once; {said_of(seen)}",
    )


def batch_of(tokens: list[str], at: str) -> bytes:
    """Write what a device sends."""
    scans = [{"scan": uuid4().hex, "token": token, "at": at} for token in tokens]
    return orjson.dumps({"gate": "A", "device": "phone", "scans": scans})


def issue(sale: Sale, count: int) -> list[str]:
    """Issue tickets as one huge order has them; their codes."""
    lines = [
        TicketLine(
            line_ref=ids.new("lin"),
            performance_id=sale.performance_id,
            ordinal=number,
            place_name=f"Seat {number}",
            holder_name="Ada Lovelace",
        )
        for number in range(count)
    ]
    with tenant_context(sale.house.schema_name):
        made = services.issue_tickets(order_ref=ids.new("ord"), lines=lines)
        return queries.tokens_of(made)
