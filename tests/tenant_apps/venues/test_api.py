"""Programs show and say what one sees from a plan's places."""

from __future__ import annotations

import io
from typing import Any
from unittest.mock import ANY
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test.client import encode_multipart
from PIL import Image

from kernel import ids
from kernel.db import tenant_context
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.venues import services
from tenant_apps.venues.models import Picture, PlaceView, Plan
from tests.support.api import ApiClient, api_client, ensure_problem, told
from tests.support.pictures import photo
from tests.support.plans import small_plan

MEBIBYTE = 1024 * 1024


@pytest.fixture
def api(live_tenant: TenantRecord) -> ApiClient:
    return api_client(live_tenant, "venues:edit")


@pytest.fixture
def plan(live_tenant: TenantRecord) -> Plan:
    return make_plan()


def make_plan(name: str = "Seated") -> Plan:
    venue = services.create_venue(name=f"Hall of {name}", timezone="Europe/Berlin", actor=SYSTEM)
    plan = services.create_plan(venue_id=venue.pk, name=name, document=small_plan(), actor=SYSTEM)
    services.publish_plan(plan_id=plan.pk, actor=SYSTEM)
    return plan


def address(plan: Plan) -> str:
    return f"/api/v1/plans/{plan.public_id}/views"


def put(api: ApiClient, plan: Plan, key: str = "", **form: Any) -> HttpResponse:
    """Send a form, with a boundary of its own, as every client makes one."""
    boundary = uuid4().hex
    if isinstance(form.get("picture"), bytes):
        form["picture"] = SimpleUploadedFile("view.jpg", form["picture"], "image/jpeg")
    return api.ask(
        "PUT",
        address(plan),
        encode_multipart(boundary, form),
        content_type=f"multipart/form-data; boundary={boundary}",
        idempotency_key=key or uuid4().hex,
    )


# What there is ---------------------------------------------------------------------------------


def test_plans_are_listed_with_what_is_published(api: ApiClient, plan: Plan) -> None:
    venue = services.create_venue(name="Barn", timezone="Europe/Berlin", actor=SYSTEM)
    services.create_plan(venue_id=venue.pk, name="Draft", document=small_plan(), actor=SYSTEM)

    items = told(api.get("/api/v1/plans"))["items"]

    assert [(item["venue"], item["name"], item["published"]) for item in items] == [
        ("Barn", "Draft", None),
        ("Hall of Seated", "Seated", {"id": ANY, "number": 1, "places": 16}),
    ]
    assert items[1]["id"] == plan.public_id


def test_a_picture_is_shown_listed_and_served(api: ApiClient, plan: Plan) -> None:
    answer = put(
        api, plan, section="stalls", row="r2", seat="3", alt="The stage", note="A rail.",
        picture=photo(),
    )  # fmt: skip

    assert answer.status_code == 200, answer.content
    view = told(answer)
    assert view == {
        "id": ANY, "section": "stalls", "row": "r2", "seat": "3", "note": "A rail.",
        "picture": {"small": ANY, "large": ANY, "alt": "The stage", "width": 1600, "height": 900},
        "changed_at": ANY,
    }  # fmt: skip
    assert told(api.get(address(plan))) == {"items": [view], "next": None}
    for size, width in (("small", 480), ("large", 1280)):
        served = api.get(view["picture"][size], authorization="", accept="")
        assert Image.open(io.BytesIO(served.content)).width == width


def test_a_picture_is_turned_as_it_was_held(api: ApiClient, plan: Plan) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    sent = photo("", 900, 1600, exif=exif)

    shown = told(put(api, plan, section="stalls", alt="The stage", picture=sent))["picture"]

    assert (shown["width"], shown["height"]) == (1600, 900)


def test_a_note_alone_may_come_as_json_or_as_a_form(api: ApiClient, plan: Plan) -> None:
    by_json = api.ask("PUT", address(plan), {"section": "stalls", "row": "r1", "note": "Narrow."})
    by_form = put(api, plan, section="stalls", row="r2", note="Narrow.")

    for answer in (by_json, by_form):
        assert (told(answer)["note"], told(answer)["picture"]) == ("Narrow.", None)


def test_what_is_put_takes_the_place_of_what_was_there(api: ApiClient, plan: Plan) -> None:
    first = told(put(api, plan, section="stalls", alt="The stage", picture=photo()))
    again = told(api.ask("PUT", address(plan), {"section": "stalls", "note": "Dark."}))

    assert (again["id"], again["picture"], again["note"]) == (first["id"], None, "Dark.")
    assert not Picture.objects.exists()


def test_what_was_removed_is_gone_with_its_picture(api: ApiClient, plan: Plan) -> None:
    view = told(put(api, plan, section="stalls", alt="The stage", picture=photo()))
    path = f"{address(plan)}/{view['id']}"

    assert api.ask("DELETE", path).status_code == 204
    assert not Picture.objects.exists()
    assert api.get(view["picture"]["small"], accept="").status_code == 404
    ensure_problem(api.ask("DELETE", path), 404, "no_such_view")


def test_a_view_is_removed_from_its_own_plan_alone(api: ApiClient, plan: Plan) -> None:
    view = told(put(api, plan, section="stalls", note="Dark."))
    other = make_plan("Other")

    ensure_problem(api.ask("DELETE", f"{address(other)}/{view['id']}"), 404, "no_such_view")
    assert PlaceView.objects.exists()


# Once ------------------------------------------------------------------------------------------


def test_a_form_that_is_sent_again_is_the_same_request(api: ApiClient, plan: Plan) -> None:
    form = {"section": "stalls", "alt": "The stage", "picture": photo()}
    first = put(api, plan, "k1", **form)
    again = put(api, plan, "k1", **form)

    assert again["Idempotent-Replayed"] == "true"
    assert told(again) == told(first)


@pytest.mark.parametrize(
    "changed", [{"alt": "Other words"}, {"picture": photo("other")}, {"note": "And a note"}]
)
def test_another_form_with_the_same_key_is_refused(
    api: ApiClient, plan: Plan, changed: dict[str, Any]
) -> None:
    form = {"section": "stalls", "alt": "The stage", "picture": photo()}
    put(api, plan, "k1", **form)

    answer = put(api, plan, "k1", **form | changed)

    ensure_problem(answer, 422, "idempotency_key_reused")


def test_a_removal_that_is_sent_again_is_the_same_request(api: ApiClient, plan: Plan) -> None:
    view = told(put(api, plan, section="stalls", note="Dark."))
    path = f"{address(plan)}/{view['id']}"
    for _ in range(2):
        answer = api.ask("DELETE", path, idempotency_key="k1")
        assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Idempotent-Replayed"] == "true"


# What is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no_picture"),
        (photo(kind="GIF"), "no_picture"),
        (photo()[:3_000], "no_picture"),
        (photo("", 8_000, 5_001), "picture_too_many_pixels"),
        (photo("", 319, 300), "picture_too_small"),
        (photo("", 400, 801), "picture_too_tall"),
        (bytes(8 * MEBIBYTE + 1), "picture_too_big"),
    ],
)
def test_a_file_that_is_no_picture_here_is_refused_with_its_reason(
    api: ApiClient, plan: Plan, content: bytes, code: str
) -> None:
    answer = put(api, plan, section="stalls", alt="x", picture=content)

    assert ensure_problem(answer, 422, code)["field"] == "picture"
    assert not Picture.objects.exists()


def test_a_picture_of_the_most_bytes_is_taken(api: ApiClient, plan: Plan) -> None:
    content = photo()
    # What comes after a JPEG's end is not looked at, and not kept.
    content += bytes(8 * MEBIBYTE - len(content))

    assert put(api, plan, section="stalls", alt="x", picture=content).status_code == 200


@pytest.mark.parametrize(
    ("form", "code", "field"),
    [
        ({"section": "gallery", "note": "x"}, "no_such_part_of_plan", "section"),
        ({"section": "stalls", "row": "r9", "note": "x"}, "no_such_part_of_plan", "row"),
        ({"section": "stalls"}, "view_says_nothing", "note"),
        ({"section": "stalls", "picture": photo()}, "picture_without_words", "alt"),
    ],
)
def test_what_cannot_be_said_is_refused_at_its_field(
    api: ApiClient, plan: Plan, form: dict[str, Any], code: str, field: str
) -> None:
    assert ensure_problem(put(api, plan, **form), 422, code)["field"] == field
    assert not Picture.objects.exists()


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"note": "x"}, "section"),
        ({"section": "stalls", "note": "x" * 201}, "note"),
        ({"section": "stalls", "note": "x", "alt": "of nothing"}, "alt"),
        ({"section": "stalls", "note": "x", "colour": "red"}, "colour"),
        ({"section": "stalls", "note": ["x", "y"]}, "note"),
        ({"section": "stalls", "alt": "x", "picture": "text"}, "picture"),
    ],
)
def test_a_form_is_exactly_what_is_documented(
    api: ApiClient, plan: Plan, form: dict[str, Any], field: str
) -> None:
    body = ensure_problem(put(api, plan, **form), 422, "invalid")
    assert [error["field"] for error in body["errors"]] == [field]


def test_more_than_the_largest_picture_is_not_read(api: ApiClient, plan: Plan) -> None:
    answer = put(api, plan, section="stalls", alt="x", picture=bytes(9 * MEBIBYTE))
    assert ensure_problem(answer, 413, "body_too_large")["most_bytes"] == 8 * MEBIBYTE + 65_536


def test_only_a_form_where_one_is_taken_may_be_large(api: ApiClient, plan: Plan) -> None:
    json_body = {"section": "stalls", "note": "x" * 70_000}
    ensure_problem(api.ask("PUT", address(plan), json_body), 413, "body_too_large")
    elsewhere = {
        "path": "/api/v1/tickets/redeem",
        "content_type": "multipart/form-data; boundary=x",
    }
    everything = api_client(api.tenant)
    ensure_problem(everything.ask("POST", body=bytes(70_000), **elsewhere), 413, "body_too_large")
    ensure_problem(everything.ask("POST", body=b"x", **elsewhere), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("multipart/form-data; boundary=x", b"rubbish", 422),
        ("multipart/form-data", b"rubbish", 400),
        ("multipart/form-data; boundary=x", b"", 422),
        ("application/x-www-form-urlencoded", b"section=stalls&note=x", 415),
        ("image/jpeg", b"rubbish", 415),
    ],
)
def test_rubbish_is_refused(
    api: ApiClient, plan: Plan, content_type: str, body: bytes, status: int
) -> None:
    answer = api.ask("PUT", address(plan), body, content_type=content_type)
    assert answer.status_code == status, answer.content


def test_a_form_with_many_fields_is_not_read(api: ApiClient, plan: Plan) -> None:
    many = {f"field{number}": "x" for number in range(2_100)}
    ensure_problem(put(api, plan, **many), 400, "malformed")


# Who may ---------------------------------------------------------------------------------------


def test_nothing_is_read_of_who_may_not(live_tenant: TenantRecord, plan: Plan) -> None:
    stranger = ApiClient(live_tenant, "")
    blind = api_client(live_tenant, "events:read", "orders:read")
    form = {"section": "stalls", "alt": "x", "picture": photo()}

    assert put(stranger, plan, **form).status_code == 401
    ensure_problem(put(blind, plan, **form), 403, "insufficient_scope")
    ensure_problem(blind.get("/api/v1/plans"), 403, "insufficient_scope")
    ensure_problem(blind.get(address(plan)), 403, "insufficient_scope")
    ensure_problem(
        blind.ask("DELETE", f"{address(plan)}/{ids.new('vew')}"), 403, "insufficient_scope"
    )
    assert not Picture.objects.exists()


def test_another_tenants_plan_does_not_exist(
    api: ApiClient, plan: Plan, other_tenant: TenantRecord
) -> None:
    elsewhere = api_client(other_tenant, "venues:edit")
    view = told(put(api, plan, section="stalls", alt="The stage", picture=photo()))

    ensure_problem(elsewhere.get(address(plan)), 404, "no_such_plan")
    ensure_problem(put(elsewhere, plan, section="stalls", note="x"), 404, "no_such_plan")
    ensure_problem(elsewhere.ask("DELETE", f"{address(plan)}/{view['id']}"), 404, "no_such_plan")
    assert elsewhere.get(view["picture"]["small"], accept="").status_code == 404
    assert told(elsewhere.get("/api/v1/plans"))["items"] == []
    with tenant_context(other_tenant.schema_name):
        assert not PlaceView.objects.exists()


def test_a_list_asks_the_database_as_often_for_many_rows_as_for_one(
    api: ApiClient, plan: Plan, django_assert_max_num_queries: Any
) -> None:
    for row in ("r1", "r2", "t1"):
        assert put(api, plan, section="stalls", row=row, alt=row, picture=photo(row)).content
        make_plan(row)
    # Path, role and token are one; the plan; then the list.
    with django_assert_max_num_queries(5):
        assert len(told(api.get(address(plan)))["items"]) == 3
    with django_assert_max_num_queries(4):
        assert len(told(api.get("/api/v1/plans"))["items"]) == 4
