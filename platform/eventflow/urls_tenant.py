"""The addresses at an organizer's own host."""

from __future__ import annotations

from django.urls import include, path

from eventflow import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", include("public_apps.identity.urls")),
]
handler404 = "eventflow.pages.not_found"
handler500 = "eventflow.pages.broken"
handler429 = "eventflow.pages.too_many"
