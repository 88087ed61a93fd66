"""The API's description printed as a page: no script, no foreign style, so our policy holds."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from eventflow import openapi


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """The description as a page: no script, no foreign style, so our content policy holds."""
    return render(request, "api/reference.html", {"api": openapi.document(), "tags": _by_tag()})


@cache
def _by_tag() -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path, operations in openapi.document()["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["other"])[0]
            found.setdefault(tag, []).append(_printed(path, method.upper(), operation))
    return [{"name": tag, "operations": found[tag]} for tag in sorted(found)]


def _printed(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    [scopes] = [
        entry[openapi.SCHEME] for entry in operation.get("security", []) if openapi.SCHEME in entry
    ] or [[]]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return {
        "id": operation["operationId"],
        "path": path,
        "method": method,
        "summary": operation.get("summary", ""),
        "description": _marked(operation.get("description", "")),
        "scopes": scopes,
        "parameters": [_field(p["name"], p["schema"], p) for p in operation.get("parameters", [])],
        "body": _fields(body.get("schema", {})),
        "answers": [
            {
                "status": status,
                "description": _marked(answer.get("description", "")),
                "fields": _fields(
                    answer.get("content", {}).get("application/json", {}).get("schema", {})
                ),
            }
            for status, answer in operation["responses"].items()
        ],
    }


def _fields(schema: dict[str, Any], prefix: str = "", depth: int = 0) -> list[dict[str, Any]]:
    """Return the fields of an object, and of objects in it, as lines of a table."""
    schema = _resolved(schema)
    if schema.get("type") == "array":
        return _fields(schema["items"], f"{prefix}[]", depth)
    lines = []
    required = schema.get("required", [])
    for name, inner in schema.get("properties", {}).items():
        path = f"{prefix}.{name}" if prefix else name
        resolved = _resolved(inner)
        lines.append(_field(path, resolved, {"required": name in required}))
        if depth < 3:
            lines += _fields(resolved, path, depth + 1)
    return lines


def _field(name: str, schema: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    schema = _resolved(schema)
    kinds = schema.get("type", "object")
    kind = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    limits = {
        "minimum": "at least", "maximum": "at most",
        "minLength": "shortest", "maxLength": "longest",
    }  # fmt: skip
    said = [f"{words} {schema[key]}" for key, words in limits.items() if key in schema]
    if "enum" in schema:
        said.append("one of " + ", ".join(str(value) for value in schema["enum"]))
    return {
        "name": name,
        "kind": f"{kind} ({schema['format']})" if "format" in schema else kind,
        "required": place.get("required", False),
        "where": place.get("in", ""),
        "description": _marked(place.get("description") or schema.get("description", "")),
        "bounds": "; ".join(said),
    }


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "allOf" in schema and len(schema["allOf"]) == 1:
        schema = {**schema["allOf"][0], **{k: v for k, v in schema.items() if k != "allOf"}}
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        target = openapi.document()["components"]["schemas"][name]
        return {**target, **{k: v for k, v in schema.items() if k != "$ref"}}
    return schema


def _marked(text: str) -> SafeString:
    """Print what stands between backticks as code; everything is escaped first."""
    return mark_safe(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))  # noqa: S308
