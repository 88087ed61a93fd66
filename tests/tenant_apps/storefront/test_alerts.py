"""At a sold-out performance one leaves an address; nobody learns whose are there."""

from __future__ import annotations

import html
import re

import pytest
from django.core import mail
from django.test import Client

from kernel import clock
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tenant_apps.notifications.models import PlaceAlert
from tests.support.queue import drain

EVERY_PLACE = range(18 + 8 + 20)


@pytest.fixture
def sold_out(house: Performance) -> Performance:
    inventory.block_places(
        performance_id=house.pk, ordinals=EVERY_PLACE, reason="sold elsewhere", actor=SYSTEM
    )
    drain()
    return house


def page(visitor: Client, address: str) -> str:
    answer = visitor.get(address)
    assert answer.status_code == 200, answer.content
    return html.unescape(answer.content.decode())


def address_of(performance: Performance) -> str:
    return f"/performances/{performance.public_id}/alert/"


# In every seat page: its script shows it when the last place goes.
HIDDEN = "data-sold-out hidden>"


def test_the_pages_of_a_sold_out_performance_lead_to_the_form(
    visitor: Client, sold_out: Performance
) -> None:
    for path in (f"/events/{sold_out.event.slug}/", f"/performances/{sold_out.public_id}/"):
        shown = page(visitor, path)
        assert f'href="{address_of(sold_out)}"' in shown
        assert HIDDEN not in shown


def test_while_there_are_places_nothing_leads_there(visitor: Client, house: Performance) -> None:
    assert address_of(house) not in page(visitor, f"/events/{house.event.slug}/")
    assert HIDDEN in page(visitor, f"/performances/{house.public_id}/")
    assert "There may be places right now." in page(visitor, address_of(house))


def test_an_address_is_taken_and_confirmed(visitor: Client, sold_out: Performance) -> None:
    assert "There may be places" not in page(visitor, address_of(sold_out))

    answer = visitor.post(
        address_of(sold_out), {"email": " ada@example.org ", "places": "3"}, follow=True
    )

    assert "We will write to you" in answer.content.decode()
    alert = PlaceAlert.objects.get()
    assert (alert.email, alert.places, alert.locale) == ("ada@example.org", 3, "en")
    drain()
    assert mail.outbox[0].to == ["ada@example.org"]


def test_the_answer_is_the_same_for_an_address_that_waits_already(
    visitor: Client, sold_out: Performance
) -> None:
    form = {"email": "ada@example.org", "places": "2"}
    first = visitor.post(address_of(sold_out), form)
    second = visitor.post(address_of(sold_out), form)

    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert PlaceAlert.objects.count() == 1


@pytest.mark.parametrize("places", ["", "0", "-3", "many", "999999999999", "٣"])
def test_a_strange_number_of_places_is_mended(
    visitor: Client, sold_out: Performance, places: str
) -> None:
    visitor.post(address_of(sold_out), {"email": "ada@example.org", "places": places})
    assert 1 <= PlaceAlert.objects.get().places <= sold_out.max_places_per_order


def test_a_bad_address_is_told_and_what_was_typed_stays(
    visitor: Client, sold_out: Performance
) -> None:
    answer = visitor.post(address_of(sold_out), {"email": "ada@", "places": "4"})

    assert answer.status_code == 422
    shown = answer.content.decode()
    assert 'aria-invalid="true"' in shown
    assert 'value="ada@"' in shown
    assert "<option selected>4</option>" in shown
    assert not PlaceAlert.objects.exists()


def test_one_network_asks_for_so_many_and_no_more(visitor: Client, sold_out: Performance) -> None:
    answers = [
        visitor.post(address_of(sold_out), {"email": f"a{n}@example.org"}).status_code
        for n in range(11)
    ]
    assert answers == [302] * 10 + [429]


def test_once_the_sale_is_over_the_form_leads_to_the_event(
    visitor: Client, sold_out: Performance
) -> None:
    with clock.fixed(sold_out.sale_closes_at):
        for answer in (
            visitor.get(address_of(sold_out)),
            visitor.post(address_of(sold_out), {"email": "ada@example.org"}),
        ):
            assert answer["Location"] == f"/events/{sold_out.event.slug}/"
    assert not PlaceAlert.objects.exists()


def test_the_link_of_the_mail_ends_it_by_its_button_alone(
    visitor: Client, sold_out: Performance
) -> None:
    visitor.post(address_of(sold_out), {"email": "ada@example.org"})
    drain()
    found = re.search(r"/alerts/[^/\s]+/", str(mail.outbox[0].body))
    assert found

    # Programs look at what links in mails lead to.
    assert "You are waiting for places" in page(visitor, found[0])
    assert PlaceAlert.objects.exists()

    assert "not waiting any more" in visitor.post(found[0]).content.decode()
    assert not PlaceAlert.objects.exists()
    assert visitor.get(found[0]).status_code == 404
    assert visitor.get("/alerts/nonsense/").status_code == 404
