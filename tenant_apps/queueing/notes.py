"""What the doors write down in passing of those who hold places; `scoring` reads it soon after.

A note costs the live process one entry of a list; once a second the list goes to Valkey as one
string, beside the rate limits (CACHE_URL). The script that holds places, and the request that waits
for it, do nothing for it. Notes may be lost: then everybody is an honest buyer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
import structlog
from redis import RedisError

from kernel import clock, valkey
from kernel.askers import Asker

log = structlog.get_logger(__name__)

# Schemas with notes that nobody has read, or with holds that are watched.
WAITING = "signs:waiting"
# A string has so many notes at most, and so many strings wait; what is more is lost.
NOTES_AT_ONCE, MOST_STRINGS = 2_000, 200
LIFE_S = 600

Note = tuple[Any, ...]


def held(
    asker: Asker, *, performance_id: int, hold_id: str, until: datetime, places: Sequence[int]
) -> Note:
    """Say that a hold stands like this now: made, changed or extended."""
    # Written as it is at hand: this runs for each hold of a rush, and whoever reads has time.
    return "held", clock.now(), performance_id, hold_id, asker[1:], until, places


def released(performance_id: int, hold_id: str) -> Note:
    """Say that a buyer has given a hold back."""
    return "released", clock.now(), performance_id, hold_id


def ordered(holds: Iterable[tuple[int, str]]) -> Note:
    """Say that holds, each a performance and an id, have become an order."""
    return "ordered", clock.now(), [*holds]


def paid(session: str) -> Note:
    """Say that an order was paid."""
    return "paid", clock.now(), session


def unpaid(session: str) -> Note:
    """Say that an order has ended because nobody paid for it."""
    return "unpaid", clock.now(), session


def write(schema_name: str, notes: Sequence[Note]) -> None:
    """Leave notes for the next round. Without Valkey they are lost."""
    if not notes:
        return
    key = key_of(schema_name, "notes")
    pipe = valkey.limits_client().pipeline(transaction=False)
    for first in range(0, len(notes), NOTES_AT_ONCE):
        pipe.rpush(key, orjson.dumps(notes[first : first + NOTES_AT_ONCE]))
    pipe.ltrim(key, -MOST_STRINGS, -1)
    pipe.expire(key, LIFE_S)
    pipe.sadd(WAITING, schema_name)
    try:
        pipe.execute()
    except RedisError as error:
        log.warning("notes_lost", notes=len(notes), error=type(error).__name__)


def key_of(schema_name: str, name: str) -> str:
    """Return the key of something that is known of a tenant's buyers."""
    return f"signs:{{{schema_name}}}:{name}"
