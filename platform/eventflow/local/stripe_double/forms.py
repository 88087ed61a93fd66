"""Nested form data as Stripe writes it: `line_items[0][price_data][currency]=eur`.

Keys in brackets become dictionaries, also `[0]` and `[1]`: only the contract knows whether `0` is
a position or somebody's metadata key. An empty `[]` appends; followed by more keys it means the
last element until a key repeats, as Rack has it.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from .refusals import Refused, invalid

MAX_FIELDS = 2_000
MAX_DEPTH = 8
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")


def decode(text: str) -> dict[str, Any]:
    """Return the nested form of a query string or a form body. Refuses what is no form."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        raise invalid("The request's form data could not be read.") from None
    tree: dict[str, Any] = {}
    for name, value in pairs:
        _put(tree, _numbered(tree, _path(name)), value)
    return tree


def _path(name: str) -> list[str]:
    match = _KEY.fullmatch(name)
    if match is None:
        raise invalid(f"Invalid parameter name: {name[:80]}")
    path = [match[1], *_PART.findall(match[2])]
    if len(path) > MAX_DEPTH:
        raise invalid(f"Parameter nested too deeply: {name[:80]}")
    return path


def _numbered(tree: dict[str, Any], path: list[str]) -> list[str]:
    """Replace each empty key by the position that it means."""
    numbered: list[str] = []
    node: Any = tree
    for depth, name in enumerate(path):
        key = name
        if not key:
            last, rest = len(node) - 1, path[depth + 1 :]
            opens = last < 0 or not rest or _has(node.get(str(last)), rest)
            key = str(last + 1 if opens else last)
        numbered.append(key)
        node = node.get(key, {}) if isinstance(node, dict) else {}
    return numbered


def _has(node: Any, path: list[str]) -> bool:
    for key in path:
        if not isinstance(node, dict) or key not in node:
            return False
        node = node[key]
    return True


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    node = tree
    for key in path[:-1]:
        node = node.setdefault(key, {})
        if not isinstance(node, dict):
            raise _both(path)
    if isinstance(node.get(path[-1]), dict):
        raise _both(path)
    node[path[-1]] = value


def _both(path: list[str]) -> Refused:
    return invalid(f"Invalid parameter: {path[0][:80]} is both a value and an object.")
