from __future__ import annotations

from django.apps import AppConfig


class VenuesConfig(AppConfig):
    name = "tenant_apps.venues"
    label = "venues"
