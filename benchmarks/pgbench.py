"""What PostgreSQL alone can do: pgbench writes the rows of one real order again and again.

Every row that an order has left, from its details to its tickets, is inserted into the same tables
with the same constraints and indexes, in the same two transactions: what is placed, what is paid.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

from django.db import connection
from psycopg import sql

from benchmarks.load import CannotMeasure
from benchmarks.rig import Rig
from eventflow.local.postgres import binaries
from kernel.postgresql.roles import role_of

CLIENTS = 8
SECONDS = 5
# No order of ours has so high a number: the copies' places and names begin behind.
FIRST = 1_000_000

OF_ORDER = "order_id = (SELECT id FROM orders_order WHERE public_id = %s)"
BY_REF = "order_ref = %s"
PAID_FACT = "kind = 'order.paid' AND subject = %s"
# (table, which of its rows are the order's), parents first.
PLACED = (
    ("orders_order", "public_id = %s"),
    ("orders_orderline", OF_ORDER),
    ("orders_orderstep", f"{OF_ORDER} AND step <> 'pay'"),
    ("inventory_claim", BY_REF),
    ("payments_attempt", BY_REF),
    ("outbox_fact", "kind = 'order.placed' AND subject = %s"),
)
PAID = (
    ("orders_orderstep", f"{OF_ORDER} AND step = 'pay'"),
    ("payments_payment", BY_REF),
    ("payments_ledgerentry", BY_REF),
    ("payments_posting", f"entry_id IN (SELECT id FROM payments_ledgerentry WHERE {BY_REF})"),
    ("tickets_ticket", BY_REF),
    ("outbox_fact", PAID_FACT),
    ("outbox_delivery", f"fact_id = (SELECT id FROM outbox_fact WHERE {PAID_FACT})"),
)
# Columns that name a parent which was inserted a moment before.
PARENTS = {
    "order_id": "orders_order",
    "attempt_id": "payments_attempt",
    "entry_id": "payments_ledgerentry",
    "fact_id": "outbox_fact",
}
# Columns that must differ from copy to copy.
NAMES = {
    *("public_id", "number", "checkout_key", "order_ref", "line_ref", "session_id"),
    *("payment_intent", "charge", "reference", "key"),
}


def orders_per_s(rig: Rig, schema_name: str) -> float:
    """Let pgbench write the last paid order of the current schema; how many a second."""
    script = rig.folder / "order.pgbench"
    script.write_text("\n".join(statements()), encoding="utf-8")
    role = role_of(schema_name, connection.settings_dict["NAME"])
    command = [
        str(binaries() / "pgbench"),
        *("--no-vacuum", "--client", str(CLIENTS), "--jobs", "2", "--time", str(SECONDS)),
        *("--define", "turn=0", "--file", str(script)),
        rig.postgres.dsn(),
    ]
    told = {"PGOPTIONS": f"-c search_path={schema_name} -c role={role}"}
    done = subprocess.run(
        command, env=os.environ | told, capture_output=True, text=True, timeout=60, check=False
    )
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if done.returncode or found is None:
        raise CannotMeasure(f"pgbench: {done.stderr.strip()[:400]}")
    return float(found[1])


def statements() -> Iterator[str]:
    """Write the script: what the newest paid order has left, as inserts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public_id FROM orders_order WHERE state = 'paid' ORDER BY id DESC")
        row = cursor.fetchone()
    if row is None:
        raise CannotMeasure("There is no paid order to copy.")
    yield r"\set turn :turn + 1"
    yield rf"\set n {FIRST} + :client_id * 10000000 + :turn * 100"
    for part in (PLACED, PAID):
        yield "BEGIN;"
        for table, condition in part:
            yield from inserts(table, condition, row[0])
        yield "COMMIT;"


def inserts(table: str, condition: str, order: str) -> Iterator[str]:
    """Write each of the rows as an insert of its own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped AND attidentity = '' AND attgenerated = '' ORDER BY attnum",
            [table],
        )
        columns = [name for (name,) in cursor.fetchall()]
        literals = sql.SQL(", ").join(
            sql.SQL("quote_nullable({}::text)").format(sql.Identifier(name)) for name in columns
        )
        query = sql.SQL("SELECT {} FROM {} WHERE " + condition + " ORDER BY id").format(
            literals, sql.Identifier(table)
        )
        cursor.execute(query, [order])
        rows = cursor.fetchall()
    if not rows:
        raise CannotMeasure(f"The order has left nothing in {table}.")
    for number, row in enumerate(rows):
        values = [copied(name, literal, number) for name, literal in zip(columns, row, strict=True)]
        yield f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(values)});"


def copied(column: str, literal: str, number: int) -> str:
    """Return a column's value in a copy: its own where that must be, else the original's."""
    if literal == "NULL":
        return literal
    if column in PARENTS:
        return f"currval(pg_get_serial_sequence('{PARENTS[column]}', 'id'))"
    if column == "ordinal":
        return f":n + {number}"
    if column in NAMES:
        length = min(len(literal) - 2, 32)
        return f"left(md5((:n + {number})::text), {length})"
    return literal
