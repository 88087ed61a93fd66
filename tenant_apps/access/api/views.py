from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenant_apps.access.api.base import ApiView, caller_of


class ClientResponse(serializers.Serializer):
    id = serializers.CharField(help_text="The client's public id, `cli_…`.")
    name = serializers.CharField()
    scopes = serializers.ListField(
        child=serializers.CharField(), help_text="What the token in use allows."
    )


class ClientView(ApiView):
    scope = None

    @extend_schema(
        operation_id="get_client",
        tags=["client"],
        summary="Who am I?",
        responses={200: ClientResponse},
    )
    def get(self, request: Request) -> Response:
        """Say which client the token belongs to and what it allows. A way to try a token out."""
        caller = caller_of(request)
        body = {
            "id": caller.actor.ref, "name": caller.actor.name, "scopes": sorted(caller.scopes)
        }  # fmt: skip
        return Response(ClientResponse(body).data)
