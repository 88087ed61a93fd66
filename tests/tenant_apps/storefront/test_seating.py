from __future__ import annotations

import html
import json
import re

import pytest
from django.http import HttpResponse
from django.test import Client

from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.events import services as events
from tenant_apps.events.domain import SeatRules, SingleSeats
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tests.tenant_apps.storefront.conftest import house_document, open_house


def seats_at(visitor: Client, house: Performance, query: str = "") -> str:
    answer = visitor.get(f"/performances/{house.public_id}/{query}")
    assert answer.status_code == 200, answer.content
    return html.unescape(answer.content.decode())


def choose(visitor: Client, house: Performance, **fields: object) -> object:
    return visitor.post(f"/performances/{house.public_id}/choose/", fields)


def held_by(visitor: Client, house: Performance) -> list[int]:
    """What the page itself says that the visitor holds."""
    page = seats_at(visitor, house)
    found = re.search(r'<script id="live" type="application/json">(.*?)</script>', page)
    assert found
    ordinals: list[int] = json.loads(found[1])["ordinals"]
    return ordinals


def test_the_overview_shows_sections_and_areas_but_no_seat(
    visitor: Client, house: Performance
) -> None:
    page = seats_at(visitor, house)

    assert "Stalls" in page
    assert "Balcony" in page
    assert 'name="area-floor"' in page
    assert 'name="place"' not in page


def test_a_seats_name_says_row_seat_price_peculiarity_and_state(
    visitor: Client, house: Performance
) -> None:
    page = seats_at(visitor, house, "?section=stalls")

    assert 'aria-label="Row A, seat 6, €41.00, restricted view, available"' in page
    assert page.count('name="place"') == 18


def test_a_seat_that_someone_else_holds_is_taken(visitor: Client, house: Performance) -> None:
    inventory.hold_places(performance_id=house.pk, session="somebody-else", ordinals=[7])

    page = seats_at(visitor, house, "?section=stalls")

    assert 'aria-label="Row B, seat 2, €41.00, taken" disabled' in page


def test_without_a_script_the_form_holds_the_ticked_seats(
    visitor: Client, house: Performance
) -> None:
    answer = choose(visitor, house, section="stalls", place=[8, 9])

    assert answer.status_code == 302
    assert answer["Location"] == "/cart/"
    assert held_by(visitor, house) == [8, 9]


def test_another_section_is_chosen_in_addition(visitor: Client, house: Performance) -> None:
    choose(visitor, house, section="stalls", place=[8, 9])
    choose(visitor, house, section="balcony", place=[18])

    assert held_by(visitor, house) == [8, 9, 18]


def test_what_is_unticked_is_given_back(visitor: Client, house: Performance) -> None:
    choose(visitor, house, section="stalls", place=[8, 9])
    choose(visitor, house, section="stalls", place=[9, 10])

    assert held_by(visitor, house) == [9, 10]


def test_standing_places_are_chosen_by_count(visitor: Client, house: Performance) -> None:
    choose(visitor, house, **{"area-floor": 3})
    assert len(held_by(visitor, house)) == 3

    choose(visitor, house, **{"area-floor": 1})
    assert len(held_by(visitor, house)) == 1


def test_a_seat_that_is_gone_is_named_and_nothing_is_changed(
    visitor: Client, house: Performance
) -> None:
    inventory.hold_places(performance_id=house.pk, session="somebody-else", ordinals=[9])

    answer = choose(visitor, house, section="stalls", place=[8, 9])

    assert answer.status_code == 409
    assert "Stalls · Row B · Seat 4" in answer.content.decode()
    assert held_by(visitor, house) == []


def test_more_than_the_limit_is_refused_in_words(visitor: Client, house: Performance) -> None:
    answer = choose(visitor, house, section="stalls", place=list(range(11)))

    assert answer.status_code == 409
    assert "more than one buyer may have" in answer.content.decode()


def test_nothing_chosen_is_said(visitor: Client, house: Performance) -> None:
    assert "Nothing is chosen yet" in choose(visitor, house, section="stalls").content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"place": ["x"]},
        {"place": ["-1"]},
        {"place": ["999999999999999999999"]},
        {"place": ["4000000"]},
        {"area-floor": "many"},
        {"area-floor": "99"},
        {"area-nowhere": "2"},
        {"section": "nowhere", "from": "77", "place": ["²"]},
    ],
)
def test_rubbish_is_a_4xx_and_holds_nothing(
    visitor: Client, house: Performance, fields: dict[str, object]
) -> None:
    answer = choose(visitor, house, **fields)

    assert 400 <= answer.status_code < 500
    assert held_by(visitor, house) == []


def test_the_best_seats_together_are_held_and_shown(visitor: Client, house: Performance) -> None:
    answer = visitor.post(f"/performances/{house.public_id}/together/", {"count": 2})

    assert answer["Location"].endswith("?section=stalls")
    # The plan has no stage, so the best seats look at the middle of its upper edge.
    assert held_by(visitor, house) == [4, 5]


def test_looking_again_replaces_what_was_found(visitor: Client, house: Performance) -> None:
    path = f"/performances/{house.public_id}/together/"
    visitor.post(path, {"count": 2})
    visitor.post(path, {"count": 2, "price": "B"})

    assert held_by(visitor, house) == [20, 21]


def test_seats_that_are_not_side_by_side_are_said_to_be_so(
    visitor: Client, house: Performance
) -> None:
    answer = visitor.post(f"/performances/{house.public_id}/together/", {"count": 7})

    assert answer["Location"].endswith("&found=near")
    assert len(held_by(visitor, house)) == 7
    page = seats_at(visitor, house, answer["Location"].partition("/?")[2].join(["?", ""]))
    assert "Your seats are in rows near each other" in page


def test_a_wheelchair_space_is_found_for_who_asks(visitor: Client, house: Performance) -> None:
    path = f"/performances/{house.public_id}/together/"
    visitor.post(path, {"count": 2, "need": "wheelchair"})

    assert held_by(visitor, house) == [0, 1]


def test_no_seats_together_is_said(visitor: Client, house: Performance) -> None:
    answer = visitor.post(f"/performances/{house.public_id}/together/", {"count": 9, "price": "B"})

    assert answer.status_code == 409
    assert "There are not so many seats near each other" in answer.content.decode()


def test_filters_leave_out_other_sections_and_seats(visitor: Client, house: Performance) -> None:
    def shown(query: str) -> set[str]:
        page = seats_at(visitor, house, query).split("Prices")[0]
        return {name for name in ("Stalls", "Balcony", "Floor") if f"<bdi>{name}</bdi>" in page}

    assert shown("") == {"Stalls", "Balcony", "Floor"}
    assert shown("?need=wheelchair") == {"Stalls"}
    assert shown("?price=B") == {"Balcony"}
    assert shown("?price=2600") == {"Balcony", "Floor"}
    assert shown("?price=1100") == {"Floor"}
    assert shown("?price=1") == set()
    nothing = seats_at(visitor, house, "?price=1")
    assert "No section matches" in nothing
    assert 'name="price"' in nothing

    page = seats_at(visitor, house, "?section=stalls&need=wheelchair")
    assert page.count("data-out") == 16


@pytest.mark.parametrize("query", ["?price=Z", "?price=-1", "?price=99999999999", "?need=a%00b"])
def test_a_filter_of_rubbish_filters_nothing(
    visitor: Client, house: Performance, query: str
) -> None:
    page = seats_at(visitor, house, query)
    assert "<bdi>Stalls</bdi>" in page
    assert "<bdi>Floor</bdi>" in page


def test_the_best_seats_cost_no_more_than_was_asked_for(
    visitor: Client, house: Performance
) -> None:
    visitor.post(f"/performances/{house.public_id}/together/", {"count": 2, "price": "3000"})

    assert held_by(visitor, house) == [20, 21]


def test_what_is_needed_of_a_seat_is_offered_and_found(
    visitor: Client, live_tenant: TenantRecord
) -> None:
    document = house_document()
    for seat in document["sections"][0]["rows"][2]["seats"][:2]:
        seat["attributes"] = ["step_free"]
    house = open_house(document=document)

    page = seats_at(visitor, house, "")
    assert '<option value="step_free">Step-free access</option>' in page
    assert "hearing_loop" not in page.split("<script")[0]
    visitor.post(f"/performances/{house.public_id}/together/", {"count": 2, "need": "step_free"})
    assert held_by(visitor, house) == [12, 13]


def test_an_area_that_one_has_places_in_is_never_filtered_out(
    visitor: Client, house: Performance
) -> None:
    choose(visitor, house, **{"area-floor": 2})

    assert "<bdi>Floor</bdi>" in seats_at(visitor, house, "?price=B")


def test_a_very_large_section_is_shown_some_rows_at_a_time(
    visitor: Client, house: Performance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenant_apps.storefront.queries.seating.MOST_SEATS_SHOWN", 12)

    page = seats_at(visitor, house, "?section=stalls")
    assert page.count('name="place"') == 12
    assert "?section=stalls&from=2" in page

    choose(visitor, house, section="stalls", place=[0])
    rest = seats_at(visitor, house, "?section=stalls&from=2")
    assert rest.count('name="place"') == 6
    choose(visitor, house, **{"section": "stalls", "from": "2", "place": [12]})
    assert held_by(visitor, house) == [0, 12]


def test_a_rule_for_seats_is_said_with_a_way_out(visitor: Client, house: Performance) -> None:
    events.update_performance(
        performance_id=house.pk,
        times=house.times,
        limits=house.limits,
        timezone=house.timezone,
        rules=SeatRules(single_seats=SingleSeats.STRICT),
        actor=SYSTEM,
    )

    answer = choose(visitor, house, section="stalls", place=["7", "8"])

    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 409
    page = html.unescape(answer.content.decode())
    assert "Take these seats too, or move along" in page
    assert "Stalls · Row B · Seat 1<" in page
    assert held_by(visitor, house) == []


def test_what_the_sale_asks_of_a_choice_is_said_before_anybody_chooses(
    visitor: Client, house: Performance
) -> None:
    url = f"/performances/{house.public_id}/"
    shown = visitor.get(url).content.decode()
    assert "At most 10 places for each order." in shown
    assert "single free seat" not in shown

    events.update_performance(
        performance_id=house.pk,
        times=house.times,
        limits=house.limits,
        timezone=house.timezone,
        rules=SeatRules(
            single_seats=SingleSeats.STRICT, companions_with_wheelchair=True, least_together=2
        ),
        actor=SYSTEM,
    )

    for path in (url, f"{url}?section=stalls"):
        shown = visitor.get(path).content.decode()
        assert "No single free seat may be left between taken ones." in shown
        assert "A companion seat goes with the wheelchair space beside it." in shown
        assert "At least 2 seats side by side." in shown
        assert "Tables are sold" not in shown
