from __future__ import annotations

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "tenant_apps.notifications"
    label = "notifications"

    def ready(self) -> None:
        from public_apps.outbox import services as outbox
        from tenant_apps.notifications.domain import TASK_OF_FACT

        for fact_kind, task_name in TASK_OF_FACT.items():
            outbox.subscribe(fact_kind, task_name)
