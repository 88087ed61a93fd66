"""Typed readers of environment variables: a bad value stops the start with plain sentences.

A reader that meets a bad value notes a sentence and gives a stand-in, so that `finish` can say all
that is wrong at once. A sentence names the variable and what is expected of it; it shows the value
only where that cannot be a secret: never for `secret`, and never for `url`, which may carry a
password. A variable that is empty counts as not set. Without a default a variable is required; a
default of None makes it optional.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, TypeVar, overload
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

D = TypeVar("D")
T = TypeVar("T")

YES: Final = frozenset({"1", "true", "yes", "on"})
NO: Final = frozenset({"0", "false", "no", "off"})
UNITS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}

_complaints: list[str] = []


class BadSetting(ImproperlyConfigured):
    """Variables are missing or say something that cannot be meant."""


class _Required:
    """The default of a variable that has none."""


REQUIRED: Final = _Required()


def finish() -> None:
    """Refuse to go on when any reader met a bad value: one sentence a line."""
    if _complaints:
        said = "\n".join(_complaints)
        _complaints.clear()
        raise BadSetting(said)


def _find(name: str) -> str | None:
    return os.environ.get(name, "").strip() or None


def _absent(name: str, default: D | _Required, stand_in: T, expected: str) -> D | T:
    if isinstance(default, _Required):
        _complaints.append(f"{name} is not set: expected {expected}.")
        return stand_in
    return default


def _wrong(name: str, value: str, expected: str) -> None:
    _complaints.append(f"{name} is {value[:80]!r}: expected {expected}.")


@overload
def text(name: str) -> str: ...
@overload
def text(name: str, default: D) -> str | D: ...
def text(name: str, default: object = REQUIRED) -> object:
    """Read a text."""
    value = _find(name)
    return _absent(name, default, "", "a text") if value is None else value


@overload
def choice(name: str, *, among: Sequence[str]) -> str: ...
@overload
def choice(name: str, default: D, *, among: Sequence[str]) -> str | D: ...
def choice(name: str, default: object = REQUIRED, *, among: Sequence[str]) -> object:
    """Read one of a few words."""
    expected = f"one of {', '.join(among)}"
    value = _find(name)
    if value is None:
        return _absent(name, default, among[0], expected)
    if value not in among:
        _wrong(name, value, expected)
        return among[0]
    return value


@overload
def secret(name: str, *, least_length: int = ...) -> str: ...
@overload
def secret(name: str, default: D, *, least_length: int = ...) -> str | D: ...
def secret(name: str, default: object = REQUIRED, *, least_length: int = 1) -> object:
    """Read a secret; nothing that is said about it shows it."""
    expected = f"a secret of at least {least_length} characters" if least_length > 1 else "a secret"
    value = _find(name)
    if value is None:
        return _absent(name, default, "", expected)
    if len(value) < least_length:
        _complaints.append(f"{name} is too short: expected {expected}.")
    return value


def secrets(
    name: str, default: Sequence[str] | _Required = REQUIRED, *, least_length: int = 1
) -> list[str]:
    """Read secrets separated by commas; nothing that is said about them shows them."""
    expected = f"secrets of at least {least_length} characters, separated by commas"
    found = [part.strip() for part in (_find(name) or "").split(",") if part.strip()]
    if not found:
        return list(_absent(name, default, [], expected))
    if any(len(part) < least_length for part in found):
        _complaints.append(f"{name} has one that is too short: expected {expected}.")
    return found


def flag(name: str, default: bool | _Required = REQUIRED) -> bool:
    """Read yes or no."""
    expected = "yes or no (also true, false, on, off, 1, 0)"
    value = _find(name)
    if value is None:
        return _absent(name, default, False, expected)
    if value.lower() not in YES | NO:
        _wrong(name, value, expected)
    return value.lower() in YES


@overload
def number(name: str, *, least: int = ..., most: int | None = ...) -> int: ...
@overload
def number(name: str, default: D, *, least: int = ..., most: int | None = ...) -> int | D: ...
def number(
    name: str, default: object = REQUIRED, *, least: int = 0, most: int | None = None
) -> object:
    """Read a whole number within its bounds, both included."""
    expected = f"a whole number from {least}" + ("" if most is None else f" to {most}")
    value = _find(name)
    if value is None:
        return _absent(name, default, least, expected)
    # int() alone would take "1_000" and other alphabets' digits.
    is_number = re.fullmatch(r"-?[0-9]{1,18}", value) is not None
    if not is_number or int(value) < least or (most is not None and int(value) > most):
        _wrong(name, value, expected)
        return least
    return int(value)


@overload
def url(name: str, *, schemes: Sequence[str]) -> str: ...
@overload
def url(name: str, default: D, *, schemes: Sequence[str]) -> str | D: ...
def url(name: str, default: object = REQUIRED, *, schemes: Sequence[str]) -> object:
    """Read a URL with one of the schemes that names a host, or as `unix://` a path."""
    starts = " or ".join(f"{scheme}://" for scheme in schemes)
    expected = f"a URL that begins with {starts}"
    value = _find(name)
    stand_in = f"{schemes[0]}://unset.invalid/unset"
    if value is None:
        return _absent(name, default, stand_in, expected)
    if not _is_url(value, schemes):
        _complaints.append(f"{name} is not usable: expected {expected}.")  # it may hold a password
        return stand_in
    return value


def _is_url(value: str, schemes: Sequence[str]) -> bool:
    try:
        parts = urlsplit(value)
        _ = parts.port  # a port that is no number raises here
    except ValueError:
        return False
    has_place = parts.path.strip("/") if parts.scheme == "unix" else parts.hostname
    return parts.scheme in schemes and bool(has_place) and not re.search(r"\s", value)


def items(name: str, default: Sequence[str] | _Required = REQUIRED) -> list[str]:
    """Read a list whose items are separated by commas."""
    found = [part.strip() for part in (_find(name) or "").split(",") if part.strip()]
    return found or list(_absent(name, default, [], "a list separated by commas"))


@overload
def duration(name: str, *, least: timedelta = ..., most: timedelta | None = ...) -> timedelta: ...
@overload
def duration(
    name: str, default: D, *, least: timedelta = ..., most: timedelta | None = ...
) -> timedelta | D: ...
def duration(
    name: str,
    default: object = REQUIRED,
    *,
    least: timedelta = timedelta(0),
    most: timedelta | None = None,
) -> object:
    """Read a length of time such as 250ms, 30s, 15m, 2h or 7d, within its bounds."""
    expected = f"a length of time such as 30s, 15m, 2h or 7d, at least {least}"
    expected += "" if most is None else f" and at most {most}"
    value = _find(name)
    if value is None:
        return _absent(name, default, least, expected)
    match = re.fullmatch(r"([0-9]{1,9})(ms|s|m|h|d)", value)
    length = timedelta(seconds=int(match[1]) * UNITS[match[2]]) if match else None
    if length is None or length < least or (most is not None and length > most):
        _wrong(name, value, expected)
        return least
    return length
