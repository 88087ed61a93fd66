"""What one sees from a seat, on the page, in the map's data, and as pictures."""

from __future__ import annotations

import html

import pytest
from django.test import Client

from tenant_apps.access.domain import SYSTEM
from tenant_apps.events.models import Performance
from tenant_apps.storefront.queries import sights
from tenant_apps.venues import services as venues
from tenant_apps.venues.domain import Part
from tenant_apps.venues.queries import views_of
from tests.support.pictures import photo


def see(house: Performance, *part: str, alt: str = "", note: str = "") -> None:
    plan_id = house.plan_version.plan_id
    if alt:
        venues.add_view(
            plan_id=plan_id, part=Part(*part), content=photo(alt), alt=alt, note=note,
            actor=SYSTEM,
        )  # fmt: skip
    else:
        venues.set_view(plan_id=plan_id, part=Part(*part), note=note, actor=SYSTEM)
    sights.forget_cached()


def seats(visitor: Client, house: Performance, query: str = "?section=stalls") -> str:
    answer = visitor.get(f"/performances/{house.public_id}/{query}")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_a_seats_name_has_the_notes_of_its_row_and_its_own(
    visitor: Client, house: Performance
) -> None:
    see(house, "stalls", note="Under the balcony.")
    see(house, "stalls", "a", note="Little room for legs.")
    see(house, "stalls", "a", "6", note="A pillar to the left.")

    page = seats(visitor, house)

    said = "restricted view, Little room for legs., A pillar to the left., available"
    assert f'aria-label="Row A, seat 6, €41.00, {said}"' in page
    # Of a whole section it is said once, and not with every seat.
    assert 'aria-label="Row B, seat 2, €41.00, available"' in page
    assert page.count("Under the balcony.") == 1
    assert "<b>Row A</b> · <bdi>Little room for legs.</bdi>" in page
    assert "<b>Row A, seat 6</b> · <bdi>A pillar to the left.</bdi>" in page


def test_a_sections_pictures_are_on_its_page_and_not_on_anothers(
    visitor: Client, house: Performance
) -> None:
    see(house, "stalls", alt="The stage from the stalls")
    see(house, "stalls", "c", alt="The stage from row C")

    page = seats(visitor, house)
    assert page.count('loading="lazy"') == 2
    assert 'alt="The stage from the stalls"' in page
    assert 'width="1600" height="900"' in page
    assert "The view from here" not in seats(visitor, house, "?section=balcony")


def test_the_maps_script_is_told_where_they_are_only_when_there_are_some(
    visitor: Client, house: Performance
) -> None:
    assert '"sights_url": ""' in seats(visitor, house, "")
    see(house, "stalls", "b", alt="The stage from row B", note="A rail.")

    url = f"/plans/{house.plan_version.public_id}/sights.json"
    assert f'"sights_url": "{url}"' in seats(visitor, house, "")
    answer = visitor.get(url)
    assert answer["Cache-Control"] == "public, max-age=60"
    (sight,) = answer.json()["sights"]
    picture = sight.pop("picture")
    assert sight == {"first": 6, "end": 12, "exact": True, "note": "A rail."}
    assert (picture["alt"], picture["width"], picture["height"]) == (
        "The stage from row B", 1600, 900,
    )  # fmt: skip

    for size in ("small", "large"):
        shown = visitor.get(picture[size])
        assert shown.status_code == 200
        assert shown["Content-Type"] == "image/webp"
        assert shown["Cache-Control"] == "public, max-age=31536000, immutable"
        assert shown["X-Content-Type-Options"] == "nosniff"
        assert shown.content[8:12] == b"WEBP"


@pytest.mark.parametrize(
    "path",
    [
        "/pictures/pic_000000000000000000000000/480.webp",
        "/pictures/nonsense/480.webp",
        "/plans/plv_000000000000000000000000/sights.json",
    ],
)
def test_what_does_not_exist_is_missing(visitor: Client, house: Performance, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_a_width_that_nobody_made_is_missing(visitor: Client, house: Performance) -> None:
    see(house, "stalls", alt="a")
    shown = sights.sights_of(house.plan_version)[0].picture
    assert shown
    assert visitor.get(f"/pictures/{shown.public_id}/481.webp").status_code == 404
    assert visitor.get(f"/pictures/{shown.public_id}/99999999999.webp").status_code == 404


def test_a_picture_may_do_nothing_and_says_nothing_of_who_asks(
    visitor: Client, house: Performance
) -> None:
    shown = visitor.get(picture_address(house))

    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "Cookie" not in shown.get("Vary", "")
    assert not shown.cookies


def test_who_has_a_picture_is_not_sent_it_again_as_long_as_it_is_shown(
    visitor: Client, house: Performance
) -> None:
    address = picture_address(house)
    etag = visitor.get(address)["ETag"]

    again = visitor.get(address, headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Cache-Control"] == "public, max-age=31536000, immutable"
    other_width = address.replace("/480.", "/1280.")
    assert visitor.get(other_width, headers={"if-none-match": etag}).status_code == 200

    (view,) = views_of(house.plan_version.plan_id)
    venues.remove_view(view_id=view.public_id, actor=SYSTEM)
    assert visitor.get(address, headers={"if-none-match": etag}).status_code == 404


def picture_address(house: Performance) -> str:
    see(house, "stalls", alt="The stage from the stalls")
    shown = sights.sights_of(house.plan_version)[0].picture
    assert shown
    return sights.picture_url(shown.public_id, sights.SMALL)
