"""Every address of both sites, asked with what is another tenant's: nothing of it shows or changes.

A new address, operation or task that this file does not know fails here by name. Add what it
takes to the tables below; `tests/isolation/belongings.py` has what the other tenant has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import Any

import pytest
from celery import current_app
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLResolver, get_resolver

from eventflow import openapi
from kernel import errors
from kernel.db import tenant_context
from public_apps.tenants.domain import TenantRecord
from tests.isolation.belongings import Belongings, fill, print_of
from tests.support.api import ApiClient, told

# Which of the other tenant's ids a parameter of an address is given.
PARAMETERS = {
    "event_id": "event_id",
    "performance_id": "performance_id",
    "version_id": "version_id",
    "plan_id": "plan_id",
    "view_id": "view_id",
    "picture_id": "picture_id",
    "width": "width",
    "order_id": "order_id",
    "ticket_id": "ticket_id",
    "listing_id": "listing_id",
    "hold_id": "hold_id",
    "slug": "slug",
    "token": "link",
    "alert_token": "alert_link",
    "uidb36": "uidb36",
    "key": "key",
}

PHRASE = "a new pass phrase"

# What a page that takes a form is sent, by the address's name. Values in braces are the others'.
FORMS: dict[str, dict[str, str]] = {
    "account_login": {"login": "{email}", "password": "{password}"},
    "account_logout": {},
    "account_password_changed": {},
    "account_reset_password": {"email": "{email}"},
    "account_reset_password_from_key": {"password1": PHRASE, "password2": PHRASE},
    "account_change_password": {
        "oldpassword": "{password}", "password1": PHRASE, "password2": PHRASE,
    },
    "choose_language": {"language": "de", "next": "/orders/{link}/"},
    "console:listings": {"what": "mail", "value": "{buyer_email}", "reason": "a try"},
    "console:refund": {"reason": "a try"},
    "console:review": {"decision": "block", "reason": "a try"},
    "console:unlist": {},
    "console:remove_view": {},
    "console:views": {"section": "stalls", "note": "a try"},
    "console:waiting_room": {
        "mode": "on", "per_minute": "1", "most_inside": "1", "lease_minutes": "1",
    },
    "storefront:again": {},
    "storefront:alert": {"email": "{buyer_email}", "places": "2"},
    "storefront:end_alert": {},
    "storefront:change": {"drop": "0"},
    "storefront:choose": {"place": "0", "section": "stalls"},
    "storefront:details": {"name": "Somebody", "email": "{buyer_email}"},
    "storefront:extend": {},
    "storefront:find_order": {"email": "{buyer_email}"},
    "storefront:order_leave": {},
    "storefront:order_pay": {},
    "storefront:order_resend": {},
    "storefront:pay": {},
    "storefront:room": {},
    "storefront:together": {"count": "2", "section": "stalls"},
    "oauth_token": {"grant_type": "client_credentials"},
    "stripe_webhook": {"id": "evt_1"},
    "again": {},
    "alert": {"email": "{buyer_email}"},
    "end_alert": {},
    "change": {"release": "1"},
    "choose": {"place": "0"},
    "details": {"name": "Ada", "email": "ada@example.org"},
    "extend": {},
    "find_order": {"email": "{email}"},
    "order_leave": {},
    "order_pay": {},
    "pay": {},
    "together": {"count": "1"},
}  # fmt: skip

# What an unsafe operation of the API is sent.
BODIES: dict[str, dict[str, Any]] = {
    "redeem_ticket": {"token": "{code}"},
    "redeem_tickets": {"scans": [{"scan": "scan-of-theirs", "token": "{code}"}]},
    "refund_order": {"reason": "a try"},
    "remove_view": {},
    "set_view": {"section": "stalls", "note": "a try"},
}

# What a tenant's task is called with.
SUBJECT = {
    "subject": "{order_id}", "fact_id": 10**6,
    "payload": {"order_id": "{order_id}", "order_ref": "{order_id}", "refund_id": "{refund_id}"},
}  # fmt: skip
PLACES = {
    "payload": {"performance_id": 10**6, "places": [[0, 10**6]], "kind": "allocation"},
    "subject": "{performance_id}", "fact_id": 10**6,
}  # fmt: skip
TASKS: dict[str, dict[str, Any]] = {
    "access.forget": {},
    "checkout.apply_payment_event": {"event_id": "evt_of_somebody_else"},
    "checkout.ask_about_given_up": {},
    "checkout.end_orders_of_cancelled": PLACES,
    "checkout.expire_order": {"order_id": "{order_id}"},
    "checkout.finish_refund": SUBJECT,
    "checkout.note_failed_refund": SUBJECT,
    "checkout.review_order": SUBJECT,
    "checkout.sweep_orders": {},
    "identity.forget_sessions": {},
    "identity.mail_password_notice": {"user_id": "{user_id}", "origin": "http://x.example"},
    "identity.mail_reset_link": {"email": "{email}", "origin": "http://x.example"},
    "inventory.free_claims": PLACES,
    "inventory.reconcile_tenant": {},
    "inventory.reload_performance": PLACES,
    "inventory.settle_claims": PLACES,
    "notifications.forget": {},
    "notifications.order_late_refunded": SUBJECT,
    "notifications.order_paid": SUBJECT,
    "notifications.order_refunded": SUBJECT,
    "notifications.send": {"message_id": 10**6},
    "notifications.send_tickets_again": {"order_id": "{order_id}"},
    "notifications.send_order_links": {"email": "{buyer_email}"},
    "notifications.sweep_tenant": {},
    "notifications.tell_waiting": {},
    "outbox.deliver": {"delivery_id": 10**6},
    "outbox.forget": {},
    "outbox.sweep_tenant": {},
    "payments.execute_refund": {"refund_id": "{refund_id}"},
    "payments.reconcile": {},
    "payments.sweep": {},
    "queueing.read_notes": {},
}
# These run among the public tables and hand tenants' work on by the tasks above.
PUBLIC_TASKS = {
    "identity.forget_sessions_of_operators",
    "identity.mail_password_notice_of_operator",
    "identity.mail_reset_link_of_operator",
    "inbox.apply",
    "inbox.forget",
    "inbox.sweep",
    "queueing.score_waiting",
    "tenants.in_each",
}

SITES = {"tenant": "eventflow.urls_tenant", "public": "eventflow.urls_public"}
GROUPS = re.compile(r"<(?:[^:>]+:)?([^>]+)>")


def patterns(resolver: URLResolver, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Walk the addresses: each route, and its name with its namespace."""
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route, f"{entry.namespace}:" if entry.namespace else space)
        else:
            yield route, f"{space}{entry.name or route}"


def our_tasks() -> list[str]:
    current_app.loader.import_default_modules()
    return sorted(name for name in current_app.tasks if not name.startswith(("celery.", "tests.")))


def addresses() -> dict[str, list[tuple[str, str, str]]]:
    """Every address as (site, route, name), in groups by their first part: one test each."""
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for site, urlconf in SITES.items():
        for route, name in patterns(get_resolver(urlconf)):
            group = f"{site}:{route.partition('/')[0].partition('<')[0] or 'start'}"
            groups.setdefault(group, []).append((site, route, name))
    return groups


def operations() -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    """Every operation of the API as (path, method, description), in groups by tag."""
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in openapi.generate()["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append((path, method, operation))
    return groups


ADDRESSES = addresses()
OPERATIONS = operations()
TENANT_TASKS = sorted(set(TASKS) & set(our_tasks()))


@pytest.fixture
def theirs(live_tenant: TenantRecord, other_tenant: TenantRecord) -> Belongings:
    return fill(other_tenant, "borealis")


@pytest.fixture
def ours(theirs: Belongings, live_tenant: TenantRecord) -> Belongings:
    return fill(live_tenant, "aurora")


def filled(value: Any, theirs: Belongings) -> Any:
    """Put the other tenant's things into a table's entry."""
    if isinstance(value, dict):
        return {name: filled(inner, theirs) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, theirs) for inner in value]
    if isinstance(value, str) and "{" in value:
        return value.format(**theirs.ids, **theirs.forms)
    return value


def path_of(route: str, theirs: Belongings) -> str:
    unknown = set(GROUPS.findall(route)) - set(PARAMETERS)
    assert not unknown, (
        f"the address {route!r} has parameters that PARAMETERS does not know: {unknown}"
    )
    return "/" + GROUPS.sub(lambda found: theirs.ids[PARAMETERS[found[1]]], route)


def ensure_silent(answer: HttpResponseBase, secrets: list[str], asked: str) -> None:
    """Nothing of theirs in what was answered, and no mistake of ours."""
    assert answer.status_code < 500, f"{asked}: {answer.status_code}"
    said = b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined]
    said += str(dict(answer.items())).encode()
    shown = [secret for secret in secrets if secret.encode() in said]
    assert not shown, f"{asked} shows {shown}"


def ask_everything(browser: Client, theirs: Belongings, host: str, route: str, name: str) -> None:
    """Ask an address by every method, with the form that the table has for it."""
    path = path_of(route, theirs)
    headers = {"host": host, "accept": "text/html"}
    browser.raise_request_exception = False
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "POST"):
        form = filled(FORMS.get(name, {}), theirs) if method == "POST" else {}
        answer = browser.post(path, form, headers=headers) if method == "POST" else (
            browser.generic(method, path, headers=headers)
        )  # fmt: skip
        if method == "POST" and answer.status_code != 405 and not path.startswith("/api/v1/"):
            assert name in FORMS, f"the address {route!r} ({name}) takes a form that FORMS lacks"
        ensure_silent(answer, theirs.secrets, f"{method} {route} at {host}")


@pytest.mark.parametrize("group", ADDRESSES)
def test_a_page_shows_and_changes_nothing_of_another_tenant(
    theirs: Belongings, ours: Belongings, group: str
) -> None:
    before = print_of(theirs.tenant)
    for site, route, name in ADDRESSES[group]:
        host = ours.tenant.primary_host if site == "tenant" else "localhost"
        with_their_session = Client()
        with_their_session.cookies = theirs.browser.cookies
        ask_everything(with_their_session, theirs, host, route, name)
        ask_everything(ours.browser, theirs, host, route, name)
        assert print_of(theirs.tenant) == before, f"{route!r} at {host} changed something of theirs"


@pytest.mark.parametrize("group", OPERATIONS)
def test_the_api_shows_and_changes_nothing_of_another_tenant(
    theirs: Belongings, ours: Belongings, group: str
) -> None:
    before = print_of(theirs.tenant), print_of(ours.tenant)
    for path, method, operation in OPERATIONS[group]:
        asked, verb = f"{method} {path}", method.upper()
        address, body = api_request(path, method, operation, theirs)

        their_token_here = ApiClient(ours.tenant, theirs.api.token)
        answer = their_token_here.ask(verb, address, body)
        assert answer.status_code == 401, asked
        ensure_silent(answer, theirs.secrets + ours.secrets, asked)

        answer = ours.api.ask(verb, address, body)
        ensure_silent(answer, theirs.secrets, asked)
        assert "{" not in path or answer.status_code == 404, f"{asked}: {answer.status_code}"
        if method == "get" and operation.get("parameters"):
            wrong = ours.api.get(f"{address}?cursor={theirs.ids['cursor']}")
            assert wrong.status_code in (404, 422), asked

        their_session_here = ApiClient(ours.tenant, "", django=theirs.browser)
        answer = their_session_here.ask(verb, address, body, authorization="")
        assert answer.status_code == 401, asked
        assert (print_of(theirs.tenant), print_of(ours.tenant)) == before, f"{asked} changed it"


def api_request(
    path: str, method: str, operation: dict[str, Any], theirs: Belongings
) -> tuple[str, Any]:
    named = re.findall(r"{(\w+)}", path)
    unknown = set(named) - set(PARAMETERS)
    assert not unknown, f"{path} has parameters that PARAMETERS does not know: {unknown}"
    body = None
    if method != "get":
        name = operation["operationId"]
        assert name in BODIES, f"the operation {name} takes a body that BODIES lacks"
        body = filled(BODIES[name], theirs)
    return path.format(**theirs.ids), body


def test_their_own_token_shows_their_things(theirs: Belongings) -> None:
    """If this test fails, the ones above prove nothing: the same requests do lead to something."""
    shown: set[str] = set()
    for path, method, operation in chain.from_iterable(OPERATIONS.values()):
        if method != "get" and operation["operationId"] != "redeem_ticket":
            continue
        address, body = api_request(path, method, operation, theirs)
        answer = theirs.api.ask(method.upper(), address, body)
        assert answer.status_code == 200, f"{path}: {told(answer)}"
        text = json.dumps(told(answer), ensure_ascii=False)
        shown |= {secret for secret in theirs.secrets if secret in text}
    assert shown == set(theirs.secrets) - {"Owner of borealis", "Reason of borealis"}


def test_their_own_session_and_link_lead_somewhere(theirs: Belongings) -> None:
    """As above, for pages."""
    assert theirs.browser.get("/password/change/").status_code == 200
    reset = f"/password/new/{theirs.ids['uidb36']}/{theirs.ids['key']}/"
    assert theirs.browser.get(reset).status_code == 302
    shown = theirs.browser.get(f"/console/orders/{theirs.ids['order_id']}/").content.decode()
    assert {secret for secret in theirs.secrets if secret in shown} >= {
        "Title of borealis", "Buyer of borealis", "Owner of borealis",
    }  # fmt: skip
    views = theirs.browser.get(f"/console/plans/{theirs.ids['plan_id']}/views/").content.decode()
    assert "View of borealis" in views
    assert "Note of borealis" in views
    assert theirs.browser.get(f"/pictures/{theirs.ids['picture_id']}/480.webp").status_code == 200
    assert "Reason of borealis" in theirs.browser.get("/console/buyers/").content.decode()
    assert "Buyer of borealis" in theirs.browser.get("/console/reviews/").content.decode()


def test_every_task_is_known_to_this_file() -> None:
    unknown = set(our_tasks()) - set(TASKS) - PUBLIC_TASKS
    assert not unknown, f"tasks that TASKS does not know: {sorted(unknown)}"


def test_a_task_changes_nothing_of_another_tenant(
    theirs: Belongings, live_tenant: TenantRecord, mailoutbox: list[Any]
) -> None:
    before = print_of(theirs.tenant)
    for name in TENANT_TASKS:
        arguments = {"schema_name": live_tenant.schema_name, **filled(TASKS[name], theirs)}
        # That there is no such thing here is the right answer too.
        with suppress(errors.DomainError, ObjectDoesNotExist):
            current_app.tasks[name].apply(kwargs=arguments, throw=True)
        assert print_of(theirs.tenant) == before, f"{name} changed something of theirs"
        assert mailoutbox == [], f"{name} wrote to somebody"


@pytest.mark.parametrize("name", TENANT_TASKS)
def test_a_task_without_a_tenant_does_not_run(name: str) -> None:
    with pytest.raises(TypeError, match="schema_name"):
        current_app.tasks[name].apply(kwargs=TASKS[name], throw=True)


def test_a_thing_of_theirs_is_not_in_our_schema(theirs: Belongings, ours: Belongings) -> None:
    """What `print_of` compares is there in both, and differs."""
    with tenant_context(ours.tenant.schema_name):
        mine = print_of(ours.tenant)
    other = print_of(theirs.tenant)
    assert mine.keys() == other.keys()
    assert mine["orders_order"] != other["orders_order"]
