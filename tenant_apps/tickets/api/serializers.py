from __future__ import annotations

from typing import Any

from django.core.validators import MaxLengthValidator
from rest_framework import serializers

from tenant_apps.access.api import PageRequest, PublicId, Shaped, StrictSerializer, Text
from tenant_apps.tickets.domain import (
    BATCH_MAX,
    LABEL_MAX,
    SCAN_REF_MAX,
    SCAN_REF_PATTERN,
    Admission,
    ScanAnswer,
    ScanResult,
    TicketState,
)

STATES = [state.value for state in TicketState]
RESULTS = [result.value for result in ScanResult]
# A scanner may read anything; what is longer than any code of ours is refused by the rules.
SCANNED_MAX = 2_000


class TicketsRequest(PageRequest):
    order = PublicId("ord", required=False, help_text="Only this order's.")
    performance = PublicId("prf", required=False, help_text="Only for this performance.")


class DoorRequest(StrictSerializer):
    """Where and by what somebody scans."""

    performance = PublicId(
        "prf",
        required=False,
        help_text="What is on behind this door: tickets for something else are refused.",
    )
    gate = Text(max_length=LABEL_MAX, required=False, default="", allow_blank=True)
    device = Text(max_length=LABEL_MAX, required=False, default="", allow_blank=True)


class RedeemRequest(DoorRequest):
    token = Text(max_length=SCANNED_MAX, help_text="The text of the QR code.")
    at = serializers.DateTimeField(
        required=False, help_text="When the code was held up, if the device was offline."
    )


class ScannedText(Text):
    """A code that is compared and never stored, so that any character may stand in it.

    Looking for those that cannot be stored, one by one in two hundred codes, took a quarter of the
    time in which they are let in.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators = [MaxLengthValidator(options["max_length"])]


class ScanRequest(StrictSerializer):
    scan = Shaped(
        SCAN_REF_PATTERN,
        max_length=SCAN_REF_MAX,
        help_text="Your own name for this scan, new for each: sent again, it is the same scan.",
    )
    token = ScannedText(max_length=SCANNED_MAX, help_text="The text of the QR code.")
    at = serializers.DateTimeField(required=False, help_text="When the code was held up.")


class RedeemBatchRequest(DoorRequest):
    scans = serializers.ListField(child=ScanRequest(), min_length=1, max_length=BATCH_MAX)


class TicketResponse(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    order = serializers.CharField(source="order_ref")
    performance = serializers.CharField(source="performance.public_id")
    event_title = serializers.CharField(source="performance.event.title")
    place = serializers.CharField(source="place_name")
    section = serializers.CharField()
    row = serializers.CharField()
    seat = serializers.CharField()
    tier = serializers.CharField(source="tier_name")
    holder = serializers.CharField(source="holder_name")
    state = serializers.ChoiceField(choices=STATES)
    issued_at = serializers.DateTimeField()
    voided_at = serializers.DateTimeField(allow_null=True)
    redeemed_at = serializers.DateTimeField(allow_null=True)


class AdmissionResponse(serializers.Serializer):
    ticket = serializers.CharField(source="ticket_id")
    performance = serializers.CharField(source="performance_id")
    place = serializers.CharField(source="place_name")
    tier = serializers.CharField(source="tier_name")
    holder = serializers.CharField(source="holder_name")
    at = serializers.DateTimeField()
    by = serializers.CharField(help_text="Who let the holder in.")
    gate = serializers.CharField()
    device = serializers.CharField()


class ScanResponse(serializers.Serializer):
    scan = serializers.CharField(source="ref")
    result = serializers.ChoiceField(choices=RESULTS)
    code = serializers.CharField(help_text="The refusal's, as for a single ticket; else empty.")
    title = serializers.CharField(source="message", help_text="One sentence for people.")
    admission = AdmissionResponse(
        allow_null=True, help_text="The ticket's one admission: this one, or the earlier one."
    )

    def to_representation(self, answer: ScanAnswer) -> dict[str, Any]:
        """Say the fields above by hand: DRF takes a fifth of a batch's time to walk over them."""
        return {
            "scan": answer.ref,
            "result": answer.result.value,
            "code": answer.code,
            "title": answer.message,
            "admission": _said_of(answer.admission) if answer.admission else None,
        }


def _said_of(admission: Admission) -> dict[str, str]:
    """Return what AdmissionResponse says."""
    return {
        "ticket": admission.ticket_id,
        "performance": admission.performance_id,
        "place": admission.place_name,
        "tier": admission.tier_name,
        "holder": admission.holder_name,
        "at": admission.at.isoformat().replace("+00:00", "Z"),
        "by": admission.by,
        "gate": admission.gate,
        "device": admission.device,
    }


class RedeemBatchResponse(serializers.Serializer):
    scans = ScanResponse(many=True)


class TicketDetailResponse(serializers.Serializer):
    ticket = TicketResponse()
    admission = AdmissionResponse(allow_null=True)
