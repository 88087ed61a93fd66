"""Letting people in by the API."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import orjson

from benchmarks import stage
from benchmarks.figures import Row, figure
from benchmarks.load import Request, http_request, said_of, status
from benchmarks.reads import WEB_CONNECTIONS, client_headers, static_page, to_web
from benchmarks.rig import Rig
from benchmarks.stage import Sale
from kernel import ids
from kernel.db import tenant_context
from tenant_apps.tickets import queries, services
from tenant_apps.tickets.domain import TicketLine

# Each is let in once. A client app may ask 120 times at once: no connection has that many.
TICKETS = WEB_CONNECTIONS * 60
SECONDS = 30.0


@figure
def redeem(rig: Rig) -> Iterator[Row]:
    """Each ticket is let in once."""
    sale = stage.stadium_sale(rig)
    rig.start_web()
    tokens = issue(sale)
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
    yield Row(what="redeem by batches of 200 from a device", ours=None, bar=5_000)


def issue(sale: Sale) -> list[str]:
    """Issue tickets as one huge order has them; their codes."""
    lines = [
        TicketLine(
            line_ref=ids.new("lin"),
            performance_id=sale.performance_id,
            ordinal=number,
            place_name=f"Seat {number}",
            holder_name="Ada Lovelace",
        )
        for number in range(TICKETS)
    ]
    with tenant_context(sale.house.schema_name):
        made = services.issue_tickets(order_ref=ids.new("ord"), lines=lines)
        return [queries.token_of(ticket) for ticket in made]
