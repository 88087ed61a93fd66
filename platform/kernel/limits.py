"""Rate limits: token buckets in Valkey, one script for the web and for the live process.

A limit is losable: when Valkey does not answer, requests pass and the log says so. What must
never be exceeded (places, money) is not limited here but decided in PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil

import structlog
from redis import Redis, RedisError

from kernel import errors, signing, valkey

log = structlog.get_logger(__name__)

TAKE = valkey.load_script("kernel", "take")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Holds `capacity` tokens and gains `refill_per_s`; a request costs one of them or more."""

    key: str
    capacity: int
    refill_per_s: float
    cost: int = 1
    # What the client is told that it is called.
    name: str = "requests"

    def __post_init__(self) -> None:
        if not 0 < self.cost <= self.capacity or self.refill_per_s <= 0:
            raise ValueError(f"a bucket that can never give: {self}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the tokens were there, and when as many will be there again.

    `remaining` counts what is left in the tightest bucket, `buckets[tightest]`. `score` is the
    highest of those that were watched.
    """

    allowed: bool
    remaining: int
    retry_after_s: float
    tightest: int = field(default=0, compare=False)
    score: int = 0
    buckets: Sequence[Bucket] = field(default=(), compare=False, repr=False)

    def ensure(self) -> None:
        """Refuse with TooMany when the tokens were not there: never with too short a wait."""
        if not self.allowed:
            raise errors.TooMany(retry_after_s=ceil(self.retry_after_s * 10) / 10)


def bucket(schema_name: str, purpose: str, *who: object) -> str:
    """Return the key of a bucket; who it is for is hashed, as it may be a mail address."""
    digest = signing.pseudonym("limits", *[str(part) for part in who], schema_name=schema_name)
    return f"limit:{{{schema_name}}}:{purpose}:{digest}"


def take(
    key: str,
    *,
    capacity: int,
    refill_per_s: float,
    cost: int = 1,
    name: str = "requests",
    client: Redis | None = None,
) -> Verdict:
    """Take `cost` tokens from a bucket that holds `capacity` and gains `refill_per_s`, or none."""
    return take_each([Bucket(key, capacity, refill_per_s, cost, name)], client=client)


def take_each(
    buckets: Sequence[Bucket], *, watched: Sequence[str] = (), client: Redis | None = None
) -> Verdict:
    """Take from every bucket or from none, all of one tenant, and read the watched scores.

    The verdict is the strictest one.
    """
    keys, arguments = call_of(buckets, watched)
    try:
        answer = valkey.run_script(client or valkey.limits_client(), TAKE, keys, arguments)
    except RedisError as error:
        log.warning("limits_unreachable", error=type(error).__name__)
        return unlimited(buckets)
    return verdict_of(answer, buckets)


def call_of(buckets: Sequence[Bucket], watched: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """Return keys and arguments of TAKE, for a client of another kind."""
    arguments: list[str] = []
    for one in buckets:
        arguments += _arguments(one.capacity, one.refill_per_s, one.cost)
    return [*(one.key for one in buckets), *watched], arguments


def verdict_of(answer: object, buckets: Sequence[Bucket]) -> Verdict:
    """Return what TAKE answered for these buckets."""
    assert isinstance(answer, list)
    allowed, remaining, wait_us, tightest, score = answer
    return Verdict(
        bool(allowed),
        max(0, int(remaining)),
        int(wait_us) / 1_000_000,
        int(tightest) - 1,
        int(score),
        buckets,
    )


def unlimited(buckets: Sequence[Bucket]) -> Verdict:
    """Return the verdict when nobody can be asked: a limit is losable."""
    smallest = min(range(len(buckets)), key=lambda place: buckets[place].capacity)
    return Verdict(True, buckets[smallest].capacity, 0.0, smallest, buckets=buckets)


def headers_of(verdict: Verdict) -> dict[str, str]:
    """Say which limits there are, and how much is left of the tightest.

    As draft-ietf-httpapi-ratelimit-headers has it: q requests in w seconds; r are left, and all of
    them are there again in t seconds.
    """
    tightest = verdict.buckets[verdict.tightest]
    full_in_s = ceil((tightest.capacity - verdict.remaining) / tightest.refill_per_s)
    return {
        "RateLimit-Policy": ", ".join(
            [_policy(one.name, one.capacity, one.refill_per_s) for one in verdict.buckets]
        ),
        "RateLimit": f'"{tightest.name}";r={verdict.remaining};t={full_in_s}',
    }


@lru_cache(1_024)
def _arguments(capacity: int, refill_per_s: float, cost: int) -> tuple[str, str, str]:
    return str(capacity), repr(float(refill_per_s)), str(cost)


@lru_cache(1_024)
def _policy(name: str, capacity: int, refill_per_s: float) -> str:
    return f'"{name}";q={capacity};w={ceil(capacity / refill_per_s)}'
