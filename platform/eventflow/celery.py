"""The Celery application; tasks live in each app's `tasks.py`."""

from __future__ import annotations

import os

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventflow.settings")

app = Celery("eventflow")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Celery would replace the JSON logs by its own."""


@signals.task_prerun.connect
def name_the_task(task_id: str = "", task: object = None, **_: object) -> None:
    """Every log line of a task knows the task, and the request that asked for it."""
    from structlog import contextvars

    contextvars.clear_contextvars()
    contextvars.bind_contextvars(task_id=task_id, task=getattr(task, "name", ""))
    headers = getattr(getattr(task, "request", None), "headers", None) or {}
    if "request_id" in headers:
        contextvars.bind_contextvars(request_id=headers["request_id"])
