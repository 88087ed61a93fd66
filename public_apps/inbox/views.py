from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from public_apps.inbox import gateway, services

# Stripe's largest events are some tens of kilobytes.
MAX_BODY_BYTES = 512 * 1024


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Verify, keep, answer. An error here is a 5xx, and Stripe sends the event again."""
    length = request.headers.get("Content-Length") or "0"
    if not re.fullmatch(r"[0-9]{1,18}", length):
        raise gateway.BadWebhook
    if int(length) > MAX_BODY_BYTES:
        return JsonResponse({"code": "too_large"}, status=413)
    event = gateway.verify_stripe(
        request.body,
        request.headers.get("Stripe-Signature", ""),
        secret=settings.STRIPE_WEBHOOK_SECRET,
    )
    is_new = services.receive(provider="stripe", event=event)
    return JsonResponse({"received": True, "new": is_new})
