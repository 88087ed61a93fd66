"""The Django project: it wires the apps together and decides nothing."""

from __future__ import annotations

from eventflow.celery import app as celery_app

__all__ = ["celery_app"]
