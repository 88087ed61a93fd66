from __future__ import annotations

from django.apps import AppConfig


class QueueingConfig(AppConfig):
    name = "tenant_apps.queueing"
    label = "queueing"
