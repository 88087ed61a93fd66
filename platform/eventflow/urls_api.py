"""The API's addresses, version 1: each app's `api/urls.py`."""

from __future__ import annotations

from django.urls import include, path

from eventflow import openapi

urlpatterns = [
    path("schema/", openapi.schema, name="api_schema"),
    path("", include("tenant_apps.access.api.urls")),
    path("", include("tenant_apps.venues.api.urls")),
    path("", include("tenant_apps.events.api.urls")),
    path("", include("tenant_apps.orders.api.urls")),
    path("", include("tenant_apps.tickets.api.urls")),
    path("", include("tenant_apps.checkout.api.urls")),
]
