"""The hosted payment page: server-rendered, without a line of JavaScript.

    /c/pay/{session}                the form; a session that is over says so
    /c/pay/{session}/authenticate   what the buyer's bank would show (3-D Secure)

Links are relative, so that the double may stand behind another address. A browser holds redirects
after a form to `form-action` too, so the policy names the places where the merchant's URLs lead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.template import Context, Engine
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from kernel.money import EXPONENTS

from . import accounts, payments, sessions
from .cards import OFFERED, Card, card_of, is_card_number
from .payments import INTENT
from .store import Row
from .world import World

_ENGINE = Engine(dirs=[str(Path(__file__).parent / "templates")])
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_EXPIRY = re.compile(r"\s*(\d{1,2})\s*/?\s*(\d{2}|\d{4})\s*")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with the form, and in which field."""

    field: str
    sentence: str


def amount_text(amount_minor: int, currency: str) -> str:
    """Return an amount as a buyer reads it: €45.00, or 45.00 CHF without a symbol of its own."""
    code = currency.upper()
    decimals = EXPONENTS.get(code, 2)
    number = f"{amount_minor / 10**decimals:,.{decimals}f}"
    return f"{_SYMBOLS[code]}{number}" if code in _SYMBOLS else f"{number} {code}"


class Pages:
    def __init__(self, world: World) -> None:
        self._world = world

    async def pay(self, request: Request) -> Response:
        """Show the form, fill in a test card, or take the payment."""
        session = sessions.find_by_page(self._world, request.path_params["session"])
        if session is None or session["status"] != "open":
            return self._closed(session)
        if request.method != "POST":
            return self._form(session, {})
        given = await _fields(request)
        action = given.get("action", "pay")
        if action.startswith("fill:"):
            return self._form(session, given | _filled(card_of(action.removeprefix("fill:"))))
        mistake = self._mistake(session, given)
        if mistake:
            return self._form(session, given, mistake)
        return self._take(session, given)

    def _take(self, session: Row, given: dict[str, str]) -> Response:
        card = card_of(given["number"])
        outcome = payments.pay(
            self._world,
            session,
            card,
            email=given.get("email") or None,
            name=given.get("name") or None,
        )
        self._world.store.commit()
        if outcome == "declined":
            return self._form(session, given, Mistake("number", card.message or "Declined."))
        if outcome == "authenticate":
            return RedirectResponse(f"{session['id']}/authenticate", status_code=303)
        return _to_merchant(session) if outcome == "paid" else self._closed(session)

    async def authenticate(self, request: Request) -> Response:
        """Ask the buyer to complete or fail what their bank wants to know."""
        session = sessions.find_by_page(self._world, request.path_params["session"])
        if session is None or session["status"] != "open":
            return self._closed(session, depth=1)
        account = session["_account"]
        intent = self._world.store.find(INTENT, account, session["payment_intent"] or "")
        if intent is None or intent["status"] != "requires_action":
            return RedirectResponse(f"../{session['id']}", status_code=303)
        if request.method != "POST":
            return self._page("authenticate.html", session, {"title": "3-D Secure"}, depth=1)
        given = await _fields(request)
        if given.get("action") == "complete":
            payments.pay(self._world, session, card_of(intent["_card"]), authenticated=True)
            self._world.store.commit()
            return _to_merchant(session)
        payments.fail_authentication(self._world, session)
        self._world.store.commit()
        return RedirectResponse(f"../{session['id']}", status_code=303)

    def _form(
        self, session: Row, given: dict[str, str], mistake: Mistake | None = None
    ) -> Response:
        world = self._world
        currency = session["currency"]
        intent = world.store.find(INTENT, session["_account"], session["payment_intent"] or "")
        last_error = (intent or {}).get("last_payment_error") or {}
        error = mistake.sentence if mistake else ""
        if not mistake and not given:
            error = last_error.get("message", "")
        lines = [
            {
                "name": line["description"],
                "quantity": str(line["quantity"]),
                "unit": amount_text(line["price"]["unit_amount"], currency),
                "amount": amount_text(line["amount_total"], currency),
            }
            for line in sessions.lines_of(world, session)
        ]
        form = {"email": session["customer_email"] or "", "number": "", "expiry": ""} | given
        values = {
            "title": f"Pay {accounts.name_of(world, session['_account'])}",
            "lines": lines,
            "cancel_url": session["cancel_url"],
            "email_fixed": bool(session["customer_email"]),
            "form": form,
            "error": error,
            "field": mistake.field if mistake else "",
            "cards": OFFERED,
        }
        return self._page("pay.html", session, values)

    def _mistake(self, session: Row, given: dict[str, str]) -> Mistake | None:
        email = session["customer_email"] or given.get("email", "")
        if _EMAIL.fullmatch(email) is None:
            return Mistake("email", "Your email address is incomplete.")
        number = given.get("number", "")
        if not is_card_number(number):
            return Mistake("number", "Your card number is invalid.")
        match = _EXPIRY.fullmatch(given.get("expiry", ""))
        if match is None or not 1 <= int(match[1]) <= 12:
            return Mistake("expiry", "Your card's expiration date is incomplete.")
        today = datetime.fromtimestamp(self._world.clock.now(), UTC)
        if (2000 + int(match[2]) % 100, int(match[1])) < (today.year, today.month):
            return Mistake("expiry", "Your card's expiration year is in the past.")
        length = 4 if card_of(number).brand == "amex" else 3
        cvc = given.get("cvc", "")
        if not (cvc.isascii() and cvc.isdecimal() and len(cvc) == length):
            return Mistake("cvc", "Your card's security code is incomplete.")
        return None

    def _closed(self, session: Row | None, depth: int = 0) -> Response:
        if session is None:
            texts = ("over", "Nothing to pay here", "This payment page does not exist.")
            link, status = "", 404
        elif session["status"] == "complete":
            texts = ("done", "This is paid", "Your payment has been received. Nothing is due.")
            link, status = _success_url(session), 200
        else:
            texts = ("over", "This page has expired", "No payment was taken. Please start again.")
            link, status = session["cancel_url"] or "", 200
        mark, heading, sentence = texts
        values: dict[str, object] = {
            "title": heading,
            "mark": mark,
            "heading": heading,
            "sentence": sentence,
        }
        return self._page(
            "closed.html", session, values | {"link": link}, status=status, depth=depth
        )

    def _page(
        self,
        template: str,
        session: Row | None,
        values: dict[str, object],
        *,
        status: int = 200,
        depth: int = 0,
    ) -> Response:
        shown: dict[str, object] = {"root": "../" * (depth + 1)}
        leads_to = ""
        if session:
            shown["merchant"] = accounts.name_of(self._world, session["_account"])
            shown["total"] = amount_text(session["amount_total"], session["currency"])
            leads_to = _origin(session["success_url"])
        context = Context(shown | values, use_l10n=False, use_tz=False)
        html = _ENGINE.get_template(template).render(context)
        policy = (
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
            f"frame-ancestors 'none'; form-action 'self' {leads_to}"
        )
        headers = {
            "Content-Security-Policy": policy.strip(),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        return HTMLResponse(html, status_code=status, headers=headers)


async def _fields(request: Request) -> dict[str, str]:
    form = await request.form(max_files=0, max_fields=20)
    return {name: value[:300] for name, value in form.items() if isinstance(value, str)}


def _filled(card: Card) -> dict[str, str]:
    cvc = "1234" if card.brand == "amex" else "123"
    return {"number": card.spaced, "expiry": "12 / 40", "cvc": cvc}


def _to_merchant(session: Row) -> Response:
    return RedirectResponse(_success_url(session), status_code=303)


def _success_url(session: Row) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _origin(url: str | None) -> str:
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
