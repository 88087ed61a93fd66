"""What is true at a moment, read past the product's own queries."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from tenant_apps.inventory import services as inventory
from tests.simulation.sale.house import House

# One statement, so one moment.
TRUTH = """
SELECT json_build_object(
  'orders', (SELECT json_agg(json_build_object(
      'id', o.public_id, 'state', o.state, 'total', o.total_minor, 'buyer', o.buyer_session,
      'due', extract(epoch FROM o.due_at), 'places',
      (SELECT json_agg(l.ordinal ORDER BY l.ordinal) FROM orders_orderline l
       WHERE l.order_id = o.id)
    ) ORDER BY o.id) FROM orders_order o),
  'claims', (SELECT json_agg(json_build_array(c.ordinal, c.order_ref, coalesce(b.public_id, ''))
      ORDER BY c.ordinal) FROM inventory_claim c LEFT JOIN inventory_block b ON b.id = c.block_id
      WHERE c.released_at IS NULL),
  'tickets', (SELECT json_agg(json_build_array(t.order_ref, t.ordinal) ORDER BY t.ordinal)
      FROM tickets_ticket t WHERE t.state = 'valid'),
  'payments', (SELECT json_agg(json_build_array(p.order_ref, p.payment_intent, p.amount_minor))
      FROM payments_payment p),
  'refunds', (SELECT json_agg(json_build_array(r.order_ref, r.amount_minor))
      FROM payments_refund r WHERE r.state IN ('pending', 'succeeded')),
  'books', (SELECT json_object_agg(account, total) FROM (SELECT account, sum(amount_minor) AS total
      FROM payments_posting GROUP BY account) AS sums),
  'undelivered', (SELECT count(*) FROM outbox_delivery
      WHERE delivered_at IS NULL AND task_name NOT LIKE 'notifications.%%'
      AND task_name NOT LIKE 'hooks.%%')
)
"""


@dataclass(frozen=True, slots=True)
class SeenOrder:
    order_id: str
    state: str
    buyer: str
    places: tuple[int, ...]
    total: int
    due_s: float


@dataclass(frozen=True, slots=True)
class Bank:
    """What Stripe has: how much was taken and given back, by order."""

    taken: dict[str, int]
    returned: dict[str, int]
    intents: dict[str, tuple[str, int]]


@dataclass(slots=True)
class Seen:
    """PostgreSQL, Valkey and the bank side by side. `places` is None while Valkey loads."""

    orders: dict[str, SeenOrder]
    claims: list[tuple[int, str, str]]
    tickets: dict[str, list[int]]
    payments: list[tuple[str, str, int]]
    refunds: list[tuple[str, int]]
    books: dict[str, int]
    undelivered: int
    places: bytes | None = None
    # Hold id -> (session, places), of those that run.
    holds: dict[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)


def look(house: House, sessions: list[str]) -> Seen:
    """Read PostgreSQL, then Valkey where it can be read."""
    with connection.cursor() as cursor:
        cursor.execute(TRUTH)
        (raw,) = cursor.fetchone()
    truth: dict[str, Any] = raw if isinstance(raw, dict) else json.loads(raw)
    tickets: dict[str, list[int]] = {}
    for order_id, ordinal in truth["tickets"] or []:
        tickets.setdefault(order_id, []).append(ordinal)
    seen = Seen(
        orders={
            row["id"]: SeenOrder(
                row["id"], row["state"], row["buyer"], tuple(row["places"]), row["total"],
                float(row["due"]),
            )
            for row in truth["orders"] or []
        },
        claims=[tuple(row) for row in truth["claims"] or []],
        tickets=tickets,
        payments=[tuple(row) for row in truth["payments"] or []],
        refunds=[tuple(row) for row in truth["refunds"] or []],
        books=truth["books"] or {},
        undelivered=truth["undelivered"],
        places=house.places_in_valkey(),
    )  # fmt: skip
    if seen.places is not None:
        seen.holds = holds_of(house, sessions)
    return seen


def holds_of(house: House, sessions: list[str]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return the running holds of these sessions, asked for as a buyer's page does."""
    return {
        hold.hold_id: (session, hold.places)
        for session in sessions
        for hold in inventory.holds_of_session(performance_id=house.performance.pk, session=session)
    }


def bank(house: House) -> Bank:
    """Ask Stripe for all charges and refunds."""
    state = house.read_bank()
    order_of = {row["id"]: row["metadata"]["order"] for row in state["payment_intents"]}
    taken: dict[str, int] = {}
    returned: dict[str, int] = {}
    intents: dict[str, tuple[str, int]] = {}
    for charge in state["charges"]:
        if charge["paid"]:
            order_id = order_of[charge["payment_intent"]]
            taken[order_id] = taken.get(order_id, 0) + charge["amount"]
            intents[charge["payment_intent"]] = (order_id, charge["amount"])
    for refund in state["refunds"]:
        if refund["status"] in ("pending", "succeeded"):
            order_id = order_of[refund["payment_intent"]]
            returned[order_id] = returned.get(order_id, 0) + refund["amount"]
    return Bank(taken, returned, intents)
