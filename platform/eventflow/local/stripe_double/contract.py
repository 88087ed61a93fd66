"""Stripe's own description of its parameters and objects, read from the stripe package.

The package is generated from Stripe's OpenAPI description, so its types are the contract: what is
no key of `stripe.params.…CreateParams` is refused as Stripe refuses it, and a value that is none
of a Literal's is too. Types name each other as strings, some of them imported for type checkers
only; `hints` resolves what can be resolved and lets the rest pass.
"""

from __future__ import annotations

import builtins
import re
import sys
import types
import typing
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import stripe

from .refusals import Refused, invalid, parameter_missing, parameters_unknown

MAX_STRING = 5_000
METADATA_KEYS = 50
METADATA_KEY_LENGTH = 40
METADATA_VALUE_LENGTH = 500

# What the library's callers put among the parameters and never sends in the body.
REQUEST_OPTIONS = frozenset(
    {
        "api_key", "stripe_version", "stripe_account", "stripe_context", "max_network_retries",
        "idempotency_key", "content_type", "headers",
    }
)  # fmt: skip
_INTEGER = re.compile(r"-?\d{1,18}")
_MAPPINGS = (dict, typing.Dict)  # noqa: UP006 - the package's annotations use the old name


class Unresolved:
    """Stands for a type whose name only a type checker can see."""

    def __class_getitem__(cls, item: object) -> type[Unresolved]:
        return cls


class _Names(dict[str, Any]):
    def __missing__(self, name: str) -> Any:
        return getattr(builtins, name, None) or getattr(stripe, name, None) or Unresolved


@cache
def hints(described: type) -> dict[str, Any]:
    """Return the resolved annotations of one of the package's classes."""
    names = _Names(vars(sys.modules[described.__module__]))
    return typing.get_type_hints(described, localns=names)


def checked(params_type: type, given: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters as Python values. Refuses what Stripe would refuse to read."""
    return _object(params_type, given, "")


def _at(path: str, key: str) -> str:
    return f"{path}[{key}]" if path else key


def _object(described: type, given: Any, path: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise invalid(f"Invalid object: {path} must be an object.", param=path)
    known = {key: hint for key, hint in hints(described).items() if key not in REQUEST_OPTIONS}
    unknown = [_at(path, key) for key in given if key not in known]
    if unknown:
        raise parameters_unknown(unknown)
    required: frozenset[str] = getattr(described, "__required_keys__", frozenset())
    for key in sorted(required - REQUEST_OPTIONS - given.keys()):
        raise parameter_missing(_at(path, key))
    return {key: _value(known[key], value, _at(path, key)) for key, value in given.items()}


def _value(hint: Any, given: Any, path: str) -> Any:
    options = _options(hint)
    literals = [choice for option in options for choice in _literal(option)]
    if given in literals:
        return given
    if isinstance(given, dict):
        return _nested(options, given, path)
    for option in options:
        if get_origin(option) in (list, typing.List) and given == "":  # noqa: UP006
            return []
        if option in (int, float, bool):
            return _number(option, given, path)
    if any(literals):
        # The package types open enumerations as `Literal[…] | str`; the API itself is closed.
        raise invalid(f"Invalid {path}: must be one of {_listed(literals)}", param=path)
    if given == "":
        raise _empty(path)
    if len(given) > MAX_STRING:
        raise invalid(f"Invalid string: {path} is longer than {MAX_STRING}.", param=path)
    return given


def _options(hint: Any) -> list[Any]:
    if get_origin(hint) in (Union, types.UnionType):
        return [leaf for option in get_args(hint) for leaf in _options(option)]
    return [hint]


def _literal(option: Any) -> tuple[Any, ...]:
    return get_args(option) if get_origin(option) is Literal else ()


def _nested(options: list[Any], given: dict[str, Any], path: str) -> Any:
    for option in options:
        origin = get_origin(option)
        if origin in (list, typing.List):  # noqa: UP006
            return _elements(get_args(option)[0], given, path)
        if origin in _MAPPINGS:
            return _metadata(given, path)
        if isinstance(option, type) and hasattr(option, "__required_keys__"):
            return _object(option, given, path)
        if option is Unresolved or option is Any:
            return given
    raise invalid(f"Invalid value: {path} must not be an object.", param=path)


def _elements(hint: Any, given: dict[str, Any], path: str) -> list[Any]:
    if not all(key.isdecimal() and len(key) < 5 for key in given):
        raise invalid(f"Invalid array: {path} must be a list.", param=path)
    in_order = sorted(given.items(), key=lambda item: int(item[0]))
    return [_value(hint, value, _at(path, key)) for key, value in in_order]


def _number(kind: type, given: str, path: str) -> int | float | bool:
    if given == "":
        raise _empty(path)
    if kind is bool:
        if given not in ("true", "false"):
            raise invalid(f"Invalid boolean: {given[:80]}", param=path)
        return given == "true"
    if kind is int:
        if _INTEGER.fullmatch(given) is None:
            raise invalid(
                f"Invalid integer: {given[:80]}", param=path, code="parameter_invalid_integer"
            )
        return int(given)
    try:
        return float(given)
    except ValueError:
        raise invalid(f"Invalid decimal: {given[:80]}", param=path) from None


def _metadata(given: dict[str, Any], path: str) -> dict[str, str]:
    if len(given) > METADATA_KEYS:
        raise invalid(f"{path} can have up to {METADATA_KEYS} keys.", param=path)
    for key, value in given.items():
        if not isinstance(value, str):
            raise invalid(f"Invalid string: {_at(path, key)} must be a string.", param=path)
        if len(key) > METADATA_KEY_LENGTH:
            raise invalid(
                f"Metadata keys can have up to {METADATA_KEY_LENGTH} characters, but you passed "
                f"in a key that is {len(key)} characters. Invalid key: {key[:80]}",
                param=path,
            )
        if len(value) > METADATA_VALUE_LENGTH:
            raise invalid(
                f"Metadata values can have up to {METADATA_VALUE_LENGTH} characters, but you "
                f"passed in a value that is {len(value)} characters. Invalid value: {value[:80]}",
                param=_at(path, key),
            )
    # An empty value unsets a key, so on creation it is as if the key had not been sent.
    return {key: value for key, value in given.items() if value != ""}


def _empty(path: str) -> Refused:
    return invalid(
        f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset "
        f"a parameter; however '{path}' cannot be unset. You should remove '{path}' from your "
        "request or supply a non-empty value.",
        param=path,
        code="parameter_invalid_empty",
    )


def _listed(literals: list[Any]) -> str:
    *most, last = [str(choice) for choice in literals if choice != ""]
    return f"{', '.join(most)}, or {last}" if most else last


def nullable(described: type) -> frozenset[str]:
    """Return the keys of one of Stripe's objects that may be null."""
    return frozenset(
        key
        for key, hint in hints(described).items()
        if not key.startswith("_") and key != "deleted" and type(None) in _options(hint)
    )
