from __future__ import annotations

from django.urls import path

from tenant_apps.tickets.api import views

urlpatterns = [
    path("tickets", views.TicketsView.as_view(), name="api_tickets"),
    path("tickets/redeem", views.RedeemView.as_view(), name="api_redeem"),
    path("tickets/redeem/batch", views.RedeemBatchView.as_view(), name="api_redeem_batch"),
    path("tickets/<public_id:ticket_id>", views.TicketView.as_view(), name="api_ticket"),
]
