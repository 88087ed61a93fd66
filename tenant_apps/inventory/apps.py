from __future__ import annotations

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "tenant_apps.inventory"
    label = "inventory"

    def ready(self) -> None:
        from public_apps.outbox import services as outbox

        outbox.subscribe("claims.made", "inventory.settle_claims")
        outbox.subscribe("claims.released", "inventory.free_claims")
        outbox.subscribe("performance.changed", "inventory.reload_performance")
