"""The organizer's addresses."""

from __future__ import annotations

from django.urls import path

from tenant_apps.console import views
from tenant_apps.console.views import plans, reviews

app_name = "console"

urlpatterns = [
    path("", views.overview, name="overview"),
    path("orders/", views.orders, name="orders"),
    path("orders/<public_id:order_id>/", views.order, name="order"),
    path("orders/<public_id:order_id>/refund/", views.refund, name="refund"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/<public_id:order_id>/", reviews.review, name="review"),
    path("buyers/", reviews.listings, name="listings"),
    path("buyers/<public_id:listing_id>/remove/", reviews.unlist, name="unlist"),
    path("plans/", plans.plans, name="plans"),
    path("plans/<public_id:plan_id>/views/", plans.views, name="views"),
    path(
        "plans/<public_id:plan_id>/views/<public_id:view_id>/remove/",
        plans.remove_view,
        name="remove_view",
    ),
    path("events/", views.performances, name="performances"),
    path(
        "events/<public_id:performance_id>/waiting-room/", views.waiting_room, name="waiting_room"
    ),
]
