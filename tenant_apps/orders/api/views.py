from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tenant_apps.access.api import ApiView, caller_of, page_of, page_response, page_schema
from tenant_apps.orders import queries
from tenant_apps.orders.api.serializers import OrderDetailResponse, OrderResponse, OrdersRequest


class OrdersView(ApiView):
    scope = "orders:read"
    query_serializer = OrdersRequest

    @extend_schema(
        operation_id="list_orders",
        tags=["orders"],
        summary="List orders",
        parameters=[OrdersRequest],
        responses={200: page_schema(OrderResponse)},
    )
    def get(self, request: Request) -> Response:
        """Orders without their lines, the newest first."""
        orders = queries.orders_visible_to(caller_of(request).actor)
        orders = queries.search(orders, self.query.get("search", ""))
        if "state" in self.query:
            orders = orders.filter(state=self.query["state"])
        if "performance" in self.query:
            orders = orders.filter(
                lines__performance__public_id=self.query["performance"]
            ).distinct()
        return page_response(page_of(orders, request, self.query), OrderResponse)


class OrderView(ApiView):
    scope = "orders:read"

    @extend_schema(
        operation_id="get_order",
        tags=["orders"],
        summary="Get an order",
        responses={200: OrderDetailResponse},
    )
    def get(self, request: Request, order_id: str) -> Response:
        """One order with its lines and its history."""
        order = queries.get_order_visible_to(caller_of(request).actor, order_id)
        return Response(OrderDetailResponse(order).data)
