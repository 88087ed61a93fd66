"""A suspicious buyer at the pages, as a browser without a script sees them."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client

from kernel import clock
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory import sessions
from tenant_apps.queueing import proofs, suspicion
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain import Mode, RoomDraft
from tenant_apps.queueing.suspicion import Kind
from tests.support.suspects import score_of, suspect

HOME = "127.0.0.1"
LATER = timedelta(milliseconds=proofs.WAIT_MS)


def path(performance: Performance, rest: str = "") -> str:
    return f"/performances/{performance.public_id}/{rest}"


def choose(visitor: Client, performance: Performance, *places: int) -> Any:
    return visitor.post(path(performance, "choose/"), {"section": "stalls", "place": places})


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.fixture
def suspicious(live_tenant: TenantRecord) -> None:
    suspect(live_tenant.schema_name, Kind.PREFIX, HOME)


def session_of(visitor: Client) -> str:
    session = sessions.session_of(visitor.cookies[configured.BUYER_COOKIE_NAME].value)
    assert session
    return session


def fields_of(page: str) -> dict[str, list[str]]:
    """Read the hidden fields of the page's own form as a browser would send them."""
    page = page.partition("<main")[2].partition("</main>")[0]
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page):
        fields.setdefault(name, []).append(html.unescape(value))
    fields.pop("csrfmiddlewaretoken", None)
    return fields


@pytest.mark.usefixtures("suspicious")
def test_who_waits_is_let_in_with_what_they_chose(visitor: Client, house: Performance) -> None:
    now = clock.now()
    with clock.fixed(now):
        asked = choose(visitor, house, 8, 9)
    assert asked.status_code == 403
    assert asked["Retry-After"] == str(proofs.WAIT_MS // 1000)
    assert "Wait 20 seconds, then go on" in text_of(asked)
    assert not inventory.holds_of_session(performance_id=house.pk, session=session_of(visitor))

    kept = fields_of(asked.content.decode())
    assert kept == {"section": ["stalls"], "place": ["8", "9"]}
    with clock.fixed(now + LATER / 2):
        assert visitor.post(path(house, "choose/"), kept).status_code == 403
    with clock.fixed(now + LATER):
        assert visitor.post(path(house, "choose/"), kept)["Location"] == "/cart/"
    (held,) = inventory.holds_of_session(performance_id=house.pk, session=session_of(visitor))
    assert held.places == (8, 9)


@pytest.mark.usefixtures("suspicious")
def test_the_best_seats_and_the_waiting_room_ask_too(visitor: Client, house: Performance) -> None:
    found = visitor.post(path(house, "together/"), {"count": 2})
    assert (found.status_code, "Go on" in text_of(found)) == (403, True)

    draft = RoomDraft(mode=Mode.ON, per_minute=60_000)
    queueing.set_room(performance_id=house.pk, draft=draft, actor=SYSTEM)
    now = clock.now()
    with clock.fixed(now):
        asked = visitor.get(path(house), {"section": "stalls"})
    assert asked.status_code == 403
    assert fields_of(asked.content.decode()) == {"section": ["stalls"]}
    with clock.fixed(now + LATER):
        assert visitor.get(path(house), {"section": "stalls"}).status_code == 200


def test_an_honest_buyer_sees_nothing_of_it(visitor: Client, house: Performance) -> None:
    answer = choose(visitor, house, 8)
    assert answer["Location"] == "/cart/"
    assert answer["RateLimit"].startswith('"session";r=39;')
    assert '"tenant";' in answer["RateLimit-Policy"]


def test_who_holds_places_already_goes_on_with_them(
    visitor: Client, house: Performance, live_tenant: TenantRecord
) -> None:
    choose(visitor, house, 8)
    suspect(live_tenant.schema_name, Kind.PREFIX, HOME)
    assert choose(visitor, house, 8, 9)["Location"] == "/cart/"
    (held,) = inventory.holds_of_session(performance_id=house.pk, session=session_of(visitor))
    visitor.post(f"/cart/{held.hold_id}/", {"release": "1"})
    assert choose(visitor, house, 8).status_code == 403


def test_who_is_blocked_is_told_so_and_whom_to_ask(
    visitor: Client, house: Performance, live_tenant: TenantRecord
) -> None:
    suspect(live_tenant.schema_name, Kind.PREFIX, HOME, score=suspicion.BLOCK_FROM)
    answer = choose(visitor, house, 8)
    assert answer.status_code == 403
    assert "Write to the organizer" in text_of(answer)


def test_pages_count_against_who_reaches_a_limit(
    visitor: Client, house: Performance, live_tenant: TenantRecord, settings: Any
) -> None:
    settings.HOLDS_PER_SESSION_BURST, settings.HOLDS_PER_SESSION_PER_S = 1, 1
    choose(visitor, house, 8)
    refused = choose(visitor, house, 9)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) >= 1
    assert refused["RateLimit"].startswith('"session";r=0;')
    assert score_of(live_tenant.schema_name, Kind.SESSION, session_of(visitor)) == 1


@pytest.mark.usefixtures("suspicious")
def test_what_was_typed_is_shown_as_it_was_typed(visitor: Client, house: Performance) -> None:
    section = '"><script>alert(1)</script>'
    asked = visitor.post(path(house, "choose/"), {"section": section, "place": 8})
    assert "<script>alert" not in asked.content.decode()
    assert fields_of(asked.content.decode())["section"] == [section]
