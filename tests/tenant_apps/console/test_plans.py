"""An organizer shows what one sees from the seats."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from eventflow import uploads
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.venues import services as venues
from tenant_apps.venues.models import Picture, PlaceView, Plan
from tests.support.people import signed_in_member
from tests.support.pictures import photo
from tests.support.plans import small_plan


@pytest.fixture
def owner(live_tenant: TenantRecord) -> Client:
    return signed_in_member(live_tenant, "owner")


@pytest.fixture
def plan(live_tenant: TenantRecord) -> Plan:
    venue = venues.create_venue(name="Great Hall", timezone="Europe/Berlin", actor=SYSTEM)
    plan = venues.create_plan(venue_id=venue.pk, name="Seated", document=small_plan(), actor=SYSTEM)
    venues.publish_plan(plan_id=plan.pk, actor=SYSTEM)
    return plan


def address(plan: Plan) -> str:
    return f"/console/plans/{plan.public_id}/views/"


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    body = answer.content.decode()
    assert "style=" not in body
    assert "<script" not in body
    return body


def file(content: bytes = b"", name: str = "view.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or photo(), content_type="image/jpeg")


def test_the_plans_lead_to_their_views(owner: Client, plan: Plan) -> None:
    body = text(owner, "/console/plans/")
    assert "Great Hall · Seated" in body
    assert address(plan) in body
    assert "Nothing is shown or said yet." in text(owner, address(plan))


def test_a_picture_is_added_shown_and_removed(owner: Client, plan: Plan) -> None:
    form = {
        "section": "stalls",
        "row": "b",
        "seat": "3",
        "alt": "The whole stage",
        "picture": file(),
    }
    assert owner.post(address(plan), form).status_code == 302

    body = text(owner, address(plan))
    assert "Stalls · r2 · 3" in body
    assert 'alt="The whole stage"' in body
    view = PlaceView.objects.get()
    assert owner.post(f"{address(plan)}{view.public_id}/remove/").status_code == 302
    assert not Picture.objects.exists()


def test_a_note_needs_no_picture(owner: Client, plan: Plan) -> None:
    assert owner.post(address(plan), {"section": "stalls", "note": "Dark"}).status_code == 302
    assert "Dark" in text(owner, address(plan))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"section": "nowhere", "note": "x"}, "no such section, row or seat"),
        ({"section": "stalls", "row": "Z", "note": "x"}, "no such section, row or seat"),
        ({"section": "stalls", "row": "A", "seat": "99", "note": "x"}, "no such section, row"),
        ({"section": "stalls", "seat": "1", "note": "x"}, "no such section, row or seat"),
        ({"section": "stalls"}, "Choose a picture, write a note, or do both."),
        ({"section": "stalls", "note": "x" * 250}, "at most 200 characters"),
        ({"note": "x"}, "no such section, row or seat"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(
    owner: Client, plan: Plan, form: dict[str, str], said: str
) -> None:
    answer = owner.post(address(plan), form)

    assert answer.status_code == 422
    body = answer.content.decode()
    assert said in body
    assert 'aria-invalid="true"' in body
    assert not form.get("note") or f'value="{form["note"]}"' in body
    assert not PlaceView.objects.exists()


def test_a_file_that_is_no_picture_is_refused_and_nothing_is_kept(
    owner: Client, plan: Plan
) -> None:
    form = {"section": "stalls", "alt": "x", "picture": file(b"<svg/>", "view.svg")}
    answer = owner.post(address(plan), form)

    assert answer.status_code == 422
    assert "is no JPEG, PNG, WebP or AVIF picture" in answer.content.decode()


def test_a_picture_without_words_is_not_kept(owner: Client, plan: Plan) -> None:
    answer = owner.post(address(plan), {"section": "stalls", "picture": file()})

    assert answer.status_code == 422
    assert "what the picture shows" in answer.content.decode()
    assert not Picture.objects.exists()


def test_a_file_that_is_too_large_is_refused_by_its_true_size(owner: Client, plan: Plan) -> None:
    for size in (8 * 1024 * 1024 + 1, uploads.MOST_BYTES + 5_000_000):
        form = {"section": "stalls", "alt": "x", "picture": file(bytes(size))}
        answer = owner.post(address(plan), form)
        assert answer.status_code == 422
        assert "larger than 8 MB" in answer.content.decode()


def test_a_form_with_many_files_is_not_read(owner: Client, plan: Plan) -> None:
    many = {f"picture{n}": file(b"x") for n in range(6)}
    assert owner.post(address(plan), {"section": "stalls", **many}).status_code == 400


def test_staff_see_and_change_nothing(live_tenant: TenantRecord, plan: Plan) -> None:
    staff = signed_in_member(live_tenant, "staff")
    body = text(staff, address(plan))
    assert "Add a picture" not in body
    answer = staff.post(address(plan), {"section": "stalls", "note": "x"})
    assert answer.status_code == 403
    assert not PlaceView.objects.exists()


def test_what_does_not_fit_is_not_kept_in_memory() -> None:
    handler = uploads.BoundedUploads()
    handler.new_file("picture", "x.jpg", "image/jpeg", None, None, None)
    chunk, sent = bytes(1024 * 1024), 0
    for _ in range(64):
        handler.receive_data_chunk(chunk, sent)
        sent += len(chunk)
        assert handler._content.getbuffer().nbytes <= uploads.MOST_BYTES
    kept = handler.file_complete(sent)

    assert kept.size == sent
    assert kept.read() == b""
    # What comes after it in the same form has no room either.
    handler.new_file("other", "y.jpg", "image/jpeg", None, None, None)
    handler.receive_data_chunk(b"y", 0)
    assert handler.file_complete(1).read() == b""
