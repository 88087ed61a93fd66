"""Rate limits: token buckets in Valkey, one script for the web and for the live process.

A limit is losable: when Valkey does not answer, requests pass and the log says so. What must
never be exceeded (places, money) is not limited here but decided in PostgreSQL.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import structlog
from redis import Redis, RedisError
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import NoScriptError

from kernel import errors, valkey

log = structlog.get_logger(__name__)

TAKE = valkey.load_script("kernel", "take")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the tokens were there, how many are left, and when as many will be there again."""

    allowed: bool
    remaining: int
    retry_after_s: float

    def ensure(self) -> None:
        """Refuse with TooMany when the tokens were not there."""
        if not self.allowed:
            raise errors.TooMany(retry_after_s=round(self.retry_after_s, 1))


def bucket(schema_name: str, purpose: str, *who: object) -> str:
    """Return the key of a bucket; who it is for is hashed, as it may be a mail address."""
    digest = hashlib.sha256("\0".join(str(part) for part in who).encode()).hexdigest()[:32]
    return f"limit:{{{schema_name}}}:{purpose}:{digest}"


def take(
    key: str, *, capacity: int, refill_per_s: float, cost: int = 1, client: Redis | None = None
) -> Verdict:
    """Take `cost` tokens from a bucket that holds `capacity` and gains `refill_per_s`, or none."""
    arguments = arguments_of(capacity, refill_per_s, cost)
    client = client or valkey.limits_client()
    try:
        try:
            answer = client.evalsha(TAKE.sha, 1, key, *arguments)
        except NoScriptError:
            answer = client.eval(TAKE.text, 1, key, *arguments)
    except RedisError as error:
        return _unlimited(capacity, error)
    return verdict_of(answer)


async def take_async(
    client: AsyncRedis, key: str, *, capacity: int, refill_per_s: float, cost: int = 1
) -> Verdict:
    """Do what `take` does, for the event loop that the client belongs to."""
    arguments = arguments_of(capacity, refill_per_s, cost)
    try:
        try:
            answer = await client.evalsha(TAKE.sha, 1, key, *arguments)
        except NoScriptError:
            answer = await client.eval(TAKE.text, 1, key, *arguments)
    except RedisError as error:
        return _unlimited(capacity, error)
    return verdict_of(answer)


def arguments_of(capacity: int, refill_per_s: float, cost: int) -> tuple[str, str, str]:
    if not 0 < cost <= capacity or refill_per_s <= 0:
        raise ValueError(f"a bucket of {capacity} can never give {cost} at {refill_per_s} a second")
    return str(capacity), repr(float(refill_per_s)), str(cost)


def verdict_of(answer: object) -> Verdict:
    assert isinstance(answer, list)
    allowed, remaining, wait_us = answer
    return Verdict(bool(allowed), max(0, int(remaining)), int(wait_us) / 1_000_000)


def _unlimited(capacity: int, error: RedisError) -> Verdict:
    log.warning("limits_unreachable", error=type(error).__name__)
    return Verdict(allowed=True, remaining=capacity, retry_after_s=0.0)
