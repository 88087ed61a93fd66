"""The addresses at an organizer's own host."""

from __future__ import annotations

from django.urls import include, path

from eventflow import health, languages, reference

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("language/", languages.choose_language, name="choose_language"),
    path("", include("public_apps.identity.urls")),
    path("console/", include("tenant_apps.console.urls")),
    path("oauth/", include("tenant_apps.access.urls")),
    path("api/v1/", include("eventflow.urls_api")),
    path("api/docs/", reference.reference, name="api_reference"),
    path("", include("tenant_apps.storefront.urls")),
]
handler400 = "eventflow.pages.malformed"
handler404 = "eventflow.pages.not_found"
handler500 = "eventflow.pages.broken"
handler429 = "eventflow.pages.too_many"
