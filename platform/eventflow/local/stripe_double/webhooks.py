"""Webhook endpoints, and the courier that signs and sends events to them.

The signature: https://docs.stripe.com/webhooks#verify-manually. Its time is the machine's, not the
double's: a receiver compares it with its own clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from urllib.parse import urlsplit, urlunsplit

import httpx

from . import deliveries, lists, refunds, sessions
from .deliveries import ENDPOINT
from .refusals import invalid, resource_missing
from .store import PLATFORM, Row
from .world import Call, World, new_id

TICK_S = 0.5


def create(world: World, call: Call) -> Row:
    params = call.params
    parts = urlsplit(params["url"])
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise invalid("Invalid URL: An explicit scheme must be provided.", param="url")
    if not params["enabled_events"]:
        raise invalid("At least one event must be enabled.", param="enabled_events")
    endpoint = add(
        world,
        url=params["url"],
        enabled_events=params["enabled_events"],
        connect=params.get("connect", False),
        secret=new_id("whsec_", 32),
    )
    endpoint |= {
        "api_version": params.get("api_version"),
        "description": params.get("description"),
        "metadata": params.get("metadata") or {},
    }
    world.store.put(ENDPOINT, PLATFORM, endpoint)
    # The secret is told once, at creation.
    return endpoint | {"secret": endpoint["_secret"]}


def add(world: World, *, url: str, enabled_events: list[str], connect: bool, secret: str) -> Row:
    endpoint: Row = {
        "id": new_id("we_1"),
        "object": "webhook_endpoint",
        "api_version": None,
        "application": None,
        "created": world.clock.second(),
        "description": None,
        "enabled_events": enabled_events,
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": url,
        "_connect": connect,
        "_secret": secret,
    }
    return world.store.put(ENDPOINT, PLATFORM, endpoint)


def ensure(world: World, *, url: str, secret: str, enabled_events: list[str]) -> None:
    """Have the one endpoint that the command line named, also after a restart."""
    for endpoint in world.store.rows(ENDPOINT, PLATFORM):
        if endpoint.get("_named"):
            world.store.remove(ENDPOINT, PLATFORM, endpoint["id"])
    made = add(world, url=url, enabled_events=enabled_events, connect=True, secret=secret)
    world.store.put(ENDPOINT, PLATFORM, made | {"id": "we_1Named", "_named": True})
    world.store.remove(ENDPOINT, PLATFORM, made["id"])


def retrieve(world: World, call: Call) -> Row:
    endpoint = world.store.find(ENDPOINT, PLATFORM, call.path["id"])
    if endpoint is None:
        raise resource_missing("webhook_endpoint", call.path["id"])
    return endpoint


def list_endpoints(world: World, call: Call) -> Row:
    return lists.page(world.store.rows(ENDPOINT, PLATFORM), call, "/v1/webhook_endpoints")


def delete(world: World, call: Call) -> Row:
    endpoint = retrieve(world, call)
    world.store.remove(ENDPOINT, PLATFORM, endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def signature(payload: bytes, secret: str, timestamp: int) -> str:
    """Return the `Stripe-Signature` header of the payload."""
    signed = f"{timestamp}.".encode() + payload
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


class Courier:
    """Sends what is due, one at a time for each account, and lets time pass for what waits."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._woken = asyncio.Event()
        self._busy: set[tuple[str, str]] = set()
        self._journeys: set[asyncio.Task[None]] = set()
        self._looked_at = 0.0
        world.wake = self._woken.set

    async def run(self) -> None:
        """Work until cancelled."""
        async with httpx.AsyncClient(follow_redirects=False, trust_env=False) as client:
            while True:
                self._let_time_pass()
                for delivery in deliveries.due(self._world, self._busy):
                    journey = asyncio.create_task(self._send(client, delivery))
                    self._journeys.add(journey)
                    journey.add_done_callback(self._journeys.discard)
                self._world.store.commit()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), TICK_S)
                self._woken.clear()

    def _let_time_pass(self) -> None:
        """Expire and turn what is due. It looks at every row, so not at each waking."""
        now = time.monotonic()
        if now - self._looked_at >= TICK_S:
            self._looked_at = now
            sessions.expire_due(self._world)
            refunds.turn_due(self._world)

    async def _send(self, client: httpx.AsyncClient, delivery: Row) -> None:
        world = self._world
        try:
            event = world.store.find("event", delivery["account"], delivery["event"])
            endpoint = world.store.find(ENDPOINT, PLATFORM, delivery["endpoint"])
            if event is None or endpoint is None:
                deliveries.record(world, delivery, "the endpoint is gone")
            else:
                answer = await _post(client, endpoint, event, world.switches.travel.timeout_s)
                deliveries.record(world, delivery, answer)
        finally:
            self._busy.discard((delivery["endpoint"], delivery["account"]))
            self._woken.set()


async def _post(
    client: httpx.AsyncClient, endpoint: Row, event: Row, timeout_s: float
) -> int | str:
    payload = json.dumps(event, indent=2, ensure_ascii=False).encode()
    url, host = _reachable(endpoint["url"])
    headers = {
        "Host": host,
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "EventFlow-Stripe-Double/1",
        "Stripe-Signature": signature(payload, endpoint["_secret"], int(time.time())),
    }
    try:
        answer = await client.post(url, content=payload, headers=headers, timeout=timeout_s)
    except httpx.HTTPError as error:
        return type(error).__name__
    return answer.status_code


def _reachable(url: str) -> tuple[str, str]:
    """Return an address that can be connected to, and its Host header.

    Browsers know that `*.localhost` is this machine; Python's resolver does not.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if (parts.hostname or "").endswith(".localhost"):
        port = f":{parts.port}" if parts.port else ""
        return urlunsplit(parts._replace(netloc=f"127.0.0.1{port}")), host
    return url, host
