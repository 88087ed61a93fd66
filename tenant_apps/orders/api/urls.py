from __future__ import annotations

from django.urls import path

from tenant_apps.orders.api import views

urlpatterns = [
    path("orders", views.OrdersView.as_view(), name="api_orders"),
    path("orders/<public_id:order_id>", views.OrderView.as_view(), name="api_order"),
]
