"""What every API view stands on: who calls, what they may, how much, and once.

class RefundView(ApiView):
    scope = "orders:refund"

    @extend_schema(request=RefundRequest, responses={200: OrderResponse})
    @idempotent
    def post(self, request: Request, order_id: str) -> Response: ...
"""

from __future__ import annotations

from tenant_apps.access.api.base import MAX_BODY_BYTES, ApiView, caller_of, is_form
from tenant_apps.access.api.idempotency import idempotent
from tenant_apps.access.api.pages import Page, PageRequest, page_of, page_response, page_schema
from tenant_apps.access.api.strict import (
    FormParser,
    JSONParser,
    PublicId,
    Shaped,
    StrictSerializer,
    Text,
    body_of,
)

__all__ = [
    "MAX_BODY_BYTES",
    "ApiView",
    "FormParser",
    "JSONParser",
    "Page",
    "PageRequest",
    "PublicId",
    "Shaped",
    "StrictSerializer",
    "Text",
    "body_of",
    "caller_of",
    "idempotent",
    "is_form",
    "page_of",
    "page_response",
    "page_schema",
]
