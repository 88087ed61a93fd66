from __future__ import annotations

from django.urls import path

from tenant_apps.venues.api import views

urlpatterns = [
    path("plans", views.PlansView.as_view(), name="api_plans"),
    path("plans/<public_id:plan_id>/views", views.PlaceViewsView.as_view(), name="api_views"),
    path(
        "plans/<public_id:plan_id>/views/<public_id:view_id>",
        views.PlaceViewView.as_view(),
        name="api_view",
    ),
]
