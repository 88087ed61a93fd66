"""The buyer's addresses, at an organizer's own host."""

from __future__ import annotations

from django.urls import path

from tenant_apps.storefront.views import alerts, buying, orders, programme, seating, sights, waiting

app_name = "storefront"

urlpatterns = [
    path("", programme.home, name="home"),
    path("brand.css", programme.brand, name="brand"),
    path("events/<slug:slug>/", programme.event, name="event"),
    path("performances/<slug:performance_id>/", seating.seats, name="seats"),
    path("performances/<slug:performance_id>/choose/", seating.choose, name="choose"),
    path("performances/<slug:performance_id>/together/", seating.together, name="together"),
    path("performances/<slug:performance_id>/room/", waiting.room, name="room"),
    path("performances/<slug:performance_id>/alert/", alerts.alert, name="alert"),
    path("alerts/<str:alert_token>/", alerts.end_alert, name="end_alert"),
    path("plans/<slug:version_id>.efpl", seating.plan, name="plan"),
    path("plans/<slug:version_id>/sights.json", sights.sights, name="sights"),
    path("pictures/<slug:picture_id>/<int:width>.webp", sights.picture, name="picture"),
    path("cart/", buying.cart, name="cart"),
    path("cart/more-time/", buying.extend, name="extend"),
    path("cart/again/", buying.again, name="again"),
    path("cart/<slug:hold_id>/", buying.change, name="change"),
    path("checkout/", buying.details, name="details"),
    path("checkout/review/", buying.review, name="review"),
    path("checkout/pay/", buying.pay, name="pay"),
    path("orders/", orders.find_order, name="find_order"),
    path("orders/<str:token>/", orders.order, name="order"),
    path("orders/<str:token>/status/", orders.order_status, name="order_status"),
    path("orders/<str:token>/tickets.pdf", orders.order_pdf, name="order_pdf"),
    path("orders/<str:token>/event.ics", orders.order_calendar, name="order_calendar"),
    path("orders/<str:token>/resend/", orders.order_resend, name="order_resend"),
    path("orders/<str:token>/pay/", orders.order_pay, name="order_pay"),
    path("orders/<str:token>/leave/", orders.order_leave, name="order_leave"),
]
