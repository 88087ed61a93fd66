"""Check a document against our JSON Schema, all problems at once, fast enough for 60,000 seats.

The schema file is the one truth: it is compiled once into plain functions. Only the keywords that
it uses are known, and an unknown one stops the import; a property test compares the verdict with
the `jsonschema` package. `oneOf` chooses by the constant values of "kind".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files
from math import isnan
from typing import Any, TypeGuard

from tenant_apps.venues.domain.problems import Path, Problems, shorten

Check = Callable[[object, Path, Problems], None]
Node = dict[str, Any]

SCHEMA: Node = json.loads(
    files("tenant_apps.venues.schema").joinpath("eventflow-plan-1.json").read_text("utf-8")
)

KNOWN = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems", "maxItems", "uniqueItems"},
    "string": {"minLength", "maxLength", "pattern"},
    "number": {"minimum", "maximum"},
    "integer": {"minimum", "maximum"},
    "boolean": set(),
}
NAMES = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
}
ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "type"}


def check_shape(document: object, problems: Problems) -> None:
    """Report everything in which the document departs from the schema."""
    _CHECK_PLAN(document, None, problems)


class _Compiler:
    """Turns schema nodes into functions; each named definition is compiled once."""

    def __init__(self, root: Node) -> None:
        self._definitions = root["$defs"]
        self._done: dict[str, Check] = {}

    def compile(self, node: Node) -> Check:
        if "$ref" in node:
            return self._definition(node["$ref"].removeprefix("#/$defs/"))
        if "oneOf" in node:
            return self._one_of(node["oneOf"])
        if "enum" in node or "const" in node:
            return _choice(node.get("enum", [node.get("const")]))
        kind = node["type"]
        unknown = set(node) - KNOWN[kind] - ANNOTATIONS
        if unknown:
            raise NotImplementedError(f"schema keywords {sorted(unknown)} are not known")
        makers: dict[str, Callable[[Node], Check]] = {
            "object": self._object,
            "array": self._array,
            "string": _string,
            "number": _number,
            "integer": _number,
            "boolean": _boolean,
        }
        return makers[kind](node)

    def _definition(self, name: str) -> Check:
        if name not in self._done:
            self._done[name] = self.compile(self._definitions[name])
        return self._done[name]

    def _one_of(self, nodes: list[Node]) -> Check:
        branches: dict[str, Check] = {}
        for node in nodes:
            target = self._definitions[node["$ref"].removeprefix("#/$defs/")]
            for kind in target["properties"]["kind"]["enum"]:
                branches[kind] = self.compile(node)
        choose = _choice(list(branches))

        def check(value: object, path: Path, problems: Problems) -> None:
            if not isinstance(value, dict):
                _wrong_type(value, "object", path, problems)
            elif "kind" not in value:
                problems.add("missing_field", path, field="kind")
            elif isinstance(value["kind"], str) and value["kind"] in branches:
                branches[value["kind"]](value, path, problems)
            else:
                choose(value["kind"], (path, "kind"), problems)

        return check

    def _object(self, node: Node) -> Check:
        fields = {name: self.compile(inner) for name, inner in node["properties"].items()}
        required = node["required"]

        def check(value: object, path: Path, problems: Problems) -> None:
            if not isinstance(value, dict):
                _wrong_type(value, "object", path, problems)
                return
            for name, inner in value.items():
                known = fields.get(name)
                if known is None:
                    problems.add("unknown_field", path, field=shorten(name).strip("“”"))
                else:
                    known(inner, (path, name), problems)
            for name in required:
                if name not in value:
                    problems.add("missing_field", path, field=name)

        return check

    def _array(self, node: Node) -> Check:
        item = self.compile(node["items"])
        least, most = node.get("minItems", 0), node["maxItems"]
        unique = node.get("uniqueItems", False)

        def check(value: object, path: Path, problems: Problems) -> None:
            if not isinstance(value, list):
                _wrong_type(value, "array", path, problems)
                return
            if len(value) > most:
                # Not looked into: the work stays bounded whatever comes in.
                problems.add("too_many", path, count=len(value), maximum=most)
                return
            if len(value) < least:
                problems.add("too_few", path, count=len(value), minimum=least)
            for index, inner in enumerate(value):
                item(inner, (path, index), problems)
            if unique:
                _check_unique(value, path, problems)

        return check


def _wrong_type(value: object, kind: str, path: Path, problems: Problems) -> None:
    problems.add("wrong_type", path, value=shorten(value), wanted=NAMES[kind])


def _check_unique(values: list[object], path: Path, problems: Problems) -> None:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if isinstance(value, str) and value in seen:
            problems.add("repeated_entry", (path, index), value=shorten(value))
        elif isinstance(value, str):
            seen.add(value)


def _choice(choices: list[str]) -> Check:
    allowed = frozenset(choices)
    listed = ", ".join(choices)

    def check(value: object, path: Path, problems: Problems) -> None:
        if not isinstance(value, str) or value not in allowed:
            problems.add("not_a_choice", path, value=shorten(value), choices=listed)

    return check


def _string(node: Node) -> Check:
    least, most = node.get("minLength", 0), node.get("maxLength", 200)
    # JSON Schema's $ is the very end; Python's also matches before a final line break.
    matches = re.compile(node["pattern"]).fullmatch

    def check(value: object, path: Path, problems: Problems) -> None:
        if not isinstance(value, str):
            _wrong_type(value, "string", path, problems)
        elif len(value) > most:
            problems.add("too_long", path, count=len(value), maximum=most)
        elif len(value) < least:
            problems.add("too_short", path)
        elif matches(value) is None:
            problems.add("bad_text", path, value=shorten(value))

    return check


def _is_number(value: object) -> TypeGuard[int | float]:
    # True is an int to Python and not a number to JSON.
    if isinstance(value, float):
        return not isnan(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _number(node: Node) -> Check:
    kind = node["type"]
    least, most = node["minimum"], node["maximum"]

    def check(value: object, path: Path, problems: Problems) -> None:
        if not _is_number(value):
            _wrong_type(value, kind, path, problems)
        elif value > most:
            problems.add("too_large", path, value=shorten(value), maximum=most)
        elif value < least:
            problems.add("too_small", path, value=shorten(value), minimum=least)
        elif kind == "integer" and value != int(value):
            _wrong_type(value, kind, path, problems)

    return check


def _boolean(node: Node) -> Check:
    def check(value: object, path: Path, problems: Problems) -> None:
        if not isinstance(value, bool):
            _wrong_type(value, "boolean", path, problems)

    return check


_CHECK_PLAN = _Compiler(SCHEMA).compile(SCHEMA)
