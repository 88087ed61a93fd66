from __future__ import annotations

from rest_framework import serializers

from tenant_apps.access.api import PageRequest, PublicId
from tenant_apps.orders.domain import OrderState

STATES = [state.value for state in OrderState]
MINOR = "In minor units of the order's currency: cents, yen, fils."


class OrdersRequest(PageRequest):
    state = serializers.ChoiceField(choices=STATES, required=False, help_text="Only these.")
    performance = PublicId(
        "prf", required=False, help_text="Only orders with a place of this performance."
    )
    search = serializers.CharField(
        max_length=100, required=False, help_text="A number, an id, or part of a name or address."
    )


class OrderResponse(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    number = serializers.CharField(help_text="What people say on the telephone.")
    state = serializers.ChoiceField(choices=STATES)
    currency = serializers.CharField(help_text="ISO 4217.")
    subtotal_minor = serializers.IntegerField(help_text=MINOR)
    fees_minor = serializers.IntegerField(help_text=MINOR)
    taxes_minor = serializers.IntegerField(help_text=MINOR)
    total_minor = serializers.IntegerField(help_text=f"What the buyer pays. {MINOR}")
    name = serializers.CharField(help_text="Who bought.")
    email = serializers.CharField()
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="Until when a pending order keeps its places.")
    paid_at = serializers.DateTimeField(allow_null=True)


class LineResponse(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    performance = serializers.CharField(source="performance.public_id")
    event_title = serializers.CharField(source="performance.event.title")
    place = serializers.CharField(source="place_name")
    section = serializers.CharField()
    row = serializers.CharField()
    seat = serializers.CharField()
    zone = serializers.CharField(source="zone_name")
    tier = serializers.CharField(source="tier_name")
    face_minor = serializers.IntegerField(help_text=MINOR)
    fee_minor = serializers.IntegerField(help_text=MINOR)
    tax_minor = serializers.IntegerField(help_text=MINOR)
    total_minor = serializers.IntegerField(help_text=MINOR)


class StepResponse(serializers.Serializer):
    at = serializers.DateTimeField()
    step = serializers.CharField(help_text="Empty for a note.")
    from_state = serializers.CharField()
    to_state = serializers.CharField()
    note = serializers.CharField()
    by = serializers.CharField(source="actor_name")


class OrderDetailResponse(OrderResponse):
    lines = LineResponse(many=True)
    history = StepResponse(many=True)
