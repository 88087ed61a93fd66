"""Accounts: the platform's own, and connected ones (standard, ready to take charges)."""

from __future__ import annotations

from typing import Any

from . import events, lists
from .refusals import parameter_missing, resource_missing
from .store import PLATFORM, Row
from .world import Call, World, new_id

ACCOUNT = "account"
PLATFORM_ID = "acct_1PlatformStripeDbl"
_CURRENCIES = {
    "AU": "aud", "CA": "cad", "CH": "chf", "CZ": "czk", "DK": "dkk", "GB": "gbp", "HU": "huf",
    "JP": "jpy", "NO": "nok", "NZ": "nzd", "PL": "pln", "SE": "sek", "US": "usd",
}  # fmt: skip


def create(world: World, call: Call) -> Row:
    params = call.params
    if "type" not in params and "controller" not in params:
        raise parameter_missing("type")
    return make(world, new_id("acct_1", 15), params)


def make(world: World, account_id: str, params: dict[str, Any]) -> Row:
    """Store a connected account that can take charges at once: nobody checks papers here."""
    country = params.get("country", "DE")
    profile = params.get("business_profile", {})
    name = profile.get("name") or f"Merchant {account_id[-4:]}"
    fields = ("mcc", "monthly_estimated_revenue", "product_description", "support_address")
    account: Row = {
        "id": account_id,
        "object": "account",
        "business_profile": dict.fromkeys(fields)
        | {"annual_revenue": None, "estimated_worker_count": None, "name": name}
        | {"support_email": None, "support_phone": None, "support_url": None, "url": None}
        | profile,
        "business_type": params.get("business_type"),
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": country,
        "created": world.clock.second(),
        "default_currency": params.get("default_currency", _CURRENCIES.get(country, "eur")),
        "details_submitted": True,
        "email": params.get("email"),
        "external_accounts": lists.listed([], f"/v1/accounts/{account_id}/external_accounts"),
        "future_requirements": _no_requirements(),
        "metadata": params.get("metadata", {}),
        "payouts_enabled": True,
        "requirements": _no_requirements(),
        "tos_acceptance": {"date": world.clock.second()},
        "type": params.get("type", "none"),
    }
    return world.store.put(ACCOUNT, PLATFORM, account)


def _no_requirements() -> Row:
    lists_of = ("currently_due", "errors", "eventually_due", "past_due", "pending_verification")
    return {name: [] for name in lists_of} | {
        "alternatives": [],
        "current_deadline": None,
        "disabled_reason": None,
    }


def platform(world: World) -> Row:
    """Return the platform's own account, made when it is first asked for."""
    found = world.store.find(ACCOUNT, PLATFORM, PLATFORM_ID)
    return found or make(world, PLATFORM_ID, {"business_profile": {"name": "Platform"}})


def knows(world: World, account_id: str) -> bool:
    """Whether the key may act for the account; with `adopt_accounts`, after making it."""
    if world.store.find(ACCOUNT, PLATFORM, account_id):
        return True
    shaped = account_id.startswith("acct_") and account_id[5:].isalnum() and len(account_id) < 40
    if world.settings.adopt_accounts and shaped:
        make(world, account_id, {})
        return True
    return False


def retrieve(world: World, call: Call) -> Row:
    wanted = call.path.get("id") or call.account
    if not wanted or wanted == PLATFORM_ID:
        return platform(world)
    if not knows(world, wanted):
        raise resource_missing("account", wanted)
    return world.store.find(ACCOUNT, PLATFORM, wanted) or {}


def list_accounts(world: World, call: Call) -> Row:
    rows = [row for row in world.store.rows(ACCOUNT, PLATFORM) if row["id"] != PLATFORM_ID]
    return lists.page(rows, call, "/v1/accounts")


def change(world: World, account_id: str, changes: Row) -> Row:
    """Change an account from outside, as Stripe does when papers go stale."""
    account = retrieve(world, Call(account=PLATFORM, path={"id": account_id}))
    account |= changes
    world.store.put(ACCOUNT, PLATFORM, account)
    events.emit(world, Call(account=account_id), "account.updated", account)
    return account


def name_of(world: World, account_id: str) -> str:
    account = world.store.find(ACCOUNT, PLATFORM, account_id) or platform(world)
    return str(account["business_profile"]["name"])
