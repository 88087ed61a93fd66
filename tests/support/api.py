"""Asking the API as a client app does."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client as DjangoClient

from kernel.db import tenant_context
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access import services
from tenant_apps.access.domain import SCOPES, SYSTEM


@dataclass(slots=True)
class ApiClient:
    """A client app of one tenant, with a token for its scopes."""

    tenant: TenantRecord
    token: str
    public_id: str = ""
    django: DjangoClient = field(default_factory=DjangoClient)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Send a request; unsafe ones get a fresh Idempotency-Key unless one is given."""
        given = {
            "host": self.tenant.primary_host,
            "accept": "application/json",
            "authorization": f"Bearer {self.token}",
        }
        if method not in ("GET", "HEAD", "OPTIONS"):
            given["idempotency-key"] = uuid4().hex
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = body if isinstance(body, (bytes, str)) else json.dumps(body)
        return self.django.generic(  # type: ignore[return-value]
            method,
            path,
            "" if body is None else raw,
            content_type=given.pop("content-type", "application/json"),
            headers={name: value for name, value in given.items() if value},
        )

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.ask("POST", path, {} if body is None else body, **headers)


def told(answer: HttpResponse) -> dict[str, Any]:
    """Return the answer's body."""
    body: dict[str, Any] = json.loads(answer.content)
    return body


def ensure_problem(answer: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """Check that the answer is this refusal in the one shape, and return its body."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = told(answer)
    assert {"type", "title", "status", "code"} <= set(body)
    assert (body["status"], body["code"]) == (status, code)
    return body


def ask_for_token(tenant: TenantRecord, client_id: str, secret: str, **fields: str) -> HttpResponse:
    """Send a token request with HTTP Basic."""
    credentials = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return DjangoClient().post(
        "/oauth/token/",
        {"grant_type": "client_credentials", **fields},
        headers={"host": tenant.primary_host, "authorization": f"Basic {credentials}"},
    )  # type: ignore[return-value]


def api_client(tenant: TenantRecord, *scopes: str) -> ApiClient:
    """Make a client app in the tenant, by real commits, and get it a token."""
    with tenant_context(tenant.schema_name):
        client, secret = services.create_client(
            name="Box office", scopes=scopes or tuple(SCOPES), actor=SYSTEM
        )
    answer = ask_for_token(tenant, client.client_id, secret)
    assert answer.status_code == 200, answer.content
    token = json.loads(answer.content)["access_token"]
    return ApiClient(tenant=tenant, token=token, public_id=client.public_id)
