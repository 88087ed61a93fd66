from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "tenant_apps.access"
    label = "access"

    def ready(self) -> None:
        from kernel import converters

        converters.register()
