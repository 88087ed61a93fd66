"""What is held through the pages is watched like what is held through the live process."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from kernel import clock
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.queueing import proofs, scoring
from tenant_apps.queueing.domain.rules import SHORT_HOLD_MS, Kind, Signs
from tests.support.suspects import suspect
from tests.tenant_apps.storefront.test_buying import choose, hold_id
from tests.tenant_apps.storefront.test_proof_page import choose as ask_for
from tests.tenant_apps.storefront.test_proof_page import session_of

AFTER = timedelta(minutes=40)


def signs_after(visitor: Client) -> Signs:
    """Return what is counted of the visitor's session once every hold is over."""
    for later in (timedelta(), AFTER):
        with clock.fixed(clock.now() + later):
            scoring.read_notes()
    who = scoring.who_is(Kind.SESSION, session_of(visitor))
    [(_, signs)] = scoring.signs_of([who])
    return signs


def test_places_that_a_page_held_for_nothing_are_a_sign(
    visitor: Client, house: Performance
) -> None:
    choose(visitor, house, 8, 9)
    assert signs_after(visitor) == Signs(lapsed=1)


def test_what_is_given_back_from_the_cart_is_none(visitor: Client, house: Performance) -> None:
    choose(visitor, house, 8, 9)
    visitor.post(f"/cart/{hold_id(visitor)}/", {"drop": "8"})
    visitor.post(f"/cart/{hold_id(visitor)}/", {"release": "1"})
    assert signs_after(visitor) == Signs()


def test_more_time_from_a_page_is_seen(visitor: Client, house: Performance) -> None:
    choose(visitor, house, 8)
    first = inventory.holds_of_session(performance_id=house.pk, session=session_of(visitor))[0]
    with clock.fixed(clock.now() + timedelta(minutes=5)):
        visitor.post("/cart/more-time/")
        scoring.read_notes()
    with clock.fixed(first.expires_at + timedelta(seconds=1)):
        scoring.read_notes()
    who = scoring.who_is(Kind.SESSION, session_of(visitor))
    assert scoring.signs_of([who]) == [(Kind.SESSION, Signs())]
    assert signs_after(visitor) == Signs(lapsed=1)


def test_a_suspect_who_has_waited_holds_for_a_short_time(
    visitor: Client, house: Performance
) -> None:
    suspect("t_aurora", Kind.PREFIX, "127.0.0.1")
    assert ask_for(visitor, house, 8).status_code == 403
    with clock.fixed(clock.now() + timedelta(milliseconds=proofs.WAIT_MS)):
        choose(visitor, house, 8)
        [hold] = inventory.holds_of_session(performance_id=house.pk, session=session_of(visitor))
        assert 0 < hold.seconds_left <= SHORT_HOLD_MS // 1000
        assert hold.extensions_left == 0
