"""General admission at the peak: all places of one area, each for a buyer of its own."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import django
import orjson
from django.db import transaction

from benchmarks import stage
from benchmarks.figures import Row, figure
from benchmarks.holds import Caller, scope_of
from benchmarks.load import CONNECTIONS, CannotMeasure, Request, http_request, said_of, send, status
from benchmarks.rig import Rig
from benchmarks.stage import Sale
from kernel.db import tenant_context
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory import sessions

PLACES = 20_000
TOO_MANY = 200
WITHIN_S = 60.0
SELLERS = 4
CLAIMS = 250  # of two places, by each seller
Part = tuple[str, int, int, int]  # schema, performance, seller, first ordinal


@figure
def standing(rig: Rig) -> Iterator[Row]:
    """Hold every place of an area of 20,000, then claim places of it."""
    sale = field_sale(rig, slug="open-air")
    rig.start_live()
    call = Caller(rig)
    load = send(wanted(sale), port=rig.ports["live"], seconds=WITHIN_S, once=True)
    made = round(load[0].per_s * load.seconds)
    if not made == call.count_holds(scope_of(sale)) == PLACES:
        raise CannotMeasure(f"{made} holds were made of an area with {PLACES} places.")
    call.forget(scope_of(sale))
    yield Row(
        what=f"hold a place of one standing area, until all {PLACES:,} are held",
        ours=load[0].per_s,
        bar=2_000,
        times=load[0],
        note=f"the {TOO_MANY} who came too late were refused; {said_of(load)}",
    )
    yield claimed(rig, sale)


def wanted(sale: Sale) -> Iterator[Request]:
    """Ask for one place each, for some more people than there are places."""
    body = orjson.dumps({"area": "field", "count": 1})
    for number in range(PLACES + TOO_MANY):
        sent = http_request(
            "POST",
            f"{sale.live_path}/holds",
            host=sale.house.host,
            headers={sessions.HEADER: sale.token(f"session-of-buyer-{number:05d}")},
            body=body,
        )
        yield Request(number % CONNECTIONS, sent, status(201))


def claimed(rig: Rig, sale: Sale) -> Row:
    """Let sellers claim places of one performance, and of one each: is a row in their way?"""
    others = [field_sale(rig, slug=f"open-air-{number}") for number in range(SELLERS)]
    warm = field_sale(rig, slug="warm-up")
    with ProcessPoolExecutor(
        SELLERS, mp_context=multiprocessing.get_context("spawn"), initializer=django.setup
    ) as pool:
        claims_per_s(pool, [part(warm, seller) for seller in range(SELLERS)])
        one = claims_per_s(pool, [part(sale, seller) for seller in range(SELLERS)])
        each = claims_per_s(pool, [part(other, n) for n, other in enumerate(others)])
    return Row(
        what=f"claim 2 places of one area by {SELLERS} sellers at once, a transaction each",
        ours=one,
        limit=each,
        limit_is="the same at a performance each",
    )


def field_sale(rig: Rig, *, slug: str) -> Sale:
    """Put an event on sale that has one standing area."""
    return stage.put_on_sale(stage.arena(rig), field(), slug=slug)


def field() -> stage.Json:
    """Return a plan of one standing area."""
    plan = stage.small_plan(seats=0)
    corners = [[0, 0], [4000, 0], [4000, 4000], [0, 4000]]
    area = {"key": "field", "label": "Field", "category": "seat", "capacity": PLACES}
    return {**plan, "sections": [], "areas": [{**area, "polygon": corners}]}


def part(sale: Sale, seller: int) -> Part:
    return sale.house.schema_name, sale.performance_id, seller, seller * 2 * CLAIMS


def claims_per_s(pool: ProcessPoolExecutor, parts: list[Part]) -> float:
    started_at = time.monotonic()
    done = sum(pool.map(claim, parts))
    return done / (time.monotonic() - started_at)


def claim(mine: Part) -> int:
    """Claim two places again and again, as a checkout does; how often."""
    schema_name, performance_id, seller, first = mine
    with tenant_context(schema_name):
        for number in range(CLAIMS):
            place = first + 2 * number
            with transaction.atomic():
                inventory.claim_places(
                    performance_id=performance_id,
                    ordinals=[place, place + 1],
                    order_ref=f"ord_{seller}_{number}",
                )
    return CLAIMS
