"""Running what the product has put into its queue: real messages from the real broker."""

from __future__ import annotations

from queue import Empty
from typing import Any

from celery import current_app

MAX_MESSAGES = 1_000


def drain(*, skip: tuple[str, ...] = ()) -> list[str]:
    """Take every message out of the queue and run its task here; the names, in order."""
    done: list[str] = []
    current_app.loader.import_default_modules()  # as a worker does at its start
    with current_app.connection_for_read() as connection:
        queue = connection.SimpleQueue(current_app.conf.task_default_queue)
        try:
            while len(done) < MAX_MESSAGES:
                try:
                    message = queue.get(block=False)
                except Empty:
                    return done
                message.ack()
                name = message.headers["task"]
                done.append(name)
                if name not in skip:
                    _, arguments, _ = message.payload
                    current_app.tasks[name].apply(kwargs=arguments, throw=True)
        finally:
            queue.close()
    raise AssertionError(f"more than {MAX_MESSAGES} messages: do tasks feed themselves?")


def waiting() -> list[tuple[str, dict[str, Any]]]:
    """Take every message out of the queue without running it."""
    found = []
    with current_app.connection_for_read() as connection:
        queue = connection.SimpleQueue(current_app.conf.task_default_queue)
        while True:
            try:
                message = queue.get(block=False)
            except Empty:
                queue.close()
                return found
            message.ack()
            found.append((message.headers["task"], message.payload[1]))
