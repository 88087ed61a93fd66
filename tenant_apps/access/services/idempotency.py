"""The same request twice has one effect and one answer (draft-ietf-httpapi-idempotency-key-header).

`begin` takes a lease on the client's key, or says what was answered before. The answer is written
by `answer`; an attempt that failed for a passing reason is given back by `abandon`. An attempt that
died leaves a lease that ends, and the next one runs the operation again: so operations behind a
key must themselves be safe to run twice, as all of ours are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.utils import IntegrityError

from kernel import clock, errors
from kernel.db import violated_constraint
from tenant_apps.access.models import ONE_ANSWER, Answer

# Longer than any request may take (a web worker is stopped after 30 s).
LEASE = timedelta(seconds=60)
KEPT_FOR = timedelta(hours=24)
FORGET_AT_MOST = 5_000


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
    Answer.objects.filter(client_id=client_pk, key=key, started_at__lt=now - KEPT_FOR).delete()
    created = Answer(
        client_id=client_pk, key=key, fingerprint=fingerprint, started_at=now,
        lease_until=now + LEASE,
    )  # fmt: skip
    if _insert(created):
        return Attempt(created.pk, created.attempt)
    known = Answer.objects.filter(client_id=client_pk, key=key).first()
    if known is None:  # deleted between the two statements: its first attempt was given back
        raise KeyInUse(retry_after_s=1)
    if known.fingerprint != fingerprint:
        raise KeyReused(field="Idempotency-Key")
    if known.status is not None:
        return Replay(known.status, known.body, known.content_type)
    taken = Answer.objects.filter(
        Q(lease_until__lt=now), pk=known.pk, attempt=known.attempt, status__isnull=True
    ).update(lease_until=now + LEASE, attempt=F("attempt") + 1)
    if not taken:
        raise KeyInUse(retry_after_s=2)
    return Attempt(known.pk, known.attempt + 1)


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


def _insert(row: Answer) -> bool:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if violated_constraint(error) != ONE_ANSWER:
            raise
        return False
    return True
