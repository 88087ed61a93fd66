"""The same request twice has one effect and one answer (draft-ietf-httpapi-idempotency-key-header).

`begin` takes a lease on the client's key, or says what was answered before. The answer is written
by `answer`; an attempt that failed for a passing reason is given back by `abandon`. An attempt that
died leaves a lease that ends, and the next one runs the operation again: so operations behind a
key must themselves be safe to run twice, as all of ours are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from kernel import clock, errors
from tenant_apps.access.models import Answer

# Longer than any request may take (a web worker is stopped after 30 s).
LEASE = timedelta(seconds=60)
KEPT_FOR = timedelta(hours=24)
FORGET_AT_MOST = 5_000

# One statement for every unsafe request: the key is new, or what it was used for is forgotten, or
# the attempt that had it has died. Else no row comes back, and the key is somebody's.
TAKE = """
    INSERT INTO access_answer AS known (client_id, key, fingerprint, started_at, lease_until,
        attempt, body, content_type)
    VALUES (%s, %s, %s, %s, %s, 1, '', '')
    ON CONFLICT (client_id, key) DO UPDATE SET fingerprint = EXCLUDED.fingerprint,
        started_at = EXCLUDED.started_at, lease_until = EXCLUDED.lease_until,
        attempt = known.attempt + 1, status = NULL, body = '', content_type = ''
    WHERE known.started_at < %s OR (known.status IS NULL AND known.lease_until < %s
        AND known.fingerprint = EXCLUDED.fingerprint)
    RETURNING known.id, known.attempt
"""


class KeyInUse(errors.Conflict):
    code = "idempotency_key_in_use"
    message = "The first request with this Idempotency-Key is still being worked on."


class KeyReused(errors.Invalid):
    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used for another request. Use a new key for a new request."


@dataclass(frozen=True, slots=True)
class Attempt:
    """The lease on a key: this request is the one that does the work."""

    answer_id: int
    number: int


@dataclass(frozen=True, slots=True)
class Replay:
    """What was answered the first time."""

    status: int
    body: str
    content_type: str


def begin(*, client_pk: int, key: str, fingerprint: str) -> Attempt | Replay:
    """Take the key for this request, or return what it was answered with before.

    Refuses with KeyReused for another request and with KeyInUse while the first one runs.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [client_pk, key, fingerprint, now, now + LEASE, now - KEPT_FOR, now])
        taken = cursor.fetchone()
    if taken is not None:
        return Attempt(*taken)
    known = Answer.objects.filter(client_id=client_pk, key=key).first()
    if known is None:  # deleted between the two statements: its first attempt was given back
        raise KeyInUse(retry_after_s=1)
    if known.fingerprint != fingerprint:
        raise KeyReused(field="Idempotency-Key")
    if known.status is None:
        raise KeyInUse(retry_after_s=2)
    return Replay(known.status, known.body, known.content_type)


def answer(attempt: Attempt, *, status: int, body: str, content_type: str) -> None:
    """Keep what this attempt answers; a late attempt whose lease was taken over keeps nothing."""
    Answer.objects.filter(pk=attempt.answer_id, attempt=attempt.number, status__isnull=True).update(
        status=status, body=body, content_type=content_type[:60], lease_until=None
    )


def abandon(attempt: Attempt) -> None:
    """Give the key back: nothing was decided, and the same request may be sent again."""
    Answer.objects.filter(
        pk=attempt.answer_id, attempt=attempt.number, status__isnull=True
    ).delete()


def forget_old_answers() -> int:
    """Delete answers older than a day; how many that were."""
    old = Answer.objects.filter(started_at__lt=clock.now() - KEPT_FOR).order_by("pk")
    pks = list(old.values_list("pk", flat=True)[:FORGET_AT_MOST])
    deleted, _ = Answer.objects.filter(pk__in=pks).delete()
    return deleted
