"""Pictures and notes of a plan's parts: what may be uploaded, what is said of which place."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from PIL import Image, ImageCms

from kernel import clock
from kernel.db import tenant_context
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import BUYER, SYSTEM, NotPermitted
from tenant_apps.venues import queries, services
from tenant_apps.venues.domain import NoSuchPart, Part, PictureRefused, pictures, render_picture
from tenant_apps.venues.models import Picture, PictureSize, PlaceView, Plan, PlanVersion
from tests.support.pictures import photo
from tests.support.plans import small_plan


def shown(content: bytes) -> Image.Image:
    opened = Image.open(io.BytesIO(content))
    opened.load()
    return opened


@pytest.fixture
def version(tenant: TenantRecord) -> PlanVersion:
    venue = services.create_venue(name="Hall", timezone="Europe/Berlin", actor=SYSTEM)
    plan = services.create_plan(
        venue_id=venue.pk, name="Seated", document=small_plan(), actor=SYSTEM
    )
    return services.publish_plan(plan_id=plan.pk, actor=SYSTEM)


def say(
    version: PlanVersion, section: str, row: str = "", seat: str = "", **says: Any
) -> PlaceView:
    return services.set_view(
        plan_id=version.plan_id, part=Part(section, row, seat), actor=SYSTEM, **says
    )


# Which files are pictures ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_picture_is_written_anew_in_each_width(kind: str) -> None:
    rendered = render_picture(photo(kind=kind))

    assert list(rendered.sizes) == [480, 1280, 2560]
    assert (rendered.width, rendered.height) == (1600, 900)
    found = {width: shown(content) for width, content in rendered.sizes.items()}
    assert {width: each.format for width, each in found.items()} == dict.fromkeys(found, "WEBP")
    # No larger than it was.
    assert [each.size for each in found.values()] == [(480, 270), (1280, 720), (1600, 900)]


def test_a_small_picture_has_no_width_that_it_does_not_fill() -> None:
    assert list(render_picture(photo("", 400, 300)).sizes) == [480]
    assert list(render_picture(photo("", 480, 300)).sizes) == [480]


def test_what_a_camera_wrote_into_it_is_gone_and_how_it_was_held_is_done() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned to the right
    exif[0x010F] = "A camera of somebody"
    content = photo("", 900, 1600, exif=exif, icc_profile=ImageCms.ImageCmsProfile(
        ImageCms.createProfile("sRGB")
    ).tobytes())  # fmt: skip

    rendered = render_picture(content)

    assert (rendered.width, rendered.height) == (1600, 900)
    for written in rendered.sizes.values():
        assert not {"exif", "icc_profile", "xmp"} & shown(written).info.keys()
        assert b"A camera of somebody" not in written


def test_what_can_be_seen_through_stays_so() -> None:
    rendered = render_picture(photo(kind="PNG", mode="RGBA", colour="#33557780"))
    assert shown(rendered.sizes[480]).mode == "RGBA"


def bomb() -> bytes:
    """A picture of 900 million pixels in a few kilobytes."""
    import struct
    import zlib

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(4_000)))
        + chunk(b"IEND", b"")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", pictures.NoPicture),
        (b"GIF89a" + bytes(200), pictures.NoPicture),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", pictures.NoPicture),
        (photo(kind="GIF"), pictures.NoPicture),
        (photo(kind="BMP"), pictures.NoPicture),
        (photo()[:3_000], pictures.NoPicture),
        (bomb(), pictures.TooManyPixels),
        (photo("", 8_000, 5_001), pictures.TooManyPixels),
        (photo("", 319, 300), pictures.PictureTooSmall),
        (photo("", 600, 179), pictures.PictureTooSmall),
        (photo("", 400, 801), pictures.PictureTooTall),
        (bytes(8 * 1024 * 1024 + 1), pictures.PictureTooBig),
    ],
)
def test_what_is_no_picture_here_is_refused_with_its_reason(
    content: bytes, kind: type[PictureRefused]
) -> None:
    with pytest.raises(PictureRefused) as refusal:
        render_picture(content)

    assert type(refusal.value) is kind
    assert refusal.value.details == {"field": "picture"}


def test_a_file_that_was_not_kept_is_refused_by_its_size() -> None:
    with pytest.raises(pictures.PictureTooBig):
        render_picture(b"", 9 * 1024 * 1024)


def test_the_same_file_again_is_the_same_picture(tenant: TenantRecord) -> None:
    first = services.add_picture(content=photo(), actor=SYSTEM)
    again = services.add_picture(content=photo(), actor=SYSTEM)

    assert again.pk == first.pk
    assert PictureSize.objects.count() == 3


def test_a_picture_is_had_in_the_width_or_the_largest_that_there_is(tenant: TenantRecord) -> None:
    picture = services.add_picture(content=photo("", 700, 400), actor=SYSTEM)

    assert shown(queries.picture(picture.public_id, 480)).width == 480
    assert shown(queries.picture(picture.public_id, 2560)).width == 700
    with pytest.raises(queries.NoSuchPicture):
        queries.picture(picture.public_id, 100)
    with pytest.raises(queries.NoSuchPicture):
        queries.picture("pic_000000000000000000000000", 480)


def test_a_picture_does_not_exist_for_another_tenant(
    tenant: TenantRecord, other_tenant: TenantRecord
) -> None:
    picture = services.add_picture(content=photo(), actor=SYSTEM)
    with tenant_context(other_tenant.schema_name), pytest.raises(queries.NoSuchPicture):
        queries.picture(picture.public_id, 480)


# What is said of which places ------------------------------------------------------------------


def test_a_section_a_row_and_a_seat_have_their_ordinals(version: PlanVersion) -> None:
    say(version, "stalls", note="Under the balcony.")
    say(version, "stalls", "r2", note="Higher chairs.")
    say(version, "stalls", "r2", "3", note="A pillar to the left.")
    say(version, "stalls", "t1", note="Served.")

    found = queries.sights_of(version)

    assert [(each.first, each.end, each.note) for each in found] == [
        (0, 11, "Under the balcony."),
        (4, 8, "Higher chairs."),
        (8, 11, "Served."),
        (6, 7, "A pillar to the left."),
    ]
    assert [(each.section, each.row, each.seat, each.at_table) for each in found] == [
        ("Stalls", "", "", False), ("Stalls", "B", "", False), ("Stalls", "1", "", True),
        ("Stalls", "B", "3", False),
    ]  # fmt: skip


def test_what_is_said_again_takes_the_place_of_what_was_said(version: PlanVersion) -> None:
    first = say(version, "stalls", note="Dark.", picture=None)
    picture = services.add_picture(content=photo(), actor=SYSTEM)
    again = say(version, "stalls", picture=picture, alt="The stage from the stalls")

    assert again.public_id == first.public_id
    (sight,) = queries.sights_of(version)
    assert sight.note == ""
    assert sight.picture is not None
    assert (sight.picture.alt, sight.picture.width) == ("The stage from the stalls", 1600)


def test_a_part_that_a_later_version_has_not_says_nothing_there(version: PlanVersion) -> None:
    say(version, "stalls", "r2", note="Higher chairs.")
    plan = Plan.objects.get(pk=version.plan_id)
    document = small_plan()
    del document["sections"][0]["rows"][1]
    services.save_draft(
        plan_id=plan.pk, document=document, revision=plan.draft_revision, actor=SYSTEM
    )
    later = services.publish_plan(plan_id=plan.pk, actor=SYSTEM)

    assert queries.sights_of(later) == []
    assert len(queries.sights_of(version)) == 1


@pytest.mark.parametrize(
    ("part", "says", "refusal"),
    [
        (Part("gallery"), {"note": "x"}, NoSuchPart),
        (Part("stalls", "r9"), {"note": "x"}, NoSuchPart),
        (Part("stalls", "r1", "99"), {"note": "x"}, NoSuchPart),
        (Part("stalls", "", "1"), {"note": "x"}, NoSuchPart),
        (Part("stalls"), {}, services.NothingSaid),
        (Part("stalls"), {"note": "  "}, services.NothingSaid),
        (Part("stalls"), {"note": "x" * 201}, services.BadNote),
        (Part("stalls"), {"note": "a\x00b"}, services.BadNote),
    ],
)
def test_what_cannot_be_said_is_refused(
    version: PlanVersion, part: Part, says: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        say(version, part.section, part.row, part.seat, **says)
    assert not PlaceView.objects.exists()


def test_a_picture_needs_words(version: PlanVersion) -> None:
    picture = services.add_picture(content=photo(), actor=SYSTEM)
    with pytest.raises(services.PictureWithoutWords):
        say(version, "stalls", picture=picture)


def test_the_database_keeps_that_too(version: PlanVersion) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PlaceView.objects.create(plan_id=version.plan_id, section="stalls", changed_at=clock.now())
    say(version, "stalls", note="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        PlaceView.objects.create(
            plan_id=version.plan_id, section="stalls", note="y", changed_at=clock.now()
        )


def test_a_picture_goes_with_the_last_view_that_shows_it(version: PlanVersion) -> None:
    picture = services.add_picture(content=photo(), actor=SYSTEM)
    one = say(version, "stalls", picture=picture, alt="a")
    other = say(version, "stalls", "r1", picture=picture, alt="b")

    services.remove_view(view_id=one.public_id, actor=SYSTEM)
    assert Picture.objects.exists()
    services.remove_view(view_id=other.public_id, actor=SYSTEM)
    assert not PictureSize.objects.exists()
    with pytest.raises(queries.NoSuchView):
        services.remove_view(view_id=other.public_id, actor=SYSTEM)


def test_a_picture_that_lies_under_a_plan_stays(version: PlanVersion) -> None:
    picture = services.add_picture(content=photo(), actor=SYSTEM)
    plan = Plan.objects.get(pk=version.plan_id)
    under = {"image": picture.public_id, "position": [0, 0], "width": 2000, "height": 2000}
    services.save_draft(
        plan_id=plan.pk,
        document=small_plan(backgrounds=[under]),
        revision=plan.draft_revision,
        actor=SYSTEM,
    )
    view = say(version, "stalls", picture=picture, alt="a")

    services.remove_view(view_id=view.public_id, actor=SYSTEM)

    assert Picture.objects.exists()


def test_who_may_not_edit_venues_may_nothing_of_it(version: PlanVersion) -> None:
    view = say(version, "stalls", note="x")
    with pytest.raises(NotPermitted):
        services.add_picture(content=photo(), actor=BUYER)
    with pytest.raises(NotPermitted):
        services.set_view(plan_id=version.plan_id, part=Part("stalls"), note="y", actor=BUYER)
    with pytest.raises(NotPermitted):
        services.remove_view(view_id=view.public_id, actor=BUYER)
