from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tenant_apps.access.api import (
    ApiView,
    body_of,
    caller_of,
    idempotent,
    page_of,
    page_response,
    page_schema,
)
from tenant_apps.tickets import queries, services
from tenant_apps.tickets.api.serializers import (
    AdmissionResponse,
    RedeemBatchRequest,
    RedeemBatchResponse,
    RedeemRequest,
    TicketDetailResponse,
    TicketResponse,
    TicketsRequest,
)
from tenant_apps.tickets.domain import OfflineScan


class TicketsView(ApiView):
    scope = "tickets:redeem"
    query_serializer = TicketsRequest

    @extend_schema(
        operation_id="list_tickets",
        tags=["tickets"],
        summary="List tickets",
        parameters=[TicketsRequest],
        responses={200: page_schema(TicketResponse)},
    )
    def get(self, request: Request) -> Response:
        """Tickets of an order or for a performance, the newest first. Void ones too."""
        tickets = queries.tickets_visible_to(caller_of(request).actor)
        if "order" in self.query:
            tickets = tickets.filter(order_ref=self.query["order"])
        if "performance" in self.query:
            tickets = tickets.filter(performance__public_id=self.query["performance"])
        return page_response(page_of(tickets, request, self.query), TicketResponse)


class TicketView(ApiView):
    scope = "tickets:redeem"

    @extend_schema(
        operation_id="get_ticket",
        tags=["tickets"],
        summary="Get a ticket",
        responses={200: TicketDetailResponse},
    )
    def get(self, request: Request, ticket_id: str) -> Response:
        """One ticket, and by whom, when and where it was let in, if it was."""
        ticket = queries.get_ticket_visible_to(caller_of(request).actor, ticket_id)
        body = {"ticket": ticket, "admission": queries.find_admission(ticket.pk)}
        return Response(TicketDetailResponse(body).data)


class RedeemView(ApiView):
    scope = "tickets:redeem"

    @extend_schema(
        operation_id="redeem_ticket",
        tags=["tickets"],
        summary="Let a ticket's holder in",
        request=RedeemRequest,
        responses={
            200: AdmissionResponse,
            404: OpenApiResponse(description="There is no such ticket."),
            410: OpenApiResponse(description="The ticket is void, replaced or over."),
        },
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Once, ever. A second time it is a 409 that says when, by whom and where it was."""
        body = body_of(RedeemRequest, request)
        admission = services.redeem(
            token=body["token"],
            performance_public_id=body.get("performance"),
            gate=body["gate"],
            device=body["device"],
            at=body.get("at"),
            actor=caller_of(request).actor,
        )
        return Response(AdmissionResponse(admission).data)


class RedeemBatchView(ApiView):
    scope = "tickets:redeem"

    @extend_schema(
        operation_id="redeem_tickets",
        tags=["tickets"],
        summary="Let in whom a device has scanned",
        request=RedeemBatchRequest,
        responses={200: RedeemBatchResponse},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Up to 200 scans, late and in any order. Each is answered by itself, in their order."""
        body = body_of(RedeemBatchRequest, request)
        answers = services.redeem_batch(
            scans=[
                OfflineScan(scan["scan"], scan["token"], scan.get("at")) for scan in body["scans"]
            ],
            performance_public_id=body.get("performance"),
            gate=body["gate"],
            device=body["device"],
            actor=caller_of(request).actor,
        )
        return Response(RedeemBatchResponse({"scans": answers}).data)
