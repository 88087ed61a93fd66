"""The embedded run's Celery worker: its pool's processes are on a leash as well.

A worker that is killed cannot stop its children; the kernel does it. It also says when it is ready,
through a file.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from celery import signals

from eventflow.celery import app
from eventflow.local.children import tie_to_parent
from eventflow.local.processes import READY_FILE


@signals.worker_process_init.connect
def put_on_leash(**_: object) -> None:
    """End with the worker, whatever ended it."""
    tie_to_parent(signal.SIGKILL)


@signals.worker_ready.connect
def say_ready(**_: object) -> None:
    """Tell the supervisor that tasks are taken."""
    path = os.environ.get(READY_FILE)
    if path:
        Path(path).write_text(str(os.getpid()), encoding="utf-8")


if __name__ == "__main__":
    app.worker_main(["worker", *sys.argv[1:]])
