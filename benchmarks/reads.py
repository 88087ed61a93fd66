"""What is only looked at: a hall's places, an event's page, a list of the API."""

from __future__ import annotations

import base64
import json
import time
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from functools import cache

from django.conf import settings

from benchmarks import stage
from benchmarks.figures import Row, figure
from benchmarks.holds import static_answer
from benchmarks.load import (
    CONNECTIONS,
    Load,
    Request,
    http_request,
    said_of,
    send,
    status,
)
from benchmarks.rig import BASE_DOMAIN, Rig
from benchmarks.stage import House
from eventflow.local.demo_plans.stadium_plan import stadium
from kernel.db import tenant_context
from tenant_apps.access import services as access
from tenant_apps.access.domain import SYSTEM
from tenant_apps.inventory import sessions

SECONDS = 8.0
WARM_S = 2.0  # every process reads the plan and the prices once
WEB_CONNECTIONS = 32
EVENTS = 20


@figure
def snapshots(rig: Rig) -> Iterator[Row]:
    """Every place's state of 60,000 seats, half of them taken, compressed."""
    sale = stage.half_sold(rig)
    rig.start_live()
    headers = {sessions.HEADER: sale.token(), "Accept-Encoding": "gzip"}
    sent = http_request(
        "GET", f"{sale.live_path}/availability", host=sale.house.host, headers=headers
    )
    asked = (Request(each, sent, status(200)) for each in range(CONNECTIONS))
    seen = send(asked, port=rig.ports["live"], seconds=SECONDS)
    static = static_answer(rig)
    yield Row(
        what="availability snapshot of 60,000 seats, compressed",
        ours=seen[0].per_s,
        bar=8_000,
        times=seen[0],
        limit=static[0].per_s,
        limit_is="/healthz of the same process",
        note=f"every other seat is taken, anywhere; {said_of(seen)}",
    )


@figure
def event_page(rig: Rig) -> Iterator[Row]:
    """The storefront's page of an event: made for each, and from memory."""
    sale = stage.stadium_sale(rig)
    rig.start_web()
    path, host = f"/events/{sale.event_slug}/", sale.house.host
    # Who has chosen a language gets a page of their own.
    own = http_request("GET", path, host=host, headers={"Cookie": "django_language=en"})
    asked = [Request(each, own, status(200)) for each in range(WEB_CONNECTIONS)]
    to_web(rig, asked, seconds=WARM_S)
    seen = to_web(rig, asked)
    limit = static_page(rig)
    yield Row(
        what="event page, storefront, not cached",
        ours=seen[0].per_s,
        bar=250,
        times=seen[0],
        limit=limit[0].per_s,
        limit_is="/healthz of the same server",
        note=said_of(seen),
    )
    shared = http_request("GET", path, host=host)
    asked = [Request(each, shared, status(200)) for each in range(WEB_CONNECTIONS)]
    to_web(rig, asked, seconds=WARM_S)
    seen = to_web(rig, asked)
    limit = static_web(rig, path, host)
    yield Row(
        what="event page, storefront, cached",
        ours=seen[0].per_s,
        bar=3_000,
        times=seen[0],
        limit=limit[0].per_s,
        limit_is="as many bytes from the same server, handed over by a function of three lines",
        note=f"made anew every {settings.SHARED_PAGE_SECONDS} s meanwhile; {said_of(seen)}",
    )


@figure
def api_list(rig: Rig) -> Iterator[Row]:
    """The list of events, behind OAuth. Each connection is a client app of its own."""
    house = stage.arena(rig)
    stage.stadium_sale(rig)
    programme(rig)
    rig.start_web()
    asked = [
        Request(
            each,
            http_request(
                "GET", "/api/v1/events", host=house.host, headers=client_headers(rig, house, each)
            ),
            status(200),
        )
        for each in range(WEB_CONNECTIONS)
    ]
    to_web(rig, asked, once=True)
    seen = to_web(rig, asked, seconds=SECONDS / 2)
    limit = static_page(rig)
    yield Row(
        what=f"API read behind OAuth (list of {EVENTS} events)",
        ours=seen[0].per_s,
        bar=600,
        times=seen[0],
        limit=limit[0].per_s,
        limit_is="/healthz of the same server",
        note=said_of(seen),
    )


def to_web(
    rig: Rig, asked: Iterable[Request], *, seconds: float = SECONDS, once: bool = False
) -> Load:
    """Send requests to gunicorn."""
    return send(
        asked, port=rig.ports["web"], connections=WEB_CONNECTIONS, seconds=seconds, once=once
    )


@cache
def static_page(rig: Rig) -> Load:
    """Ask web for what it need not think about: every middleware, no query, no template."""
    sent = http_request("GET", "/healthz", host=BASE_DOMAIN)
    asked = (Request(each, sent, status(200)) for each in range(WEB_CONNECTIONS))
    return to_web(rig, asked, seconds=SECONDS / 2)


def static_web(rig: Rig, path: str, host: str) -> Load:
    """Ask the same server, without web in it, for as many bytes as a page has."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{rig.ports['web']}{path}", headers={"Host": host}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        size = len(answer.read())
    rig.stop("web")
    rig.start_static(size)
    sent = http_request("GET", "/", host=host)
    asked = [Request(each, sent, status(200)) for each in range(WEB_CONNECTIONS)]
    port = rig.ports["plain"]
    try:
        send(asked, port=port, connections=WEB_CONNECTIONS, seconds=WARM_S)
        return send(asked, port=port, connections=WEB_CONNECTIONS, seconds=SECONDS)
    finally:
        rig.stop("plain")


@cache
def programme(rig: Rig) -> None:
    """Make as many events as a page of the list has."""
    house = stage.arena(rig)
    document = stage.small_plan()
    with tenant_context(house.schema_name):
        version_id = stage.publish(document, name="Small hall")
        for number in range(EVENTS):
            stage.open_sale(house, version_id, document, slug=f"evening-{number}")


def client_headers(rig: Rig, house: House, number: int) -> dict[str, str]:
    """Return what a client app sends along: its token, and a network of its own."""
    network = f"10.0.{number // 250}.{number % 250 + 1}"
    return {
        "Authorization": f"Bearer {_token(rig, house, network)}",
        "Accept": "application/json",
        "X-Forwarded-For": network,
    }


@cache
def _token(rig: Rig, house: House, network: str) -> str:
    with tenant_context(house.schema_name):
        client, secret = access.create_client(
            name=f"Client at {network}",
            scopes=("events:read", "tickets:redeem"),
            actor=SYSTEM,
        )
    basic = base64.b64encode(f"{client.client_id}:{secret}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{rig.ports['web']}/oauth/token/",
        data=urllib.parse.urlencode({"grant_type": "client_credentials"}).encode(),
        headers={"Host": house.host, "Authorization": f"Basic {basic}", "X-Forwarded-For": network},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        token: str = json.load(answer)["access_token"]
    return token


@figure
def import_plan(rig: Rig) -> Iterator[Row]:
    """Import and publish the stadium."""
    house = stage.arena(rig)
    document = stadium()
    with tenant_context(house.schema_name):
        started_at = time.monotonic()
        stage.publish(document, name="Another stadium")
        took = time.monotonic() - started_at
    yield Row(
        what="import and publish 60,000 seats", ours=took, unit="s", bar=10, most_is_best=False
    )
