from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tenant_apps.access.api import PageRequest, PublicId
from tenant_apps.events.domain import Phase, State

STATES = [state.value for state in State]
PHASES = [phase.value for phase in Phase]


class EventsRequest(PageRequest):
    state = serializers.ChoiceField(choices=STATES, required=False, help_text="Only these.")


class PerformancesRequest(PageRequest):
    event = PublicId("evt", required=False, help_text="Only this event's.")
    state = serializers.ChoiceField(choices=STATES, required=False, help_text="Only these.")


class EventResponse(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    slug = serializers.CharField(help_text="The name in its address at the shop.")
    title = serializers.CharField()
    summary = serializers.CharField()
    language = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class EventDetailResponse(EventResponse):
    description = serializers.CharField()


class EventNameResponse(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    title = serializers.CharField()


class SaleResponse(serializers.Serializer):
    phase = serializers.SerializerMethodField(help_text="Whether it can be bought now.")
    opens_at = serializers.DateTimeField(source="sale_opens_at")
    closes_at = serializers.DateTimeField(source="sale_closes_at")

    @extend_schema_field(serializers.ChoiceField(choices=PHASES))
    def get_phase(self, performance: Any) -> str:
        return str(performance.sale_state(self.context["now"]).phase)


class PerformanceResponse(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    event = EventNameResponse()
    state = serializers.ChoiceField(choices=STATES)
    timezone = serializers.CharField(help_text="IANA name of the zone that its times are said in.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    doors_at = serializers.DateTimeField(allow_null=True)
    sale = SaleResponse(source="*")
    max_places_per_order = serializers.IntegerField()
