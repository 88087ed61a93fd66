"""One request to the API: understood, checked, executed at most once, answered in Stripe's form."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import logging
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from . import accounts, contract, forms, operations
from .expansion import expanded
from .idempotency import Keys, fingerprint
from .refusals import Refused, bad_key, broken, invalid, no_access, no_key, no_such_url
from .store import PLATFORM, Row
from .switches import Fault
from .world import API_VERSION, Call, World, new_id

MAX_BODY = 1_000_000
CUT = "stripe_double.cut"
log = logging.getLogger(__name__)


class Cut(Response):
    """An answer that never comes: the connection is closed without a byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[CUT]()
        while (await receive())["type"] != "http.disconnect":
            pass


class Cuttable:
    """Gives each request the means to close its connection, which ASGI does not have.

    The server's own `send` knows its transport; by the time it reaches a route it is wrapped.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            cycle: Any = getattr(send, "__self__", None)
            scope[CUT] = cycle.transport.abort
        await self._app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Row
    replayed: bool = False
    original: str | None = None


class Api:
    def __init__(self, world: World) -> None:
        self._world = world
        self._keys = Keys(world)

    async def answer(self, request: Request) -> Response:
        """Answer one request under /v1/."""
        request_id = new_id("req_", 14)
        try:
            answer = await self._answer(request, request_id)
        except Refused as refusal:
            answer = Answer(refusal.status, refusal.body)
        except _Cut:
            return Cut()
        return _response(request, request_id, answer)

    async def _answer(self, request: Request, request_id: str) -> Answer:
        world = self._world
        self._authenticate(request)
        account = self._account(request)
        found = operations.find(request.method, request.url.path)
        if found is None:
            raise no_such_url(request.method, request.url.path)
        operation, path = found
        if operation.platform_only and account != PLATFORM:
            raise invalid("This is the platform's own; it cannot be reached with Stripe-Account.")
        raw = forms.decode(await _form_text(request))
        mark = fingerprint(request.method, request.url.path, raw)
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if key is not None:
            known = self._keys.remembered(account, key, mark)
            if known:
                return Answer(known["status"], known["body"], True, known["request_id"])
        call = Call(account, contract.checked(operation.params, raw), path, request_id, key)
        if operation.check:
            operation.check(world, call)
        fault = world.switches.fault_for(operation.name)
        if key is not None:
            self._keys.begin(account, key, mark)
        try:
            await asyncio.sleep(world.switches.latency_s)
            await _fail(fault, "before")
            answer = self._execute(operation, call, fault)
            if key is not None:
                remembered = {"status": answer.status, "body": answer.body}
                self._keys.remember(account, key, mark, remembered | {"request_id": request_id})
            world.store.commit()
            await _fail(fault, "after")
        finally:
            if key is not None:
                self._keys.end(account, key)
        return answer

    def _execute(self, operation: operations.Operation, call: Call, fault: Fault | None) -> Answer:
        try:
            shown = operation.run(self._world, call)
            body = expanded(self._world, call.account, shown, call.params.get("expand", []))
        except Refused as refusal:
            return Answer(refusal.status, refusal.body)
        except Exception:
            log.exception("the double failed at %s", operation.name)
            return Answer(500, broken().body)
        if fault and (fault.kind, fault.when) == ("error", "after"):
            return Answer(fault.status, broken("An unknown error occurred.").body)
        return Answer(200, body)

    def _authenticate(self, request: Request) -> None:
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        key = value.strip()
        if kind.lower() == "basic":
            try:
                key = base64.b64decode(value, validate=True).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                key = "unreadable"
        if not key:
            raise no_key()
        if key not in self._world.settings.api_keys:
            raise bad_key(key)

    def _account(self, request: Request) -> str:
        account = request.headers.get("stripe-account", PLATFORM)
        if account in (PLATFORM, accounts.PLATFORM_ID):
            return PLATFORM
        if not accounts.knows(self._world, account):
            raise no_access(account)
        return account


class _Cut(Exception):
    """The connection is to be closed without an answer."""


async def _fail(fault: Fault | None, when: str) -> None:
    if fault is None or fault.when != when:
        return
    if fault.kind == "error" and when == "before":
        raise Refused(fault.status, "An unknown error occurred.", kind="api_error")
    if fault.kind == "timeout":
        await asyncio.sleep(fault.seconds)
    if fault.kind in ("timeout", "drop"):
        raise _Cut


async def _form_text(request: Request) -> str:
    if request.method in ("GET", "DELETE"):
        return request.url.query
    size = 0
    parts = []
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise Refused(413, "The request is too large.")
        parts.append(part)
    body = b"".join(parts)
    kind = request.headers.get("content-type", "application/x-www-form-urlencoded")
    if body and not kind.startswith("application/x-www-form-urlencoded"):
        raise Refused(415, f"Unsupported Content-Type: {kind[:80]}. Send form data.")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise invalid("The request's form data could not be read.") from None


def _response(request: Request, request_id: str, answer: Answer) -> Response:
    headers = {
        "Content-Type": "application/json",
        "Request-Id": request_id,
        "Stripe-Version": request.headers.get("stripe-version", API_VERSION),
        "Cache-Control": "no-cache, no-store",
    }
    for name in ("Stripe-Account", "Idempotency-Key"):
        if name in request.headers:
            headers[name] = request.headers[name]
    if answer.replayed:
        headers |= {"Idempotent-Replayed": "true", "Original-Request": answer.original or ""}
    if answer.status == 409:
        headers["Stripe-Should-Retry"] = "true"
    return Response(
        json.dumps(answer.body, indent=2, ensure_ascii=False).encode() + b"\n",
        status_code=answer.status,
        headers=headers,
    )
