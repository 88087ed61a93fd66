"""The tenant's addresses, and one that changes something, so that keys can be tried."""

from __future__ import annotations

from typing import ClassVar

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from eventflow import urls_tenant
from kernel import errors
from tenant_apps.access.api import ApiView, StrictSerializer, idempotent


class CountRequest(StrictSerializer):
    by = serializers.IntegerField(min_value=1, max_value=5)
    then = serializers.CharField(required=False, max_length=20)


class CountView(ApiView):
    scope = "orders:refund"
    total: ClassVar[list[int]] = [0]

    @idempotent
    def post(self, request: Request) -> Response:
        body = CountRequest(data=request.data)
        body.is_valid(raise_exception=True)
        then = body.validated_data.get("then")
        if then == "busy":
            raise errors.Unavailable(retry_after_s=3)
        self.total[0] += body.validated_data["by"]
        if then == "refuse":
            raise errors.Conflict(total=self.total[0])
        if then == "break":
            raise ZeroDivisionError
        return Response({"total": self.total[0]}, status=201)


urlpatterns = [*urls_tenant.urlpatterns, path("api/v1/count", CountView.as_view())]
handler400 = urls_tenant.handler400
handler404 = urls_tenant.handler404
handler500 = urls_tenant.handler500
