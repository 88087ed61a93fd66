from __future__ import annotations

from tenant_apps.access.api import StrictSerializer, Text

REASON_MAX = 200


class RefundRequest(StrictSerializer):
    reason = Text(
        max_length=REASON_MAX, help_text="For your records and the order's history; not mailed."
    )
