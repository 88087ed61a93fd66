from __future__ import annotations

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "tenant_apps.inventory"
    label = "inventory"

    def ready(self) -> None:
        from public_apps.outbox import services as outbox
        from tenant_apps.inventory.domain import SETTLER

        outbox.subscribe("claims.made", SETTLER)
        outbox.subscribe("claims.released", "inventory.free_claims")
        outbox.subscribe("performance.changed", "inventory.reload_performance")
