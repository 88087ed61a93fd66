"""The API's description: made from the views, served, and kept in `docs/openapi.yaml`."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import OpenApiYamlRenderer

from eventflow import problems
from tenant_apps.access.domain import SCOPE_DESCRIPTIONS

URLCONF = "eventflow.urls_tenant"
PREFIX = "/api/v1/"
UNSAFE = ("post", "put", "patch", "delete")
SCHEME = "client_credentials"

DESCRIPTIONS = {
    "400": "The request cannot be read: malformed JSON, or no usable Idempotency-Key.",
    "401": "No access token, or one that is wrong, expired or of another organizer.",
    "403": "The token lacks the scope.",
    "404": "There is nothing with this id.",
    "406": "Only application/json is answered.",
    "409": "The operation is refused in the present state, or its first attempt still runs.",
    "413": "The body is larger than 64 KiB.",
    "415": "Only application/json is taken.",
    "422": "The request is understood and not valid; `errors` or `field` says where.",
    "429": "Too many requests; `Retry-After` says when to come back.",
    "503": "A part is down or busy; `Retry-After` says when to come back.",
}
ALWAYS = ("401", "403", "406", "413", "422", "429", "503")

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "A refusal (RFC 9457). Details of the refusal stand beside these members.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "One sentence for people."},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; for programs."},
        "field": {"type": "string", "description": "Which field is wrong."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}

KEY_PARAMETER: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A text of your own, new for each request. The same key with the same request"
    " is answered with what the first one was answered, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!#-\\[\\]-~]+$"},
}


class BearerScheme(OpenApiAuthenticationExtension):
    """How the API's own authentication is described."""

    target_class = "tenant_apps.access.api.base.Bearer"
    name = SCHEME

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {"tokenUrl": "/oauth/token/", "scopes": SCOPE_DESCRIPTIONS}
            },
        }

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[str]]:
        scope = getattr(auto_schema.view, "scope", None)
        return {SCHEME: [scope] if scope else []}


def only_version_1(endpoints: list[Any], **_: Any) -> list[Any]:
    """drf-spectacular's hook: what the description is made from."""
    return [
        (path, regex, method, view)
        for path, regex, method, view in endpoints
        if path.startswith(PREFIX)
    ]


def describe_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's hook: what every operation may answer, and the key it needs."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            statuses = [*ALWAYS, *(["404"] if "{" in path else [])]
            if method in UNSAFE:
                statuses += ["400", "409", "415"]
                operation.setdefault("parameters", []).append(KEY_PARAMETER)
            for status in statuses:
                operation["responses"].setdefault(status, {})
            for status, answer in operation["responses"].items():
                if status >= "400":
                    operation["responses"][status] = _problem_answer(status, answer)
            operation["responses"] = dict(sorted(operation["responses"].items()))
    _forbid_unknown_fields(result["components"]["schemas"])
    return result


def _problem_answer(status: str, answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": answer.get("description") or DESCRIPTIONS[status],
        "content": {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _forbid_unknown_fields(schemas: dict[str, Any]) -> None:
    for name, schema in schemas.items():
        if name.endswith("Request"):
            schema["additionalProperties"] = False


def generate() -> dict[str, Any]:
    """Return the description, made anew."""
    made: dict[str, Any] = SchemaGenerator(urlconf=URLCONF).get_schema(request=None, public=True)
    return made


def as_yaml() -> str:
    """Return what `docs/openapi.yaml` has to say."""
    text: bytes = OpenApiYamlRenderer().render(generate())
    return text.decode()


@cache
def document() -> dict[str, Any]:
    return generate()


@cache
def _document_bytes() -> bytes:
    return orjson.dumps(document())


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The description as JSON; the same for every organizer, and for anybody to read."""
    answer = HttpResponse(_document_bytes(), content_type="application/vnd.oai.openapi+json")
    answer["Cache-Control"] = "public, max-age=300"
    return answer
