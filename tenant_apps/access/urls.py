from __future__ import annotations

from django.urls import path

from tenant_apps.access import views

urlpatterns = [path("token/", views.TokenView.as_view(), name="oauth_token")]
