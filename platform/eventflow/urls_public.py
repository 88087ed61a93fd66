"""The addresses at the platform's own host."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

from eventflow import health, pages

urlpatterns = [
    path("", pages.public_home, name="public_home"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", include("public_apps.identity.urls")),
    path("webhooks/", include("public_apps.inbox.urls")),
]
handler400 = "eventflow.pages.malformed"
if settings.ENVIRONMENT == "local":
    urlpatterns.append(path("_mail/", include("eventflow.local.mailbox")))
handler404 = "eventflow.pages.not_found"
handler500 = "eventflow.pages.broken"
handler429 = "eventflow.pages.too_many"
