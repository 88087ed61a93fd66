"""What the doors write down in passing of those who hold places; `scoring` reads it soon after.

A note costs the live process one entry of a list; a few times a second its list goes to Valkey,
beside the rate limits (CACHE_URL). The script that holds places, and the request that waits for it,
do nothing for it. Notes may be lost: then that is said (`lose`), and nothing counts that they may
have excused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
import structlog
from redis import RedisError
from redis.client import Pipeline

from kernel import clock, valkey
from kernel.askers import Asker
from tenant_apps.queueing.domain.rules import WINDOW_S

log = structlog.get_logger(__name__)

# Schemas with notes that nobody has read, or with holds that are watched.
WAITING = "signs:waiting"
# So many notes are sent at once, and so many wait to be read; of what is more the oldest are lost.
NOTES_AT_ONCE, MOST_NOTES = 2_000, 400_000
# As long as anything that was read from notes: what ends unread could have excused only what has
# ended too.
LIFE_S = WINDOW_S

Note = tuple[Any, ...]

# Schemas of which this process has lost notes and could not say so yet.
_losses: set[str] = set()


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


def returned(
    session: str, *, performance_id: int, hold_id: str, until: datetime, places: Sequence[int]
) -> Note:
    """Say that a buyer has left an order and has its places in a hold again."""
    return "returned", clock.now(), session, performance_id, hold_id, until, places


def paid(session: str, order_ref: str) -> Note:
    """Say that an order was paid. Said twice it counts once."""
    return "paid", clock.now(), session, order_ref


def unpaid(session: str) -> Note:
    """Say that an order has ended because nobody paid for it."""
    return "unpaid", clock.now(), session


def write(schema_name: str, written: Sequence[Note]) -> None:
    """Leave notes for the next round. Without Valkey they are lost, which is said as soon as it is
    back: a loss that was not said yet is said first.
    """
    is_loss = schema_name in _losses
    if not written and not is_loss:
        return
    key, client = key_of(schema_name, "notes"), valkey.limits_client()
    pipe = client.pipeline(transaction=False)
    if is_loss:
        _set_lost(pipe, schema_name)
    for first in range(0, len(written), NOTES_AT_ONCE):
        pipe.rpush(key, *map(orjson.dumps, written[first : first + NOTES_AT_ONCE]))
    pipe.llen(key)
    pipe.expire(key, LIFE_S)
    pipe.sadd(WAITING, schema_name)
    _losses.discard(schema_name)
    try:
        waiting = pipe.execute()[-3]
        if waiting > MOST_NOTES:
            # Both at once: whoever reads the rest must know that it is one.
            cut = client.pipeline(transaction=True)
            _set_lost(cut, schema_name)
            cut.ltrim(key, -MOST_NOTES, -1)
            cut.execute()
            log.warning("notes_lost", notes=waiting - MOST_NOTES, error="")
    except RedisError as error:
        lose(schema_name)
        log.warning("notes_lost", notes=len(written), error=type(error).__name__)


def lose(schema_name: str) -> None:
    """Remember that notes were lost here, until `write` can say so."""
    _losses.add(schema_name)


def _set_lost(pipe: Pipeline, schema_name: str) -> None:
    pipe.set(key_of(schema_name, "lost"), int(clock.now().timestamp() * 1000), ex=LIFE_S)


def key_of(schema_name: str, name: str) -> str:
    """Return the key of something that is known of a tenant's buyers."""
    return f"signs:{{{schema_name}}}:{name}"
