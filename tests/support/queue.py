"""Running what the product has put into its queue: real messages from the real broker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty
from typing import Any

from celery import current_app
from django.conf import settings
from kombu.simple import SimpleQueue

MAX_MESSAGES = 1_000


def drain(*, skip: tuple[str, ...] = ()) -> list[str]:
    """Take every message out of the queues and run its task here; the names, in order."""
    done: list[str] = []
    current_app.loader.import_default_modules()  # as a worker does at its start
    with _queues() as queues:
        while len(done) < MAX_MESSAGES:
            message = _next(queues)
            if message is None:
                return done
            name = message.headers["task"]
            done.append(name)
            if name not in skip:
                _, arguments, _ = message.payload
                current_app.tasks[name].apply(kwargs=arguments, throw=True)
    raise AssertionError(f"more than {MAX_MESSAGES} messages: do tasks feed themselves?")


def waiting(*names: str) -> list[tuple[str, dict[str, Any]]]:
    """Take every message out of the queues, or these queues, without running it."""
    found = []
    with _queues(*names) as queues:
        while (message := _next(queues)) is not None:
            found.append((message.headers["task"], message.payload[1]))
    return found


@contextmanager
def _queues(*names: str) -> Iterator[list[SimpleQueue]]:
    with current_app.connection_for_read() as connection:
        wanted = names or (settings.WORK_QUEUE, settings.SWEEPS_QUEUE)
        queues = [connection.SimpleQueue(name) for name in wanted]
        try:
            yield queues
        finally:
            for queue in queues:
                queue.close()


def _next(queues: list[SimpleQueue]) -> Any:
    for queue in queues:
        with suppress(Empty):
            message = queue.get(block=False)
            message.ack()
            return message
    return None
