"""The Celery application; tasks live in each app's `tasks.py`."""

from __future__ import annotations

import gc
import os

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventflow.settings")
# Django's checks, which `migrate` makes too, would import every page for a worker that shows none.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("eventflow")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Celery would replace the JSON logs by its own."""


@signals.worker_before_create_process.connect
def share_what_was_imported(**_: object) -> None:
    """Leave the collector out of what stays, or it writes into each page that is shared.

    What draws tickets is imported when it is needed; here once for all processes.
    """
    from tenant_apps.tickets.rendering import page  # noqa: F401

    gc.collect()
    gc.freeze()


@signals.task_prerun.connect
def name_the_task(task_id: str = "", task: object = None, **_: object) -> None:
    """Every log line of a task knows the task, and the request that asked for it."""
    from structlog import contextvars

    contextvars.clear_contextvars()
    contextvars.bind_contextvars(task_id=task_id, task=getattr(task, "name", ""))
    headers = getattr(getattr(task, "request", None), "headers", None) or {}
    if "request_id" in headers:
        contextvars.bind_contextvars(request_id=headers["request_id"])
