from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from kernel import ids
from tenant_apps.events import domain
from tenant_apps.events.domain import (
    Limits,
    SaleState,
    SeatRules,
    SingleSeats,
    State,
    Times,
)
from tenant_apps.events.domain.sale import (
    EXTENSIONS_MOST,
    HOLD_SECONDS_LEAST,
    HOLD_SECONDS_MOST,
    LONGEST,
    PLACES_MOST,
    USUAL_LIMITS,
)
from tenant_apps.events.domain.seat_rules import LEAST_TOGETHER_MOST
from tenant_apps.events.domain.texts import (
    DESCRIPTION_MAX,
    LANGUAGE_MAX,
    SLUG_MAX,
    SUMMARY_MAX,
    TITLE_MAX,
    Texts,
)

ONE_SLUG = "one_event_per_slug"
STATES = [state.value for state in State]
SINGLE_SEATS = [rule.value for rule in SingleSeats]
STATE_CHOICES = [(state, state) for state in STATES]


def new_event_id() -> str:
    return ids.new("evt")


def new_performance_id() -> str:
    return ids.new("prf")


class Event(models.Model):
    """What is on. When and where it is on are its performances."""

    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True, default=new_event_id)
    slug = models.CharField(max_length=SLUG_MAX)
    title = models.CharField(max_length=TITLE_MAX)
    summary = models.CharField(max_length=SUMMARY_MAX, blank=True)
    description = models.TextField(max_length=DESCRIPTION_MAX, blank=True)
    language = models.CharField(max_length=LANGUAGE_MAX, default="en")
    state = models.CharField(max_length=12, choices=STATE_CHOICES, default=State.DRAFT.value)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("slug",), name=ONE_SLUG),
            models.CheckConstraint(condition=Q(state__in=STATES), name="event_state_known"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def texts(self) -> Texts:
        return Texts(
            slug=self.slug,
            title=self.title,
            summary=self.summary,
            description=self.description,
            language=self.language,
        )


class Performance(models.Model):
    """One dated occurrence of an event, on one version of a seating plan. Times are UTC."""

    public_id = models.CharField(max_length=ids.MAX_LENGTH, unique=True, default=new_performance_id)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="performances")
    plan_version = models.ForeignKey(
        "venues.PlanVersion", on_delete=models.PROTECT, related_name="performances"
    )
    state = models.CharField(max_length=12, choices=STATE_CHOICES, default=State.DRAFT.value)
    timezone = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    doors_at = models.DateTimeField(null=True, blank=True)
    sale_opens_at = models.DateTimeField()
    sale_closes_at = models.DateTimeField()
    hold_seconds = models.PositiveSmallIntegerField(default=USUAL_LIMITS.hold_seconds)
    max_extensions = models.PositiveSmallIntegerField(default=USUAL_LIMITS.max_extensions)
    max_places_per_order = models.PositiveSmallIntegerField(
        default=USUAL_LIMITS.max_places_per_order
    )
    max_places_per_session = models.PositiveSmallIntegerField(
        default=USUAL_LIMITS.max_places_per_session
    )
    single_seats = models.CharField(
        max_length=8,
        choices=[(rule, rule) for rule in SINGLE_SEATS],
        default=SingleSeats.OFF.value,
        # In the database too, for processes that do not know the column yet.
        db_default=SingleSeats.OFF.value,
    )
    companions_with_wheelchair = models.BooleanField(default=False, db_default=False)
    tables_whole = models.BooleanField(default=False, db_default=False)
    least_together = models.PositiveSmallIntegerField(default=1, db_default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("starts_at",), name="performance_by_start"),)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=STATES), name="performance_state_known"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")) & Q(ends_at__lte=F("starts_at") + LONGEST),
                name="performance_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(doors_at__isnull=True) | Q(doors_at__lte=F("starts_at")),
                name="performance_doors_before_start",
            ),
            models.CheckConstraint(
                condition=Q(sale_closes_at__gt=F("sale_opens_at")),
                name="performance_sale_closes_after_opening",
            ),
            models.CheckConstraint(
                condition=Q(sale_closes_at__lte=F("ends_at")),
                name="performance_sale_closes_by_end",
            ),
            models.CheckConstraint(
                condition=Q(hold_seconds__range=(HOLD_SECONDS_LEAST, HOLD_SECONDS_MOST)),
                name="performance_hold_bounded",
            ),
            models.CheckConstraint(
                condition=Q(max_extensions__range=(0, EXTENSIONS_MOST)),
                name="performance_extensions_bounded",
            ),
            models.CheckConstraint(
                condition=Q(max_places_per_order__range=(1, PLACES_MOST))
                & Q(max_places_per_session__range=(1, PLACES_MOST)),
                name="performance_places_bounded",
            ),
            models.CheckConstraint(
                condition=Q(single_seats__in=SINGLE_SEATS), name="performance_single_seats_known"
            ),
            models.CheckConstraint(
                condition=Q(least_together__range=(1, LEAST_TOGETHER_MOST)),
                name="performance_least_together_bounded",
            ),
        )

    def __str__(self) -> str:
        return f"{self.event_id} at {self.starts_at:%F %H:%M}"

    @property
    def times(self) -> Times:
        return Times(
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            doors_at=self.doors_at,
            sale_opens_at=self.sale_opens_at,
            sale_closes_at=self.sale_closes_at,
        )

    @property
    def limits(self) -> Limits:
        return Limits(
            hold_seconds=self.hold_seconds,
            max_extensions=self.max_extensions,
            max_places_per_order=self.max_places_per_order,
            max_places_per_session=self.max_places_per_session,
        )

    @property
    def seat_rules(self) -> SeatRules:
        return SeatRules(
            single_seats=SingleSeats(self.single_seats),
            companions_with_wheelchair=self.companions_with_wheelchair,
            tables_whole=self.tables_whole,
            least_together=self.least_together,
        )

    @property
    def local_start(self) -> datetime:
        return domain.to_local(self.starts_at, self.timezone)

    def sale_state(self, now: datetime) -> SaleState:
        return domain.sale_state(self, now)
