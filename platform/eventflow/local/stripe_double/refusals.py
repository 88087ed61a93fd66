"""Stripe's refusals: a type, a code, a sentence and the parameter, in Stripe's JSON shape.

The shape: https://docs.stripe.com/api/errors, the codes: https://docs.stripe.com/error-codes
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Refused(Exception):
    """An answer other than 2xx. `extra` are members beyond type, code, message and param."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, Any] = {"type": kind, "message": message}
        self.error |= {"code": code} if code else {}
        self.error |= {"param": param} if param else {}
        self.error |= extra

    @property
    def body(self) -> dict[str, Any]:
        return {"error": self.error}


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> Refused:
    return Refused(400, message, code=code, param=param)


def parameter_missing(param: str) -> Refused:
    return invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")


def parameters_unknown(params: Sequence[str]) -> Refused:
    noun = "parameter" if len(params) == 1 else "parameters"
    return invalid(
        f"Received unknown {noun}: {', '.join(params)}", param=params[0], code="parameter_unknown"
    )


def unsupported(what: str, *, param: str | None = None) -> Refused:
    """Refuse what Stripe can do and the double cannot, rather than pretend."""
    return invalid(f"The Stripe double does not do {what}.", param=param, code="double_unsupported")


def resource_missing(kind: str, object_id: str, *, param: str = "id", status: int = 404) -> Refused:
    return Refused(status, f"No such {kind}: '{object_id}'", code="resource_missing", param=param)


def no_such_url(method: str, path: str) -> Refused:
    return Refused(404, f"Unrecognized request URL ({method}: {path}).")


def no_key() -> Refused:
    return Refused(
        401,
        "You did not provide an API key. Put it in the Authorization header, as a Bearer token.",
    )


def bad_key(key: str) -> Refused:
    shown = f"{key[:7]}{'*' * 8}{key[-4:]}" if len(key) > 14 else "*" * len(key)
    return Refused(401, f"Invalid API Key provided: {shown}")


def no_access(account: str) -> Refused:
    return Refused(
        403,
        f"The provided key does not have access to account '{account}' (or that account does not "
        "exist). Application access may have been revoked.",
        code="account_invalid",
    )


def other_parameters(key: str) -> Refused:
    return Refused(
        400,
        "Keys for idempotent requests can only be used with the same parameters they were first "
        f"used with. Try using a key other than '{key}' if you meant to execute a different "
        "request.",
        kind="idempotency_error",
    )


def key_in_use(key: str) -> Refused:
    return Refused(
        409,
        f"There is currently another in-progress request using this Idempotent Key: {key}.",
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )


def broken(message: str = "An error occurred inside the Stripe double.") -> Refused:
    return Refused(500, message, kind="api_error")
