"""The switches under /_double/, in JSON. docs/stripe-double.md lists them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import accounts, deliveries, payments, refunds, sessions, switches
from .cards import card_of
from .operations import NAMES
from .refusals import Refused, invalid, no_such_url, resource_missing
from .store import PLATFORM, Row, visible
from .world import World

_FATES = ("complete", "fail")
_KEPT_BY_RESET = frozenset({accounts.ACCOUNT, deliveries.ENDPOINT, "note"})
Body = dict[str, Any]


class Control:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """Return the routes under /_double/."""
        table: tuple[tuple[str, str, Callable[[Request, Body], Any]], ...] = (
            ("GET", "/state", self.state),
            ("POST", "/reset", self.reset),
            ("POST", "/clock", self.clock),
            ("GET", "/switches", self.show),
            ("POST", "/webhooks", self.webhooks),
            ("POST", "/webhooks/deliver", self.deliver),
            ("POST", "/faults", self.fault),
            ("DELETE", "/faults", self.clear_faults),
            ("POST", "/latency", self.latency),
            ("POST", "/accounts", self.account),
            ("POST", "/sessions/{id}/pay", self.pay),
            ("POST", "/refunds/{id}", self.turn_refund),
        )
        return [
            Route(f"/_double{path}", self._answering(run), methods=[method])
            for method, path, run in table
        ]

    def _answering(self, run: Callable[[Request, Body], Any]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            try:
                shown = run(request, await _body(request))
            except Refused as refusal:
                return JSONResponse(refusal.body, status_code=refusal.status)
            self._world.store.commit()
            self._world.wake()
            return JSONResponse(shown)

        return answer

    def state(self, request: Request, body: Body) -> Body:
        """Return everything there is, for assertions; `?account=` narrows it to one account."""
        only = request.query_params.get("account")
        store = self._world.store

        def rows(kind: str) -> list[Row]:
            found = [(account, row) for account, row in store.all_rows(kind)]
            return [
                visible(row) | {"_account": account}
                for account, row in found
                if only in (None, account)
            ]

        charges = rows(payments.CHARGE)
        listed = rows(sessions.SESSION)
        for session in listed:
            paid_by = [row for row in charges if row["payment_intent"] == session["payment_intent"]]
            session["_charges"] = [row["id"] for row in paid_by if row["paid"]]
        waiting, finished = rows(deliveries.WAITING), rows(deliveries.FINISHED)
        return {
            "now": self._world.clock.now(),
            "switches": self._world.switches.shown,
            "accounts": [visible(row) for _, row in store.all_rows(accounts.ACCOUNT)],
            "sessions": listed,
            "payment_intents": rows(payments.INTENT),
            "charges": charges,
            "refunds": rows(refunds.REFUND),
            "balance_transactions": rows(payments.BALANCE),
            "application_fees": rows(payments.FEE),
            "events": rows("event"),
            "deliveries": sorted(waiting + finished, key=lambda row: int(row["order"])),
        }

    def reset(self, request: Request, body: Body) -> Body:
        """Forget everything; accounts, endpoints and the time stay unless `everything` is true."""
        everything = body.get("everything") is True
        self._world.store.clear(keep=frozenset() if everything else _KEPT_BY_RESET)
        if everything:
            self._world.clock.offset_s = 0.0
        self._world.switches.travel = switches.Travel()
        self._world.switches.faults.clear()
        self._world.switches.latency_s = 0.0
        return {"reset": True}

    def clock(self, request: Request, body: Body) -> Body:
        """Let time pass: `advance_s` seconds."""
        seconds = _number(body, "advance_s")
        self._world.clock.advance(seconds)
        note = {"id": "clock", "offset_s": self._world.clock.offset_s}
        self._world.store.put("note", PLATFORM, note)
        sessions.expire_due(self._world)
        refunds.turn_due(self._world)
        return {"now": self._world.clock.now()}

    def show(self, request: Request, body: Body) -> Body:
        return self._world.switches.shown

    def webhooks(self, request: Request, body: Body) -> Body:
        """Change how deliveries travel."""
        switches.changed(self._world.switches.travel, body)
        return self._world.switches.shown

    def deliver(self, request: Request, body: Body) -> Body:
        """Send what waits or is held, now and in the order named."""
        return {"released": deliveries.deliver_now(self._world, body)}

    def fault(self, request: Request, body: Body) -> Body:
        """Let coming calls go wrong."""
        fault = switches.fault(body)
        if fault.operation != "*" and fault.operation not in NAMES:
            known = ", ".join(sorted(NAMES))
            raise invalid(f"Unknown operation. Known: {known}", param="operation")
        self._world.switches.faults.append(fault)
        return self._world.switches.shown

    def clear_faults(self, request: Request, body: Body) -> Body:
        self._world.switches.faults.clear()
        return self._world.switches.shown

    def latency(self, request: Request, body: Body) -> Body:
        """Make every call take `seconds` longer, between its beginning and its execution."""
        self._world.switches.latency_s = _number(body, "seconds")
        return self._world.switches.shown

    def account(self, request: Request, body: Body) -> Body:
        """Make a connected account with an id of one's choice, or change one."""
        account_id = body.pop("id", "")
        if not isinstance(account_id, str) or not account_id.startswith("acct_"):
            raise invalid("id must begin with acct_.", param="id")
        found = self._world.store.find(accounts.ACCOUNT, PLATFORM, account_id)
        if found is None:
            name = body.pop("name", None)
            profile = {"business_profile": {"name": name}} if name else {}
            found = accounts.make(self._world, account_id, profile | body)
            body = {key: body[key] for key in ("charges_enabled",) if key in body}
        changes = {key: value for key, value in body.items() if key in found}
        return accounts.change(self._world, account_id, changes) if changes else found

    def pay(self, request: Request, body: Body) -> Body:
        """Pay a session with a card, as the payment page would."""
        session = sessions.find_by_page(self._world, request.path_params["id"])
        if session is None:
            raise resource_missing("checkout.session", request.path_params["id"])
        fate = body.get("authenticate")
        if fate not in (None, *_FATES):
            raise invalid("authenticate must be complete or fail.", param="authenticate")
        card = card_of(str(body.get("card", "4242424242424242")))
        outcome: str = payments.pay(
            self._world,
            session,
            card,
            email=body.get("email"),
            name=body.get("name"),
            authenticated=fate == "complete",
        )
        if outcome == "authenticate" and fate == "fail":
            payments.fail_authentication(self._world, session)
            outcome = "declined"
        return {"outcome": outcome, "session": visible(session)}

    def turn_refund(self, request: Request, body: Body) -> Body:
        """Let the bank accept a refund (`succeeded`) or send it back (`failed`)."""
        state = body.get("status")
        if state not in ("succeeded", "failed"):
            raise invalid("status must be succeeded or failed.", param="status")
        for account, refund in self._world.store.all_rows(refunds.REFUND):
            if refund["id"] == request.path_params["id"]:
                return visible(refunds.turn(self._world, account, refund["id"], state))
        raise resource_missing("refund", request.path_params["id"])


async def _body(request: Request) -> Body:
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise invalid("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object.")
    return body


def _number(body: Body, name: str) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise invalid(f"{name} must be a number, 0 or more.", param=name)
    return float(value)


async def unknown(request: Request) -> Response:
    refusal = no_such_url(request.method, request.url.path)
    return JSONResponse(refusal.body, status_code=refusal.status)
