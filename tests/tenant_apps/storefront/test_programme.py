from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.test import Client

from kernel import clock
from public_apps.tenants.domain import TenantRecord
from tenant_apps.events import services as events
from tenant_apps.events.models import Performance
from tenant_apps.inventory import services as inventory
from tests.support.http import client_at
from tests.support.performances import OWNER, make_event
from tests.tenant_apps.storefront.conftest import open_house


def page(visitor: Client, path: str) -> str:
    answer = visitor.get(path)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_the_home_page_says_so_when_nothing_is_on(visitor: Client) -> None:
    assert "Nothing is announced yet" in page(visitor, "/")


def test_the_home_page_shows_what_is_on_with_its_price_all_in(
    visitor: Client, house: Performance
) -> None:
    home = page(visitor, "/")

    assert "Hamlet" in home
    assert "The prince of Denmark." in home
    assert "from <b>€11.00</b>" in home  # the floor at €10 and the fee of €1
    assert "On sale" in home


def test_an_event_page_shows_dates_in_the_zone_of_the_house(
    visitor: Client, live_tenant: TenantRecord
) -> None:
    starts_at = datetime(2030, 7, 5, 18, 0, tzinfo=UTC)
    open_house(starts_at=starts_at, doors_at=starts_at - timedelta(minutes=30))

    event = page(visitor, "/events/hamlet/")

    assert "Friday, 5 July 2030, " in event
    assert "20:00" in event
    assert "doors 19:30" in event
    assert "Berlin time" in event
    assert "<p>Or not.</p>" in event


def test_an_events_headings_and_lists_are_drawn_and_not_its_markup(
    visitor: Client, live_tenant: TenantRecord
) -> None:
    open_house(
        event=make_event(summary="", description="To be.\n\n## Cast\n\n- A <ghost>\n- Yorick")
    )

    event = page(visitor, "/events/hamlet/")

    assert "<h3>Cast</h3>" in event
    assert "<ul><li>A &lt;ghost&gt;</li><li>Yorick</li></ul>" in event
    assert "##" not in event


def test_a_sale_that_opens_soon_counts_down(visitor: Client, live_tenant: TenantRecord) -> None:
    open_house(sale_opens_at=clock.now() + timedelta(minutes=2))

    event = page(visitor, "/events/hamlet/")

    assert 'data-countdown="1' in event
    assert "Choose places" not in event


def test_before_the_sale_the_seats_lead_back_to_the_event(
    visitor: Client, live_tenant: TenantRecord
) -> None:
    performance = open_house(sale_opens_at=clock.now() + timedelta(minutes=2))

    answer = visitor.get(f"/performances/{performance.public_id}/")

    assert answer.status_code == 302
    assert answer["Location"] == "/events/hamlet/"


def test_a_sold_out_performance_says_so(visitor: Client, house: Performance) -> None:
    inventory.claim_places(performance_id=house.pk, ordinals=range(46), order_ref="ord_1")

    event = page(visitor, "/events/hamlet/")

    assert "Sold out" in event
    assert "Choose places" not in event


def test_a_cancelled_event_says_what_happens_to_the_money(
    visitor: Client, house: Performance
) -> None:
    events.cancel_event(event_id=house.event_id, reason="fire", actor=OWNER)

    event = page(visitor, "/events/hamlet/")

    assert "This event will not take place" in event
    assert visitor.get(f"/performances/{house.public_id}/").status_code == 410


def test_a_past_performance_is_kept_apart(visitor: Client, live_tenant: TenantRecord) -> None:
    now = clock.now()
    open_house(
        starts_at=now - timedelta(days=2),
        ends_at=now - timedelta(days=2, hours=-2),
        sale_opens_at=now - timedelta(days=9),
    )

    assert "1 past date" in page(visitor, "/events/hamlet/")
    assert "Past events" in page(visitor, "/")


def test_a_draft_is_unknown_to_buyers(visitor: Client, live_tenant: TenantRecord) -> None:
    make_event(slug="secret")

    assert visitor.get("/events/secret/").status_code == 404
    assert "secret" not in page(visitor, "/")


def test_another_organizers_events_do_not_exist_here(
    house: Performance, other_tenant: TenantRecord
) -> None:
    stranger = client_at(other_tenant)

    assert stranger.get("/events/hamlet/").status_code == 404
    assert stranger.get(f"/performances/{house.public_id}/").status_code == 404


def test_the_brand_sheet_is_css_and_pages_have_nothing_inline(
    visitor: Client, house: Performance
) -> None:
    sheet = visitor.get("/brand.css")
    assert sheet["Content-Type"].startswith("text/css")
    assert "--brand:" in sheet.content.decode()

    for path in ("/", "/events/hamlet/", f"/performances/{house.public_id}/", "/cart/", "/orders/"):
        html = page(visitor, path)
        assert "style=" not in html
        assert "<style" not in html
        assert " onclick=" not in html
