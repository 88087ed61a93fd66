"""Holding seats at the live process: as fast as it goes, paced, refused; and the script alone.

Seats must come back, or they run out. In the first way the generator gives them back by the script
itself, over a connection of its own, so that only holds go over HTTP. In the second the same
connections give them back over HTTP, as buyers do; those requests are counted apart.
"""

from __future__ import annotations

import os
import random
import urllib.parse
from collections.abc import Iterator

import orjson
from redis import Redis

from benchmarks import stage
from benchmarks.figures import Row, figure
from benchmarks.load import (
    CONNECTIONS,
    CannotMeasure,
    Load,
    Request,
    http_request,
    said_of,
    send,
    status,
    valkey_command,
)
from benchmarks.neighbours import own_ticks
from benchmarks.rig import BASE_DOMAIN, Rig
from benchmarks.stage import Sale
from kernel.db import tenant_context
from kernel.valkey import Call
from tenant_apps.inventory import holds as scripts
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory import sessions
from tenant_apps.inventory.domain import Scope

SECONDS = 10.0
PAIRS = 200  # what a connection sends before it begins again: choices of two seats
HOLD, RELEASE = 0, 1
SHARE_OF_FULL_LOAD = 0.7
HELD = b"*6\r\n$4\r\nHELD"
SOMEBODY = "somebody-else"


@figure
def holds(rig: Rig) -> Iterator[Row]:
    """Two free seats: as fast as they are answered, given back in either way, then at 70 %."""
    sale = stage.stadium_sale(rig)
    rig.start_live()
    hold_only(rig, sale, seconds=2)  # caches, connections
    full, full_us = hold_and_weigh(rig, sale)
    alone = script_alone(rig, sale)
    yield Row(
        what="hold 2 free seats, one live process, 64 connections; the script gives them back",
        ours=full[HOLD].per_s,
        bar=4_000,
        times=full[HOLD],
        time_bars={"p95": 25},
        limit=alone[HOLD].per_s,
        limit_is="the script alone, as many holds and releases",
        note=f"the live process took {full_us:.0f} µs of processor for each; {said_of(full)}",
    )
    yield from given_back_over_http(rig, sale, script_per_s=alone[HOLD].per_s)
    paced, paced_us = hold_and_weigh(rig, sale, paced_per_s=full[HOLD].per_s * SHARE_OF_FULL_LOAD)
    yield Row(
        what="hold 2 free seats, at 70 % of the first line's load",
        ours=paced[HOLD].per_s,
        times=paced[HOLD],
        time_bars={"p99": 15},
        note=f"the live process took {paced_us:.0f} µs of processor for each; {said_of(paced)}",
    )


def given_back_over_http(rig: Rig, sale: Sale, *, script_per_s: float) -> Iterator[Row]:
    """Hold and release by the same connections, each a request."""
    both = send(pairs_over_http(sale), port=rig.ports["live"], seconds=SECONDS)
    static = static_answer(rig)
    yield Row(
        what="… given back over HTTP by the same connections: the holds",
        ours=both[HOLD].per_s,
        bar=4_000,
        times=both[HOLD],
        time_bars={"p95": 25},
        limit=script_per_s,
        limit_is="the script alone, as many holds and releases",
        note=said_of(both),
    )
    yield Row(
        what="… holds and releases together",
        ours=both[HOLD].per_s + both[RELEASE].per_s,
        times=both[RELEASE],
        limit=static[HOLD].per_s,
        limit_is="/healthz of the same process",
        note=f"times of the releases; at the limit {said_of(static)}",
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


def hold_and_weigh(rig: Rig, sale: Sale, *, paced_per_s: float = 0) -> tuple[Load, float]:
    """Hold; also what each hold took of the live process' time, in microseconds."""
    pid = rig.start_live().pid
    before = own_ticks(pid)
    load = hold_only(rig, sale, paced_per_s=paced_per_s)
    spent_s = (own_ticks(pid) - before) / os.sysconf("SC_CLK_TCK")
    return load, spent_s / (load[HOLD].per_s * load.seconds) * 1e6


def hold_only(
    rig: Rig, sale: Sale, *, seconds: float = SECONDS, paced_per_s: float = 0, first: int = 0
) -> Load:
    """Hold over HTTP; the script gives back. `first` leaves the seats before it alone.

    Refuses with CannotMeasure when a hold is left: then seats may have run out.
    """
    call, scope = Caller(rig), scope_of(sale)
    before = call.count_holds(scope)
    load = send(
        holds_over_http(sale, call, first=first),
        port=rig.ports["live"],
        seconds=seconds,
        paced_per_s=paced_per_s,
        greeting=call.greeting,
        side_port=rig.valkey.port,
    )
    left = call.count_holds(scope) - before
    if left:
        raise CannotMeasure(f"{left} holds were not given back.")
    return load


def choices(sale: Sale, *, first: int = 0) -> Iterator[tuple[int, int, list[int]]]:
    """Give (connection, number, two seats): random, but no two connections' seats meet."""
    chance = random.Random(stage.SEED)
    seats = list(range(first, sale.seats))
    chance.shuffle(seats)
    share = len(seats) // CONNECTIONS
    for connection in range(CONNECTIONS):
        own = seats[connection * share : (connection + 1) * share]
        for number in range(PAIRS):
            yield connection, number, sorted(chance.sample(own, 2))


def holds_over_http(sale: Sale, call: Caller, *, first: int = 0) -> Iterator[Request]:
    """Each connection is one buyer, who holds two seats, again and again."""
    for connection, number, seats in choices(sale, first=first):
        hold_id = hold_id_of(connection, number)
        given = scripts.release(scope_of(sale), hold_id=hold_id, session=session_of(connection))
        yield Request(
            connection,
            hold_request(sale, connection, hold_id, seats),
            status(201),
            HOLD,
            aftermath=call.command(given),
        )


def pairs_over_http(sale: Sale) -> Iterator[Request]:
    """Each connection is one buyer, who holds two seats and gives them back, again and again."""
    for connection, number, seats in choices(sale):
        hold_id = hold_id_of(connection, number)
        yield Request(connection, hold_request(sale, connection, hold_id, seats), status(201), HOLD)
        sent = http_request(
            "DELETE",
            f"{sale.live_path}/holds/{hold_id}",
            host=sale.house.host,
            headers={sessions.HEADER: sale.token(session_of(connection))},
        )
        yield Request(connection, sent, status(204), RELEASE, paced=False)


def hold_request(sale: Sale, connection: int, hold_id: str, seats: list[int]) -> bytes:
    return http_request(
        "POST",
        f"{sale.live_path}/holds",
        host=sale.house.host,
        headers={sessions.HEADER: sale.token(session_of(connection))},
        body=orjson.dumps({"hold": hold_id, "places": seats}),
    )


def refusals(sale: Sale, taken: list[int]) -> Iterator[Request]:
    """Each connection is a buyer who asks for seats that somebody else has."""
    for connection in range(CONNECTIONS):
        sent = hold_request(sale, connection, hold_id_of(connection, 0), taken)
        yield Request(connection, sent, status(409))


def hold_id_of(connection: int, number: int) -> str:
    return f"hld_{connection:04d}{number:020d}"


def session_of(connection: int) -> str:
    return f"session-of-buyer-{connection:04d}"


def scope_of(sale: Sale) -> Scope:
    return Scope(sale.house.schema_name, sale.performance_id)


def script_alone(rig: Rig, sale: Sale) -> Load:
    """Run the same holds and releases by a C client at Valkey, with nothing of ours between."""
    scope = scope_of(sale)
    call = Caller(rig)

    def pairs() -> Iterator[Request]:
        for connection, number, seats in choices(sale):
            hold_id, session = hold_id_of(connection, number), session_of(connection)
            made = scripts.hold(scope, hold_id=hold_id, session=session, ordinals=seats)
            yield Request(connection, call.command(made), HELD, HOLD)
            given = scripts.release(scope, hold_id=hold_id, session=session)
            yield Request(
                connection, call.command(given), b"*2\r\n$8\r\nRELEASED", RELEASE, paced=False
            )

    return call.send(pairs())


def script_alone_refusing(rig: Rig, sale: Sale, taken: list[int]) -> Load:
    """Ask the script for seats that are taken."""
    scope = scope_of(sale)
    call = Caller(rig)
    asked = (
        Request(
            connection,
            call.command(
                scripts.hold(
                    scope,
                    hold_id=hold_id_of(connection, 0),
                    session=session_of(connection),
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
        self._loaded: set[str] = set()
        self.greeting = valkey_command("AUTH", urllib.parse.urlsplit(rig.valkey.url()).password)

    def command(self, call: Call) -> bytes:
        """Return the call, by the script's hash; the script is there from now on."""
        if call.script.sha not in self._loaded:
            self._client.script_load(call.script.text)
            self._loaded.add(call.script.sha)
        arguments = (self._run_id, 0, *call.arguments)  # 0: by the server's own clock
        return valkey_command("EVALSHA", call.script.sha, len(call.keys), *call.keys, *arguments)

    def count_holds(self, scope: Scope) -> int:
        """Count the holds that Valkey keeps of a performance, lapsed ones too."""
        return int(self._client.hlen(scripts.keys_of(scope)[scripts.KEYS.index("holds")]))

    def forget(self, scope: Scope) -> None:
        """Take all of a performance out of Valkey."""
        self._client.delete(*scripts.keys_of(scope))

    def send(
        self, requests: Iterator[Request], *, seconds: float = SECONDS / 2, once: bool = False
    ) -> Load:
        """Send requests to Valkey itself."""
        return send(requests, port=self._port, seconds=seconds, greeting=self.greeting, once=once)


def static_answer(rig: Rig) -> Load:
    """Ask the live process for what it need not think about."""
    sent = http_request("GET", "/healthz", host=BASE_DOMAIN)
    asked = (Request(connection, sent, status(200)) for connection in range(CONNECTIONS))
    return send(asked, port=rig.ports["live"], seconds=SECONDS / 2)
