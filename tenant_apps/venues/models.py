from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from kernel import ids

# The trigger of migration 0002 refuses by this name whatever would change a published plan.
PUBLISHED_IS_IMMUTABLE = "published_plan_is_immutable"
ONE_VENUE_NAME = "one_venue_per_name"
ONE_PLAN_NAME = "one_plan_per_name_and_venue"
ONE_VERSION_NUMBER = "one_version_per_number"
ONE_VERSION_CONTENT = "one_version_per_content"
ONE_VIEW = "one_view_per_part_of_a_plan"


def new_venue_id() -> str:
    return ids.new("ven")


def new_plan_id() -> str:
    return ids.new("pln")


def new_version_id() -> str:
    return ids.new("plv")


def new_picture_id() -> str:
    return ids.new("pic")


def new_view_id() -> str:
    return ids.new("vew")


class Venue(models.Model):
    """A place where things are on."""

    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True, default=new_venue_id)
    name = models.CharField(max_length=120)
    address = models.TextField(blank=True, max_length=400)
    timezone = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("name",), name=ONE_VENUE_NAME),)

    def __str__(self) -> str:
        return self.name


class Plan(models.Model):
    """A seating plan: one draft to work on, and the versions published from it."""

    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True, default=new_plan_id)
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="plans")
    name = models.CharField(max_length=120)
    # Follows the schema; may still lack labels or categories.
    draft = models.JSONField()
    # Grows with each save; who saves says which one they have seen.
    draft_revision = models.PositiveIntegerField(default=1)
    draft_saved_at = models.DateTimeField()
    current_version = models.ForeignKey(
        "PlanVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("venue", "name"), name=ONE_PLAN_NAME),)

    def __str__(self) -> str:
        return self.name


class PlanVersion(models.Model):
    """A published plan. It and its rows never change again: triggers refuse it."""

    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True, default=new_version_id)
    plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, related_name="versions", db_index=False
    )
    number = models.PositiveIntegerField()
    document = models.JSONField()
    compact = models.BinaryField()
    seat_count = models.PositiveIntegerField()
    place_count = models.PositiveIntegerField()
    # SHA-256 of the document's canonical bytes (RFC 8785), hexadecimal.
    checksum = models.CharField(max_length=64)
    # Null only inside the transaction that writes the rows; set, it seals them.
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("plan", "number"), name=ONE_VERSION_NUMBER),
            models.UniqueConstraint(fields=("plan", "checksum"), name=ONE_VERSION_CONTENT),
            models.CheckConstraint(
                condition=Q(place_count__gte=1) & Q(place_count__lte=200_000),
                name="version_place_count_in_bounds",
            ),
        )

    def __str__(self) -> str:
        return f"{self.plan_id}, version {self.number}"


class Section(models.Model):
    """A part of a published plan with a name of its own."""

    version = models.ForeignKey(
        PlanVersion, on_delete=models.PROTECT, related_name="sections", db_index=False
    )
    key = models.CharField(max_length=40)
    label = models.CharField(max_length=40)
    floor = models.CharField(max_length=40, blank=True)
    position = models.PositiveIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("version", "key"), name="one_section_per_key"),
        )

    def __str__(self) -> str:
        return self.label


class Row(models.Model):
    """A row or a table of a section; its seats have ordinals without a gap."""

    version = models.ForeignKey(
        PlanVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    section = models.ForeignKey(
        Section, on_delete=models.PROTECT, related_name="rows", db_index=False
    )
    key = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=[("row", "row"), ("table", "table")])
    label = models.CharField(max_length=40)
    first_ordinal = models.PositiveIntegerField()
    seat_count = models.PositiveIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("section", "key"), name="one_row_per_key"),
            models.UniqueConstraint(
                fields=("version", "first_ordinal"), name="one_row_per_first_ordinal"
            ),
            models.CheckConstraint(condition=Q(kind__in=["row", "table"]), name="row_kind_known"),
        )

    def __str__(self) -> str:
        return self.label


class Seat(models.Model):
    """One seat of a published plan."""

    version = models.ForeignKey(
        PlanVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    row = models.ForeignKey(Row, on_delete=models.PROTECT, related_name="seats", db_index=False)
    ordinal = models.PositiveIntegerField()
    key = models.CharField(max_length=40)
    label = models.CharField(max_length=40)
    category = models.CharField(max_length=40)
    x = models.FloatField()
    y = models.FloatField()
    attributes = ArrayField(models.CharField(max_length=24), default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("version", "ordinal"), name="one_seat_per_ordinal"),
            models.UniqueConstraint(fields=("row", "label"), name="one_seat_per_label"),
        )

    def __str__(self) -> str:
        return self.label


class Area(models.Model):
    """A general-admission area of a published plan."""

    version = models.ForeignKey(
        PlanVersion, on_delete=models.PROTECT, related_name="areas", db_index=False
    )
    section = models.ForeignKey(
        Section, on_delete=models.PROTECT, related_name="areas", null=True, blank=True
    )
    key = models.CharField(max_length=40)
    label = models.CharField(max_length=40)
    category = models.CharField(max_length=40)
    first_ordinal = models.PositiveIntegerField()
    capacity = models.PositiveIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("version", "key"), name="one_area_per_key"),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="area_has_capacity"),
        )

    def __str__(self) -> str:
        return self.label


class Picture(models.Model):
    """An uploaded picture, written anew in our own format."""

    # Nobody guesses it: whoever has the id may see the picture.
    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True, default=new_picture_id)
    # SHA-256 of the file that was uploaded: the same file again is the same picture.
    checksum = models.CharField(max_length=64, unique=True)
    # Of the largest size, in pixels.
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.public_id


class PictureSize(models.Model):
    """A picture's bytes in one width. In the tenant's own tables, as all that it owns."""

    picture = models.ForeignKey(
        Picture, on_delete=models.CASCADE, related_name="sizes", db_index=False
    )
    width = models.PositiveSmallIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("picture", "width"), name="one_size_per_width"),
        )

    def __str__(self) -> str:
        return f"{self.picture_id}, {self.width} px"


class PlaceView(models.Model):
    """What one sees from a part of a plan, or is to know of it: a picture, a note, or both.

    By keys and beside the versions, which never change: pictures are often taken after the sale
    has begun.
    """

    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True, default=new_view_id)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="views", db_index=False)
    # A section, a row or table of it, a seat of that.
    section = models.CharField(max_length=40)
    row = models.CharField(max_length=40, blank=True)
    seat = models.CharField(max_length=40, blank=True)
    picture = models.ForeignKey(
        Picture, on_delete=models.PROTECT, related_name="views", null=True, blank=True
    )
    # What the picture shows, for who does not see it.
    alt = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("plan", "section", "row", "seat"), name=ONE_VIEW),
            models.CheckConstraint(
                condition=Q(picture__isnull=False) | ~Q(note=""), name="view_says_something"
            ),
            models.CheckConstraint(
                condition=Q(picture__isnull=True) | ~Q(alt=""), name="view_picture_in_words"
            ),
            models.CheckConstraint(
                condition=~Q(section="") & (Q(seat="") | ~Q(row="")), name="view_part_is_whole"
            ),
        )

    def __str__(self) -> str:
        return " ".join(filter(None, (self.section, self.row, self.seat)))
