"""Background work that knows its tenant.

A task names its schema in its arguments and enters it once. A message may come twice, late, or
for a tenant that is gone; a broker that is down loses nothing that a sweep does not find again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import structlog
from celery import Task, current_app, shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from kombu.exceptions import OperationalError

from kernel import errors
from kernel.db import (
    NoSuchTenant,
    alone_in_database,
    current_schema,
    ensure_tenant_exists,
    public_context,
    tenant_context,
)
from kernel.postgresql.base import PUBLIC

log = structlog.get_logger(__name__)

MAX_RETRIES = 8
# A task's time, and from being told that it is over to being ended.
WITHIN_S = 240
GRACE_S = 10

# What a loop over many must let pass, though it lets single failures be: the time is over.
OutOfTime = SoftTimeLimitExceeded


# celery-types makes Task generic; at run time it is not.
if TYPE_CHECKING:
    AnyTask = Task[Any, Any]


class Transient(Exception):
    """The task may work when it is tried again."""


RETRYABLE = (Transient, errors.Unavailable)


def tenant_task(
    *, name: str, max_retries: int = MAX_RETRIES, is_alone: bool = False, within_s: int = WITHIN_S
) -> Callable[[Callable[..., None]], AnyTask]:
    """Declare a task that runs inside one tenant's schema, at least once.

    With `is_alone` a second message ends at once while the first one's work goes on: a sweep that
    is slow must not take every worker. After `within_s` the work is told to end, and its process
    is ended a little later.
    """

    def declare(body: Callable[..., None]) -> AnyTask:
        @shared_task(
            name=name,
            acks_late=True,
            reject_on_worker_lost=True,
            ignore_result=True,
            autoretry_for=RETRYABLE,
            retry_backoff=True,
            retry_backoff_max=300,
            max_retries=max_retries,
            soft_time_limit=within_s,
            time_limit=within_s + GRACE_S,
        )
        @wraps(body)
        def run(*, schema_name: str, **arguments: Any) -> None:
            with (
                tenant_context(schema_name),
                structlog.contextvars.bound_contextvars(tenant=schema_name),
            ):
                try:
                    ensure_tenant_exists()
                except NoSuchTenant:
                    log.warning("task_of_erased_tenant", task=name)
                    return
                if not is_alone:
                    body(**arguments)
                    return
                with alone_in_database(f"{schema_name}:{name}") as nobody_else:
                    if nobody_else:
                        body(**arguments)

        return run

    return declare


def public_task(
    *, name: str, max_retries: int = MAX_RETRIES
) -> Callable[[Callable[..., None]], AnyTask]:
    """Declare a task that runs among the public tables, at least once."""

    def declare(body: Callable[..., None]) -> AnyTask:
        @shared_task(
            name=name,
            acks_late=True,
            reject_on_worker_lost=True,
            ignore_result=True,
            autoretry_for=RETRYABLE,
            retry_backoff=True,
            max_retries=max_retries,
        )
        @wraps(body)
        def run(**arguments: Any) -> None:
            with public_context():
                body(**arguments)

        return run

    return declare


def enqueue(name: str, *, delay_s: float = 0, **arguments: Any) -> bool:
    """Send a task for the current schema; False when the broker does not answer.

    Never raises for a broker that is down: what must not be lost is in a table, and a sweep
    finds it there.
    """
    schema_name = current_schema()
    if schema_name != PUBLIC:
        arguments["schema_name"] = schema_name
    return send(name, arguments, delay_s=delay_s)


def enqueue_in(schema_name: str, name: str, **arguments: Any) -> bool:
    """Send a tenant's task from outside its schema."""
    return send(name, {**arguments, "schema_name": schema_name})


def enqueue_after_commit(name: str, *, delay_s: float = 0, **arguments: Any) -> None:
    """Send a task once the open transaction has committed; never if it is rolled back."""
    schema_name = current_schema()
    if schema_name != PUBLIC:
        arguments["schema_name"] = schema_name
    transaction.on_commit(lambda: send(name, arguments, delay_s=delay_s) and None, robust=True)


def send(
    name: str, arguments: dict[str, Any], *, delay_s: float = 0, expires_s: float | None = None
) -> bool:
    """Hand a message to the broker; False, and a line in the log, when it does not answer."""
    # The task's lines carry the id of the request that asked for it.
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    try:
        current_app.send_task(
            name,
            kwargs=arguments,
            countdown=delay_s or None,
            expires=expires_s,
            retry=False,
            headers={"request_id": request_id} if request_id else None,
        )
    except (OperationalError, OSError) as error:
        log.warning("broker_unreachable", task=name, error=type(error).__name__)
        return False
    return True
