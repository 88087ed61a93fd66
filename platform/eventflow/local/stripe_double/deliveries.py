"""Deliveries: one event on its way to one endpoint.

A delivery waits until it is due, is tried until the endpoint answers 2xx, and then moves to the
finished ones. The switches hold it back, drop it, double it or turn its order before it leaves.
"""

from __future__ import annotations

import random
from typing import Any

from .refusals import invalid
from .store import PLATFORM, Row
from .world import World, new_id

ENDPOINT = "webhook_endpoint"
WAITING = "delivery"
FINISHED = "delivery.finished"
LONGEST_PAUSE_S = 3600.0


def wants(endpoint: Row, event: Row) -> bool:
    """A Connect endpoint hears connected accounts, any other hears the platform's own account."""
    return (
        endpoint["status"] == "enabled"
        and endpoint["_connect"] == ("account" in event)
        and bool({"*", event["type"]} & set(endpoint["enabled_events"]))
    )


def queue(world: World, endpoint: Row, event: Row) -> None:
    """Send the event on its way, as the switches have it."""
    travel = world.switches.travel
    state = "waiting"
    if travel.drop_next:
        travel.drop_next -= 1
        state = "dropped"
    elif travel.hold_next:
        travel.hold_next -= 1
        state = "held"
    elif travel.paused:
        state = "held"
    elif travel.reorder_next:
        state = "gathered"
    copies = 1 if state == "dropped" else 1 + travel.repeat
    for _ in range(copies):
        _add(world, endpoint, event, state)
    if state == "gathered":
        travel.reorder_next -= 1
        if travel.reorder_next == 0:
            _release_reversed(world)


def _add(world: World, endpoint: Row, event: Row, state: str) -> None:
    delivery: Row = {
        "id": new_id("dlv_", 16),
        "event": event["id"],
        "type": event["type"],
        "account": event.get("account", PLATFORM),
        "endpoint": endpoint["id"],
        "state": state,
        "due": world.clock.now() + world.switches.travel.delay_s,
        "order": next_order(world),
        "attempts": [],
    }
    world.store.put(FINISHED if state == "dropped" else WAITING, PLATFORM, delivery)


def next_order(world: World) -> int:
    """Return a number that only grows: the order in which deliveries leave when equally due."""
    counter = world.store.find("counter", PLATFORM, "deliveries") or {"id": "deliveries", "at": 0}
    counter["at"] += 1
    world.store.put("counter", PLATFORM, counter)
    return int(counter["at"])


def _release_reversed(world: World) -> None:
    gathered = [row for row in world.store.rows(WAITING, PLATFORM) if row["state"] == "gathered"]
    release(world, gathered[::-1])


def release(world: World, chosen: list[Row]) -> None:
    """Make the deliveries due now, in the order given."""
    now = world.clock.now()
    for delivery in chosen:
        delivery |= {"state": "waiting", "due": now, "order": next_order(world)}
        world.store.put(WAITING, PLATFORM, delivery)
    world.wake()


def deliver_now(world: World, wanted: dict[str, Any]) -> int:
    """Make everything that waits or is held due now, or only what is named; return how many.

    `ids` are deliveries, `events` are events; both are sent in the order given.
    """
    rows = world.store.rows(WAITING, PLATFORM)
    for key, names in (("ids", "id"), ("events", "event")):
        if key in wanted:
            if not isinstance(wanted[key], list):
                raise invalid(f"{key} must be a list.", param=key)
            rows = [row for name in wanted[key] for row in rows if row[names] == name]
    release(world, rows)
    return len(rows)


def due(world: World, busy: set[tuple[str, str]]) -> list[Row]:
    """Return what may leave now: one delivery for each endpoint and account that is not busy."""
    now = world.clock.now()
    chosen: list[Row] = []
    rows = [
        row
        for row in world.store.rows(WAITING, PLATFORM)
        if row["state"] == "waiting" and row["due"] <= now
    ]
    for row in sorted(rows, key=lambda row: (row["due"], row["order"])):
        lane = (row["endpoint"], row["account"])
        if lane not in busy:
            busy.add(lane)
            chosen.append(row)
    return chosen


def record(world: World, delivery: Row, answer: int | str) -> None:
    """Note an attempt's answer (a status, or why there was none) and decide what comes next."""
    travel = world.switches.travel
    if world.store.find(WAITING, PLATFORM, delivery["id"]) is None:
        return  # forgotten by a reset while it was on its way
    now = world.clock.now()
    delivery["attempts"].append({"at": now, "answer": answer})
    tries = len(delivery["attempts"])
    if isinstance(answer, int) and 200 <= answer < 300:
        _finish(world, delivery, "delivered")
    elif tries >= travel.max_attempts:
        _finish(world, delivery, "failed")
    else:
        pause = min(travel.retry_base_s * 2 ** (tries - 1), LONGEST_PAUSE_S)
        spread = random.uniform(0.9, 1.1)  # noqa: S311 - keeps retries apart, no secret
        delivery["due"] = now + pause * spread
        world.store.put(WAITING, PLATFORM, delivery)


def _finish(world: World, delivery: Row, state: str) -> None:
    delivery["state"] = state
    world.store.remove(WAITING, PLATFORM, delivery["id"])
    world.store.put(FINISHED, PLATFORM, delivery)
    event = world.store.find("event", delivery["account"], delivery["event"])
    if event and state == "delivered":
        event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
        world.store.put("event", delivery["account"], event)
