from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tenant_apps.access.api import ApiView, body_of, caller_of, idempotent
from tenant_apps.checkout import services
from tenant_apps.checkout.api.serializers import RefundRequest
from tenant_apps.orders.api.serializers import OrderDetailResponse


class RefundView(ApiView):
    scope = "orders:refund"

    @extend_schema(
        operation_id="refund_order",
        tags=["orders"],
        summary="Refund an order in full",
        request=RefundRequest,
        responses={200: OrderDetailResponse},
    )
    @idempotent
    def post(self, request: Request, order_id: str) -> Response:
        """The tickets are void and the places free at once; the money is on its way back.

        The order is `refunding` until the payment provider says that it went through.
        """
        order = services.refund_order(
            order_id=order_id,
            reason=body_of(RefundRequest, request)["reason"],
            actor=caller_of(request).actor,
        )
        return Response(OrderDetailResponse(order).data)
