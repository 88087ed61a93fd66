from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tenant_apps.access.api import (
    MAX_BODY_BYTES,
    ApiView,
    FormParser,
    JSONParser,
    PageRequest,
    body_of,
    caller_of,
    idempotent,
    is_form,
    page_of,
    page_response,
    page_schema,
)
from tenant_apps.venues import queries, services
from tenant_apps.venues.api.serializers import (
    NoteRequest,
    PlanResponse,
    ViewRequest,
    ViewResponse,
)
from tenant_apps.venues.domain import Part, pictures


class PlansView(ApiView):
    scope = "venues:edit"
    query_serializer = PageRequest

    @extend_schema(
        operation_id="list_plans",
        tags=["plans"],
        summary="List seating plans",
        parameters=[PageRequest],
        responses={200: page_schema(PlanResponse)},
    )
    def get(self, request: Request) -> Response:
        """All seating plans with their venues, the newest first."""
        plans = queries.plans_visible_to(caller_of(request).actor)
        plans = plans.select_related("venue", "current_version")
        plans = plans.defer("draft", "current_version__document", "current_version__compact")
        return page_response(page_of(plans, request, self.query), PlanResponse)


class PlaceViewsView(ApiView):
    scope = "venues:edit"
    query_serializer = PageRequest
    parser_classes = (JSONParser, FormParser)
    # The largest picture, and the words beside it.
    most_form_bytes = pictures.MOST_BYTES + MAX_BODY_BYTES

    @extend_schema(
        operation_id="list_views",
        tags=["plans"],
        summary="List what one sees from a plan's places",
        parameters=[PageRequest],
        responses={200: page_schema(ViewResponse)},
    )
    def get(self, request: Request, plan_id: str) -> Response:
        """The pictures and notes of the plan's sections, rows and seats, the newest first."""
        plan = queries.get_plan(plan_id, actor=caller_of(request).actor)
        return page_response(page_of(queries.views_of(plan.pk), request, self.query), ViewResponse)

    @extend_schema(
        operation_id="set_view",
        tags=["plans"],
        summary="Say what one sees from a part of a plan",
        request={"multipart/form-data": ViewRequest, "application/json": NoteRequest},
        responses={
            200: ViewResponse,
            413: OpenApiResponse(description="JSON over 64 KiB, or a form over 8 MB and 64 KiB."),
            415: OpenApiResponse(description="Neither application/json nor multipart/form-data."),
        },
    )
    @idempotent
    def put(self, request: Request, plan_id: str) -> Response:
        """A picture, a note or both; what was shown and said of the part before is replaced.

        A form has the picture; JSON will do for a note alone. Buyers see it within a minute.
        """
        actor = caller_of(request).actor
        plan = queries.get_plan(plan_id, actor=actor)
        body = body_of(ViewRequest if is_form(request) else NoteRequest, request)
        part = Part(body["section"], body["row"], body["seat"])
        file = body.get("picture")
        if file is None:
            view = services.set_view(plan_id=plan.pk, part=part, note=body["note"], actor=actor)
        else:
            view = services.add_view(
                plan_id=plan.pk,
                part=part,
                content=file.read(),
                size=file.size,
                alt=body["alt"],
                note=body["note"],
                actor=actor,
            )
        return Response(ViewResponse(view).data)


class PlaceViewView(ApiView):
    scope = "venues:edit"

    @extend_schema(
        operation_id="remove_view",
        tags=["plans"],
        summary="Show and say nothing more of a part of a plan",
        request=None,
        responses={204: OpenApiResponse(description="It is gone, and so is its picture.")},
    )
    @idempotent
    def delete(self, request: Request, plan_id: str, view_id: str) -> Response:
        """A picture that something else shows as well stays."""
        actor = caller_of(request).actor
        plan = queries.get_plan(plan_id, actor=actor)
        view = queries.get_view(plan.pk, view_id)
        services.remove_view(view_id=view.public_id, actor=actor)
        return Response(status=204)
