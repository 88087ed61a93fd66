"""Events: a snapshot of an object at a moment, listed by the API and delivered to endpoints."""

from __future__ import annotations

import copy

from . import deliveries, lists
from .refusals import resource_missing
from .store import PLATFORM, Row, visible
from .world import API_VERSION, Call, World, new_id

EVENT = "event"


def emit(world: World, call: Call, kind: str, subject: Row) -> Row:
    """Record that something happened to the subject, and queue it for the endpoints."""
    event: Row = {
        "id": new_id("evt_1"),
        "object": "event",
        "api_version": API_VERSION,
        "created": world.clock.second(),
        "data": {"object": copy.deepcopy(visible(subject))},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": call.request_id, "idempotency_key": call.idempotency_key},
        "type": kind,
    }
    if call.account != PLATFORM:
        event["account"] = call.account
    for endpoint in world.store.rows(deliveries.ENDPOINT, PLATFORM):
        if deliveries.wants(endpoint, event):
            event["pending_webhooks"] += 1
            deliveries.queue(world, endpoint, event)
    world.store.put(EVENT, call.account, event)
    world.wake()
    return event


def retrieve(world: World, call: Call) -> Row:
    event = world.store.find(EVENT, call.account, call.path["id"])
    if event is None:
        raise resource_missing("event", call.path["id"])
    return event


def list_events(world: World, call: Call) -> Row:
    kinds = {call.params["type"]} if "type" in call.params else set(call.params.get("types", ()))
    rows = [
        event
        for event in world.store.rows(EVENT, call.account)
        if not kinds or event["type"] in kinds
    ]
    return lists.page(rows, call, "/v1/events")
