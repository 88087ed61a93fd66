"""Every route of the live process, asked with what is another tenant's.

A new route that this file does not know fails here by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from eventflow import live
from kernel.db import tenant_context
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.inventory import sessions
from tenant_apps.queueing import services as queueing
from tenant_apps.queueing.domain import Mode, RoomDraft
from tenant_apps.queueing.suspicion import Kind
from tests.isolation.belongings import Belongings, fill, print_of
from tests.support.servers import buyer, serving
from tests.support.suspects import solve, suspect

SESSION = "a-session-of-somebody"
PLACE = 7
BASE = "/live/performances/{performance}"

# What each route is sent.
ROUTES: dict[str, dict[str, Any] | None] = {
    "GET /healthz": None,
    "GET /readyz": None,
    "GET /live/healthz": None,
    "GET /live/readyz": None,
    f"GET {BASE}/availability": None,
    f"GET {BASE}/feed": None,
    # Nothing is that cheap: it searches, and changes nothing.
    f"POST {BASE}/best": {"count": 2, "price_most": 0},
    f"POST {BASE}/holds": {"places": [PLACE]},
    f"POST {BASE}/room": None,
    f"DELETE {BASE}/room": None,
    f"GET {BASE}/room/feed": None,
    f"POST {BASE}/proof": None,
    f"GET {BASE}/holds": None,
    f"GET {BASE}/holds/{{hold}}": None,
    f"PATCH {BASE}/holds/{{hold}}": {"add": [PLACE + 1]},
    f"POST {BASE}/holds/{{hold}}/extend": {},
    f"DELETE {BASE}/holds/{{hold}}": None,
}
OF_A_PERFORMANCE = [route for route in ROUTES if "{performance}" in route]
OF_A_HOLD = [route for route in ROUTES if "{hold}" in route]
# What is right of the others, where it has its effect: a proof that nobody asked for has none.
ANSWERED = {200, 204, 409}
# There is none until `rooms` switches it on.
OF_A_ROOM = [route for route in ROUTES if "/room" in route]


@dataclass(slots=True)
class Visitor:
    """A tenant, and somebody who holds a place there: their token and the ids they know."""

    belongings: Belongings
    token: str
    ids: dict[str, str]


def settle_in(belongings: Belongings) -> Visitor:
    schema_name = belongings.tenant.schema_name
    with tenant_context(schema_name):
        performance = Performance.objects.get(public_id=belongings.ids["performance_id"])
        hold = inventory.hold_places(
            performance_id=performance.pk, session=SESSION, ordinals=[PLACE]
        )
    return Visitor(
        belongings=belongings,
        token=sessions.token_of(SESSION, schema_name=schema_name),
        ids={"performance": performance.public_id, "hold": hold.hold_id},
    )


@pytest.fixture
def theirs(live_tenant: Any, other_tenant: Any) -> Visitor:
    return settle_in(fill(other_tenant, "borealis"))


@pytest.fixture
def ours(theirs: Visitor, live_tenant: Any) -> Visitor:
    return settle_in(fill(live_tenant, "aurora"))


@pytest.fixture
def address(ours: Visitor) -> Iterator[str]:
    with serving(live.application) as served_at:
        yield served_at


def ask(
    address: str, route: str, *, at: Visitor, about: dict[str, str], token: str
) -> tuple[int, str]:
    """Ask one route; the status, and all that was said. Of a stream that is its beginning."""
    method, _, path = route.partition(" ")
    client: httpx.Client = buyer(address, at.belongings.tenant)
    headers = {sessions.HEADER: token} if token else {}
    with (
        client,
        client.stream(method, path.format(**about), json=ROUTES[route], headers=headers) as answer,
    ):
        is_stream = answer.headers.get("content-type", "").startswith("text/event-stream")
        said = next(answer.iter_text()) if is_stream else answer.read().decode(errors="replace")
        return answer.status_code, f"{said} {dict(answer.headers)}"


def test_every_route_is_known_to_this_file() -> None:
    assert all(isinstance(route, Route) for route in live.served.routes)
    served = {
        f"{method} {route.path}"
        for route in live.served.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served == set(ROUTES), f"unknown or gone: {sorted(served ^ set(ROUTES))}"


def test_their_performance_is_not_at_our_host(address: str, theirs: Visitor, ours: Visitor) -> None:
    before = print_of(theirs.belongings.tenant)
    for route in OF_A_PERFORMANCE:
        for token in (theirs.token, ours.token, ""):
            status, said = ask(address, route, at=ours, about=theirs.ids, token=token)
            assert (status, "no_such_performance" in said) == (404, True), route
            assert print_of(theirs.belongings.tenant) == before, f"{route} changed theirs"


def test_their_session_and_their_hold_are_nobodys_at_our_performance(
    address: str, theirs: Visitor, ours: Visitor
) -> None:
    before = print_of(theirs.belongings.tenant), print_of(ours.belongings.tenant)
    about = ours.ids | {"hold": theirs.ids["hold"]}
    for route in OF_A_PERFORMANCE:
        for token in (theirs.token, ours.token):
            status, said = ask(address, route, at=ours, about=about, token=token)
            wanted = {204, 401, 404} if route in OF_A_HOLD else ANSWERED
            # No room, or no place to show at its feed.
            wanted = {403, 404} if route in OF_A_ROOM else wanted
            assert status in wanted, f"{route}: {status}"
            assert theirs.ids["hold"] not in said, f"{route} shows their hold"
            after = print_of(theirs.belongings.tenant), print_of(ours.belongings.tenant)
            assert after == before, f"{route} changed something"


def test_our_session_is_nobodys_at_theirs(address: str, theirs: Visitor, ours: Visitor) -> None:
    before = print_of(theirs.belongings.tenant)
    for route in OF_A_PERFORMANCE:
        status, said = ask(address, route, at=theirs, about=theirs.ids, token=ours.token)
        wanted = {401, 404} if route in OF_A_HOLD else ANSWERED
        # No room, or no place to show at its feed.
        wanted = {403, 404} if route in OF_A_ROOM else wanted
        assert status in wanted, f"{route}: {status}"
        assert theirs.ids["hold"] not in said, f"{route} shows their hold"
        assert print_of(theirs.belongings.tenant) == before, f"{route} changed theirs"


def test_their_own_session_leads_somewhere(address: str, theirs: Visitor) -> None:
    """If this test fails, the ones above prove nothing."""
    for route in [each for each in OF_A_PERFORMANCE if each not in OF_A_ROOM]:
        status, said = ask(address, route, at=theirs, about=theirs.ids, token=theirs.token)
        if route == f"POST {BASE}/holds":
            assert (status, "seats_taken" in said) == (409, True)  # their own hold has it
            continue
        if route == f"POST {BASE}/best":
            assert (status, "none_together" in said) == (409, True)
            continue
        assert status in (200, 204), f"{route}: {status}"
        if (route in OF_A_HOLD and status == 200) or route == f"GET {BASE}/holds":
            assert theirs.ids["hold"] in said, route


@pytest.fixture
def rooms(theirs: Visitor, ours: Visitor) -> dict[str, str]:
    """Switch both waiting rooms on and let their visitor take a place; the signed places."""
    places = {}
    for whose, visitor in (("theirs", theirs), ("ours", ours)):
        with tenant_context(visitor.belongings.tenant.schema_name):
            performance = Performance.objects.get(public_id=visitor.ids["performance"])
            draft = RoomDraft(mode=Mode.ON, most_inside=1)
            queueing.set_room(performance_id=performance.pk, draft=draft, actor=SYSTEM)
            rules = queueing.find_open_rules(performance.pk)
            assert rules is not None
            _, places[whose] = queueing.join(rules, session=SESSION, free_places=lambda: 0)
    return places


def ask_room(
    address: str, route: str, *, at: Visitor, about: Visitor, token: str, place: str
) -> tuple[int, str]:
    """Ask a route of a room with a session and a signed place; the status, and its code."""
    method, _, path = route.partition(" ")
    headers = {sessions.HEADER: token, "EventFlow-Place": place}
    with (
        buyer(address, at.belongings.tenant) as client,
        client.stream(method, path.format(**about.ids), headers=headers) as answer,
    ):
        said = "" if answer.status_code < 300 else answer.read().decode()
        return answer.status_code, said


def test_their_room_is_not_at_our_host(
    address: str, theirs: Visitor, ours: Visitor, rooms: dict[str, str]
) -> None:
    before = print_of(theirs.belongings.tenant)
    for route in OF_A_ROOM:
        for token, place in ((theirs.token, rooms["theirs"]), (ours.token, rooms["ours"])):
            status, said = ask_room(address, route, at=ours, about=theirs, token=token, place=place)
            assert (status, "no_such_performance" in said) == (404, True), route
            assert print_of(theirs.belongings.tenant) == before, f"{route} changed theirs"


def test_their_place_is_nobodys_in_our_room(
    address: str, theirs: Visitor, ours: Visitor, rooms: dict[str, str]
) -> None:
    before = print_of(theirs.belongings.tenant)
    for route in (f"POST {BASE}/room", f"GET {BASE}/room/feed"):
        status, said = ask_room(
            address, route, at=ours, about=ours, token=theirs.token, place=rooms["theirs"]
        )
        assert (status, "bad_place" in said) == (403, True), route
    assert print_of(theirs.belongings.tenant) == before


def test_their_own_place_leads_into_their_room(
    address: str, theirs: Visitor, rooms: dict[str, str]
) -> None:
    """If this test fails, the two above prove nothing."""
    for route in OF_A_ROOM:
        status, _ = ask_room(
            address, route, at=theirs, about=theirs, token=theirs.token, place=rooms["theirs"]
        )
        assert status in (200, 204), route


def test_their_suspicion_is_unknown_at_ours(address: str, theirs: Visitor, ours: Visitor) -> None:
    for kind, who in ((Kind.SESSION, SESSION), (Kind.PREFIX, "127.0.0.1")):
        suspect(theirs.belongings.tenant.schema_name, kind, who)
    route = f"POST {BASE}/proof"
    status, said = ask(address, route, at=theirs, about=theirs.ids, token=theirs.token)
    assert (status, "proof_needed" in said) == (403, True)
    status, _ = ask(address, route, at=ours, about=ours.ids, token=ours.token)
    assert status == 204


def test_their_proof_is_nobodys_at_ours(address: str, theirs: Visitor, ours: Visitor) -> None:
    """The session has the same name at both: it is the tenant that tells them apart."""
    for visitor in (theirs, ours):
        suspect(visitor.belongings.tenant.schema_name, Kind.SESSION, SESSION)
    proof = ""
    for at, wanted in ((theirs, 403), (ours, 403), (theirs, 204)):
        headers = {sessions.HEADER: at.token, "EventFlow-Proof": proof}
        with buyer(address, at.belongings.tenant) as client:
            answer = client.post(f"{BASE}/proof".format(**at.ids), headers=headers)
        assert answer.status_code == wanted
        proof = proof or solve(answer.json()["challenge"])
