from __future__ import annotations

from django.urls import path

from public_apps.inbox import views

urlpatterns = [path("stripe/", views.stripe_webhook, name="stripe_webhook")]
