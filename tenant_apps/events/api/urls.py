from __future__ import annotations

from django.urls import path

from tenant_apps.events.api import views

urlpatterns = [
    path("events", views.EventsView.as_view(), name="api_events"),
    path("events/<public_id:event_id>", views.EventView.as_view(), name="api_event"),
    path("performances", views.PerformancesView.as_view(), name="api_performances"),
    path(
        "performances/<public_id:performance_id>",
        views.PerformanceView.as_view(),
        name="api_performance",
    ),
]
