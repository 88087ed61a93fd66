"""Rate limits: token buckets in Valkey, one script for the web and for the live process.

A limit is losable: when Valkey does not answer, requests pass and the log says so. What must
never be exceeded (places, money) is not limited here but decided in PostgreSQL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from redis import Redis, RedisError
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


@dataclass(frozen=True, slots=True)
class Bucket:
    """Holds `capacity` tokens and gains `refill_per_s`; a request costs one of them or more."""

    key: str
    capacity: int
    refill_per_s: float
    cost: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.cost <= self.capacity or self.refill_per_s <= 0:
            raise ValueError(f"a bucket that can never give: {self}")


def bucket(schema_name: str, purpose: str, *who: object) -> str:
    """Return the key of a bucket; who it is for is hashed, as it may be a mail address."""
    digest = hashlib.sha256("\0".join(str(part) for part in who).encode()).hexdigest()[:32]
    return f"limit:{{{schema_name}}}:{purpose}:{digest}"


def take(
    key: str, *, capacity: int, refill_per_s: float, cost: int = 1, client: Redis | None = None
) -> Verdict:
    """Take `cost` tokens from a bucket that holds `capacity` and gains `refill_per_s`, or none."""
    return take_each([Bucket(key, capacity, refill_per_s, cost)], client=client)


def take_each(buckets: Sequence[Bucket], *, client: Redis | None = None) -> Verdict:
    """Take from every bucket or from none, all of one tenant. The verdict is the strictest one."""
    keys, arguments = call_of(buckets)
    client = client or valkey.limits_client()
    try:
        try:
            answer = client.evalsha(TAKE.sha, len(keys), *keys, *arguments)
        except NoScriptError:
            answer = client.eval(TAKE.text, len(keys), *keys, *arguments)
    except RedisError as error:
        log.warning("limits_unreachable", error=type(error).__name__)
        return unlimited(buckets)
    return verdict_of(answer)


def call_of(buckets: Sequence[Bucket]) -> tuple[list[str], list[str]]:
    """Return keys and arguments of TAKE, for a client of another kind."""
    arguments: list[str] = []
    for one in buckets:
        arguments += (str(one.capacity), repr(float(one.refill_per_s)), str(one.cost))
    return [one.key for one in buckets], arguments


def verdict_of(answer: object) -> Verdict:
    """Return what TAKE answered."""
    assert isinstance(answer, list)
    allowed, remaining, wait_us = answer
    return Verdict(bool(allowed), max(0, int(remaining)), int(wait_us) / 1_000_000)


def unlimited(buckets: Sequence[Bucket]) -> Verdict:
    """Return the verdict when nobody can be asked: a limit is losable."""
    return Verdict(True, min(one.capacity for one in buckets), 0.0)
