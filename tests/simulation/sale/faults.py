"""Faults that can be let in between any two effects of a service.

An effect is a statement that writes, a commit, a script in Valkey, a request to Stripe or a message
to the broker. Each is counted before and after it happens; an armed fault strikes at one count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial, wraps
from threading import Event, get_ident
from typing import Any

import pytest
import stripe
from celery import Celery
from django.db import connection

from kernel.db import tenant_context
from kernel.postgresql.base import DatabaseWrapper
from tenant_apps.inventory import gateway
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory.domain import Loading

PATIENCE_S = 20


class PowerCut(BaseException):
    """The process is gone: nothing in the product may catch this."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What strikes (`crash` or `load`), and at which count of effects."""

    kind: str
    at: int

    def __repr__(self) -> str:
        return f"{self.kind}@{self.at}"


@dataclass
class Faults:
    """Counts the effects of the thread that made it, and strikes at one of them."""

    schema_name: str
    loader: Loader = field(init=False)
    _thread: int = field(default_factory=get_ident)
    _strike_at: int = 0
    _count: int = 0
    _strike: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        self.loader = Loader(self.schema_name)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Put a counter around everything that has an effect outside the process."""
        for owner, name in (
            (gateway, "run"),
            (stripe.RequestsClient, "request"),
            (Celery, "send_task"),
        ):
            patch.setattr(owner, name, self._counted(getattr(owner, name)))
        patch.setattr(gateway, "run", self.loader.gated(gateway.run))
        patch.setattr(DatabaseWrapper, "_commit", self._counted_commit(DatabaseWrapper._commit))

    @contextmanager
    def armed(self, fault: Fault | None, performance_id: int) -> Iterator[None]:
        """Let the fault strike in the block, if the block has so many effects."""
        self._count = 0
        self._strike_at = fault.at if fault else 0
        self._strike = None
        if fault:
            load = partial(self.loader.begin, performance_id)
            self._strike = cut_power if fault.kind == "crash" else load
        try:
            yield
        finally:
            self._strike_at = 0
            self.loader.finish()

    def _reach(self) -> None:
        if not self._strike_at or get_ident() != self._thread:
            return
        self._count += 1
        if self._count == self._strike_at:
            self._strike_at = 0
            assert self._strike is not None
            self._strike()

    def _counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(real)
        def counted(*arguments: Any, **options: Any) -> Any:
            self._reach()
            result = real(*arguments, **options)
            self._reach()
            return result

        return counted

    def _counted_commit(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def commit(wrapper: Any) -> Any:
            try:
                self._reach()
            except PowerCut:
                # What a server does with the transaction of a client that is gone.
                wrapper._rollback()
                raise
            result = real(wrapper)
            self._reach()
            return result

        return commit

    def statement(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Count a statement that writes; for `connection.execute_wrapper`."""
        if str(sql).lstrip()[:6].upper() == "SELECT":
            return execute(sql, params, many, context)
        self._reach()
        result = execute(sql, params, many, context)
        self._reach()
        return result


def cut_power() -> None:
    raise PowerCut


def _close_connection() -> None:
    # Looked up in the thread that calls: each has a connection of its own.
    connection.close()


class Loader:
    """A live process that loads the performance while somebody else is in the middle of a service.

    It has read PostgreSQL before the service goes on, and writes to Valkey after the service's end.
    """

    def __init__(self, schema_name: str) -> None:
        self._schema_name = schema_name
        self._pool = ThreadPoolExecutor(1)
        self._job: Future[None] | None = None
        self._has_read = Event()
        self._may_write = Event()
        self._thread = 0

    def gated(self, run: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(run)
        def gated_run(call: Any) -> Any:
            if get_ident() == self._thread and call.script.name == "load_finish":
                self._has_read.set()
                assert self._may_write.wait(PATIENCE_S)
            return run(call)

        return gated_run

    def begin(self, performance_id: int) -> None:
        """Return when PostgreSQL has been read."""
        self._has_read.clear()
        self._may_write.clear()
        self._job = self._pool.submit(self._load, performance_id)
        self._job.add_done_callback(lambda _: self._has_read.set())
        assert self._has_read.wait(PATIENCE_S)

    def finish(self) -> None:
        """Let the loader write what it has read, if there is one; wait for it."""
        if self._job is not None:
            job, self._job = self._job, None
            self._may_write.set()
            job.result(PATIENCE_S)

    def close(self) -> None:
        self._pool.submit(_close_connection).result(PATIENCE_S)
        self._pool.shutdown()

    def _load(self, performance_id: int) -> None:
        self._thread = get_ident()
        with tenant_context(self._schema_name):
            try:
                inventory.load(performance_id, again=True)
            except Loading:
                # Somebody else loads; whoever wants the performance asks again.
                return
