from __future__ import annotations

from django.urls import path

from tenant_apps.access.api import views

urlpatterns = [path("client", views.ClientView.as_view(), name="api_client")]
