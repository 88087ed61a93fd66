from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kernel import clock
from tenant_apps.access.api import ApiView, caller_of, page_of, page_response, page_schema
from tenant_apps.events import queries
from tenant_apps.events.api.serializers import (
    EventDetailResponse,
    EventResponse,
    EventsRequest,
    PerformanceResponse,
    PerformancesRequest,
)


class EventsView(ApiView):
    scope = "events:read"
    query_serializer = EventsRequest

    @extend_schema(
        operation_id="list_events",
        tags=["events"],
        summary="List events",
        parameters=[EventsRequest],
        responses={200: page_schema(EventResponse)},
    )
    def get(self, request: Request) -> Response:
        """All events of the organizer, drafts too, the newest first."""
        events = queries.events_visible_to(caller_of(request).actor)
        if "state" in self.query:
            events = events.filter(state=self.query["state"])
        page = page_of(events, request, self.query)
        return page_response(page, EventResponse)


class EventView(ApiView):
    scope = "events:read"

    @extend_schema(
        operation_id="get_event",
        tags=["events"],
        summary="Get an event",
        responses={200: EventDetailResponse},
    )
    def get(self, request: Request, event_id: str) -> Response:
        """One event with its description. Its performances are a list of their own."""
        event = queries.get_event(event_id, caller_of(request).actor)
        return Response(EventDetailResponse(event).data)


class PerformancesView(ApiView):
    scope = "events:read"
    query_serializer = PerformancesRequest

    @extend_schema(
        operation_id="list_performances",
        tags=["events"],
        summary="List performances",
        parameters=[PerformancesRequest],
        responses={200: page_schema(PerformanceResponse)},
    )
    def get(self, request: Request) -> Response:
        """All performances, of one event if you say so, the newest first."""
        performances = queries.performances_visible_to(caller_of(request).actor)
        if "event" in self.query:
            performances = performances.filter(event__public_id=self.query["event"])
        if "state" in self.query:
            performances = performances.filter(state=self.query["state"])
        page = page_of(performances, request, self.query)
        return page_response(page, PerformanceResponse, now=clock.now())


class PerformanceView(ApiView):
    scope = "events:read"

    @extend_schema(
        operation_id="get_performance",
        tags=["events"],
        summary="Get a performance",
        responses={200: PerformanceResponse},
    )
    def get(self, request: Request, performance_id: str) -> Response:
        """One performance and whether it can be bought now."""
        performance = queries.get_performance(performance_id, caller_of(request).actor)
        return Response(PerformanceResponse(performance, context={"now": clock.now()}).data)
