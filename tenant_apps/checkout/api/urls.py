from __future__ import annotations

from django.urls import path

from tenant_apps.checkout.api import views

urlpatterns = [
    path("orders/<public_id:order_id>/refund", views.RefundView.as_view(), name="api_refund"),
]
