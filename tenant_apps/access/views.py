"""Where programs get their tokens."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.views import TokenView as ToolkitTokenView

from kernel import limits
from kernel.addresses import prefix_of
from kernel.db import current_schema
from tenant_apps.access.api.base import address_of, ensure_small

# Guessing a secret of 64 characters is hopeless; hashing guesses all day is not free for us.
ADDRESS_CAPACITY = 30
ADDRESS_REFILL_PER_S = 0.5


@method_decorator(csrf_exempt, name="dispatch")
class TokenView(ToolkitTokenView):
    """`grant_type=client_credentials` and nothing else (RFC 6749, section 4.4)."""

    http_method_names = ["post"]  # noqa: RUF012 - as its base has it

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = limits.bucket(current_schema(), "api-token", prefix_of(address_of(request)))
        limits.take(key, capacity=ADDRESS_CAPACITY, refill_per_s=ADDRESS_REFILL_PER_S).ensure()
        ensure_small(request)
        try:
            # Not the toolkit's own post(): that has a branch for device codes.
            answer: HttpResponse = self.authorization_flow_token_response(request)
        except ValueError:
            # The parser underneath raises on addresses and bodies that are not form-encoded.
            return JsonResponse({"error": "invalid_request"}, status=400)
        return answer
