from __future__ import annotations

import time
from math import ceil

import pytest
from django.conf import settings
from redis import Redis

from kernel import errors, limits, valkey
from kernel.addresses import client_address, prefix_of


def test_a_bucket_gives_what_it_holds_and_then_says_when_to_come_back(valkey: Redis) -> None:
    verdicts = [limits.take("limit:a", capacity=3, refill_per_s=0.5) for _ in range(4)]
    assert [v.allowed for v in verdicts] == [True, True, True, False]
    assert [v.remaining for v in verdicts] == [2, 1, 0, 0]
    assert 1.8 < verdicts[-1].retry_after_s <= 2.0
    with pytest.raises(errors.TooMany) as refusal:
        verdicts[-1].ensure()
    assert refusal.value.details == {"retry_after_s": ceil(verdicts[-1].retry_after_s * 10) / 10}


def test_a_refused_request_takes_nothing(valkey: Redis) -> None:
    assert limits.take("limit:a", capacity=5, refill_per_s=0.1, cost=3).allowed
    assert not limits.take("limit:a", capacity=5, refill_per_s=0.1, cost=3).allowed
    assert limits.take("limit:a", capacity=5, refill_per_s=0.1, cost=2).allowed


def test_a_bucket_refills_and_forgets_itself_when_it_is_full(valkey: Redis) -> None:
    client = Redis.from_url(settings.CACHE_URL)
    assert limits.take("limit:a", capacity=1, refill_per_s=20).allowed
    assert not limits.take("limit:a", capacity=1, refill_per_s=20).allowed
    assert 0 < client.pttl("limit:a") <= 50
    time.sleep(0.06)
    assert not client.exists("limit:a")
    assert limits.take("limit:a", capacity=1, refill_per_s=20).allowed


def test_several_buckets_give_together_or_not_at_all(valkey: Redis) -> None:
    roomy = limits.Bucket("limit:{t}:network", capacity=5, refill_per_s=0.1)
    tight = limits.Bucket("limit:{t}:session", capacity=1, refill_per_s=0.1)
    assert limits.take_each([roomy, tight]) == limits.Verdict(True, 0, 0.0)
    refused = limits.take_each([roomy, tight])
    assert not refused.allowed
    assert 9 < refused.retry_after_s <= 10
    # The refused request took nothing of what the others share.
    assert limits.take_each([roomy]).remaining == 3


def test_the_script_is_sent_again_to_a_server_that_forgot_it(valkey: Redis) -> None:
    limits.take("limit:a", capacity=5, refill_per_s=1)
    valkey.script_flush()
    assert limits.take("limit:a", capacity=5, refill_per_s=1).remaining == 3


def test_a_limit_that_cannot_be_asked_lets_requests_pass() -> None:
    nobody = valkey.connect("redis://127.0.0.1:1/0")
    verdict = limits.take("limit:a", capacity=1, refill_per_s=1, client=nobody)
    assert verdict.allowed
    assert verdict.remaining == 1


def test_a_cost_that_no_bucket_can_meet_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="never give"):
        limits.take("limit:a", capacity=1, refill_per_s=1, cost=2)


def test_a_buckets_key_names_the_tenant_and_hides_the_person() -> None:
    key = limits.bucket("t_aurora", "sign_in", "ada@example.org")
    assert key.startswith("limit:{t_aurora}:sign_in:")
    assert "ada" not in key
    assert key != limits.bucket("t_borealis", "sign_in", "ada@example.org")


def test_scores_are_read_in_the_same_call_and_the_highest_counts(valkey: Redis) -> None:
    Redis.from_url(settings.CACHE_URL).mset({"suspect:{t}:a": 3, "suspect:{t}:b": 12})
    one = limits.Bucket("limit:{t}:session", capacity=2, refill_per_s=0.1)
    watched = ["suspect:{t}:a", "suspect:{t}:b", "suspect:{t}:none"]
    assert limits.take_each([one], watched=watched).score == 12
    assert limits.take_each([one], watched=watched[2:]).score == 0
    refused = limits.take_each([one], watched=watched[:1])
    assert (refused.allowed, refused.score) == (False, 3)


def test_headers_say_every_limit_and_what_is_left_of_the_tightest(valkey: Redis) -> None:
    roomy = limits.Bucket("limit:{t}:p", capacity=600, refill_per_s=60, name="prefix")
    tight = limits.Bucket("limit:{t}:s", capacity=2, refill_per_s=0.5, name="session")
    policy = '"prefix";q=600;w=10, "session";q=2;w=4'
    said = [limits.headers_of(limits.take_each([roomy, tight])) for _ in range(3)]
    assert [each["RateLimit-Policy"] for each in said] == [policy] * 3
    # What is left, and in how many seconds all of it is there again.
    assert [each["RateLimit"] for each in said] == [
        '"session";r=1;t=2', '"session";r=0;t=4', '"session";r=0;t=4',
    ]  # fmt: skip


def test_who_was_refused_is_told_the_limit_to_wait_longest_for(valkey: Redis) -> None:
    quick = limits.Bucket("limit:{t}:s", capacity=1, refill_per_s=2, name="session")
    slow = limits.Bucket("limit:{t}:p", capacity=1, refill_per_s=0.1, name="prefix")
    limits.take_each([quick, slow])
    refused = limits.take_each([quick, slow])
    assert not refused.allowed
    assert refused.buckets[refused.tightest].name == "prefix"


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("rubbish", "unknown"),
    ],
)
def test_limits_count_by_address_prefix(address: str, prefix: str) -> None:
    assert prefix_of(address) == prefix


@pytest.mark.parametrize(
    ("forwarded", "trusted", "expected"),
    [
        ("", 0, "10.0.0.1"),
        ("198.51.100.7", 0, "10.0.0.1"),
        ("198.51.100.7", 1, "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7", 1, "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7, 10.0.0.2", 2, "198.51.100.7"),
        ("198.51.100.7", 3, "198.51.100.7"),
        ("", 1, "10.0.0.1"),
    ],
)
def test_only_what_trusted_proxies_noted_is_believed(
    forwarded: str, trusted: int, expected: str
) -> None:
    assert client_address("10.0.0.1", forwarded, trusted_proxies=trusted) == expected
