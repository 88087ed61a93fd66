"""Holding seats at the live process: as fast as it goes, paced, refused; and the script alone."""

from __future__ import annotations

import random
import urllib.parse
from collections.abc import Iterator

import orjson
from redis import Redis

from benchmarks import stage
from benchmarks.figures import Row, figure
from benchmarks.load import (
    CONNECTIONS,
    Load,
    Request,
    http_request,
    said_of,
    send,
    status,
    valkey_command,
)
from benchmarks.rig import BASE_DOMAIN, Rig
from benchmarks.stage import Sale
from kernel.db import tenant_context
from tenant_apps.inventory import holds as scripts
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory import sessions
from tenant_apps.inventory.domain import Scope

SECONDS = 10.0
PAIRS = 200  # what a connection sends before it begins again: choices of two seats
HOLD, RELEASE = 0, 1
SHARE_OF_FULL_LOAD = 0.7
HELD = b"*6\r\n$4\r\nHELD"
SEED = 20_26
SOMEBODY = "somebody-else"


@figure
def holds(rig: Rig) -> Iterator[Row]:
    """Two free seats, held and released: as fast as they are answered, then at 70 %."""
    sale = stage.stadium_sale(rig)
    rig.start_live()
    hold_seats(rig, sale, seconds=2)  # caches, connections
    full = hold_seats(rig, sale)
    alone = script_alone(rig, sale)
    static = static_answer(rig)
    yield Row(
        what="hold 2 free seats, one live process, 64 connections",
        ours=full[HOLD].per_s,
        bar=4_000,
        times=full[HOLD],
        time_bars={"p95": 25},
        limit=alone[HOLD].per_s,
        limit_is="the script alone, as many holds and releases",
        note=said_of(full),
    )
    yield Row(
        what="… both requests, hold and release",
        ours=full[HOLD].per_s + full[RELEASE].per_s,
        times=full[RELEASE],
        limit=static[HOLD].per_s,
        limit_is="/healthz of the same process",
        note=f"the generator took {static.generator_share:.0%} of a core at the limit",
    )
    paced = hold_seats(rig, sale, paced_per_s=full[HOLD].per_s * SHARE_OF_FULL_LOAD)
    yield Row(
        what="… at 70 % of that load",
        ours=paced[HOLD].per_s,
        times=paced[HOLD],
        time_bars={"p99": 15},
        note=said_of(paced),
    )


@figure
def refused_holds(rig: Rig) -> Iterator[Row]:
    """Seats that somebody else has: 409."""
    sale = stage.stadium_sale(rig)
    rig.start_live()
    taken = [0, 1]
    with tenant_context(sale.house.schema_name):
        kept = inventory.hold_places(
            performance_id=sale.performance_id, session=SOMEBODY, ordinals=taken
        )
        refused = send(refusals(sale, taken), port=rig.ports["live"], seconds=SECONDS)
        alone = script_alone_refusing(rig, sale, taken)
        inventory.release_hold(
            performance_id=sale.performance_id, session=SOMEBODY, hold_id=kept.hold_id
        )
    yield Row(
        what="refused hold (taken seats)",
        ours=refused[HOLD].per_s,
        bar=5_000,
        times=refused[HOLD],
        limit=alone[HOLD].per_s,
        limit_is="the script alone",
        note=said_of(refused),
    )


def hold_seats(
    rig: Rig, sale: Sale, *, seconds: float = SECONDS, paced_per_s: float = 0, first: int = 0
) -> Load:
    """Hold and release over HTTP; `first` leaves the seats before it alone."""
    return send(
        pairs_over_http(sale, first=first),
        port=rig.ports["live"],
        seconds=seconds,
        paced_per_s=paced_per_s,
    )


def choices(sale: Sale, *, first: int = 0) -> Iterator[tuple[int, int, list[int]]]:
    """Give (connection, number, two seats): random, but no two connections' seats meet."""
    chance = random.Random(SEED)
    seats = list(range(first, sale.seats))
    chance.shuffle(seats)
    share = len(seats) // CONNECTIONS
    for connection in range(CONNECTIONS):
        own = seats[connection * share : (connection + 1) * share]
        for number in range(PAIRS):
            yield connection, number, sorted(chance.sample(own, 2))


def pairs_over_http(sale: Sale, *, first: int = 0) -> Iterator[Request]:
    """Each connection is one buyer, who holds two seats and gives them back, again and again."""
    tokens = [sale.token() for _ in range(CONNECTIONS)]
    for connection, number, seats in choices(sale, first=first):
        hold_id = hold_id_of(connection, number)
        headers = {sessions.HEADER: tokens[connection]}
        path = f"{sale.live_path}/holds"
        body = orjson.dumps({"hold": hold_id, "places": seats})
        sent = http_request("POST", path, host=sale.house.host, headers=headers, body=body)
        yield Request(connection, sent, status(201), HOLD)
        sent = http_request("DELETE", f"{path}/{hold_id}", host=sale.house.host, headers=headers)
        yield Request(connection, sent, status(204), RELEASE, paced=False)


def refusals(sale: Sale, taken: list[int]) -> Iterator[Request]:
    """Each connection is a buyer who asks for seats that somebody else has."""
    for connection in range(CONNECTIONS):
        body = orjson.dumps({"hold": hold_id_of(connection, 0), "places": taken})
        headers = {sessions.HEADER: sale.token()}
        path = f"{sale.live_path}/holds"
        sent = http_request("POST", path, host=sale.house.host, headers=headers, body=body)
        yield Request(connection, sent, status(409))


def hold_id_of(connection: int, number: int) -> str:
    return f"hld_{connection:04d}{number:020d}"


def script_alone(rig: Rig, sale: Sale) -> Load:
    """Run the same holds and releases by a C client at Valkey, with nothing of ours between."""
    scope = Scope(sale.house.schema_name, sale.performance_id)
    call = Caller(rig)

    def pairs() -> Iterator[Request]:
        for connection, number, seats in choices(sale):
            hold_id, session = hold_id_of(connection, number), f"session-{connection}"
            made = scripts.hold(scope, hold_id=hold_id, session=session, ordinals=seats)
            yield Request(connection, call.command(made), HELD, HOLD)
            given = scripts.release(scope, hold_id=hold_id, session=session)
            yield Request(connection, call.command(given), b"*1\r\n$8\r\nRELEASED", RELEASE)

    return call.send(pairs())


def script_alone_refusing(rig: Rig, sale: Sale, taken: list[int]) -> Load:
    """Ask the script for seats that are taken."""
    scope = Scope(sale.house.schema_name, sale.performance_id)
    call = Caller(rig)
    asked = (
        Request(
            connection,
            call.command(
                scripts.hold(
                    scope,
                    hold_id=hold_id_of(connection, 0),
                    session=f"session-{connection}",
                    ordinals=taken[:2],
                )
            ),
            b"*5\r\n$5\r\nTAKEN",
        )
        for connection in range(CONNECTIONS)
    )
    return call.send(asked)


class Caller:
    """Script calls as bytes on the wire, for a client that knows nothing of us."""

    def __init__(self, rig: Rig) -> None:
        self._client = Redis.from_url(rig.valkey.url(0))
        self._run_id = self._client.info("server")["run_id"]
        self._port = rig.valkey.port
        self._greeting = valkey_command("AUTH", urllib.parse.urlsplit(rig.valkey.url()).password)

    def command(self, call: scripts.Call) -> bytes:
        """Return the call, by the script's hash; the script is there from now on."""
        self._client.script_load(call.script.text)
        arguments = (self._run_id, 0, *call.arguments)  # 0: by the server's own clock
        return valkey_command("EVALSHA", call.script.sha, len(call.keys), *call.keys, *arguments)

    def send(self, requests: Iterator[Request]) -> Load:
        return send(requests, port=self._port, seconds=SECONDS / 2, greeting=self._greeting)


def static_answer(rig: Rig) -> Load:
    """Ask the live process for what it need not think about."""
    sent = http_request("GET", "/healthz", host=BASE_DOMAIN)
    asked = (Request(connection, sent, status(200)) for connection in range(CONNECTIONS))
    return send(asked, port=rig.ports["live"], seconds=SECONDS / 2)
