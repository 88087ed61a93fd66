"""Writing drafts and published versions of seating plans."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from kernel import clock, errors
from public_apps.audit import services as audit
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.venues import domain
from tenant_apps.venues.models import Plan, PlanVersion, Venue
from tenant_apps.venues.queries import NoSuchPlan, NoSuchVenue
from tenant_apps.venues.services.rows import write_rows
from tenant_apps.venues.services.venues import checked_name, name_taken


class DraftChanged(errors.Conflict):
    """Someone else saved the draft; `revision` is the one that now stands."""

    code = "draft_changed"
    message = "Someone else has changed the plan. Load it again."


def create_plan(
    *, venue_id: int, name: str, actor: Actor, document: dict[str, Any] | None = None
) -> Plan:
    """Add a plan with a draft: the document, or an empty sheet.

    Refuses with NoSuchVenue, NameTaken, BadName or PlanRefused.
    """
    actor.ensure(Permission.VENUES_EDIT)
    name = checked_name(name)
    draft = domain.to_document(domain.parse_plan(document or domain.empty_document(name)))
    now = clock.now()
    try:
        with transaction.atomic():
            if not Venue.objects.filter(pk=venue_id).exists():
                raise NoSuchVenue(venue_id=venue_id)
            plan = Plan.objects.create(
                venue_id=venue_id, name=name, draft=draft, draft_saved_at=now, created_at=now
            )
            audit.record(action="plan.created", actor=actor, subject=plan.public_id, name=name)
    except IntegrityError as error:
        raise name_taken(error, name) from error
    return plan


def save_draft(*, plan_id: int, document: object, revision: int, actor: Actor) -> int:
    """Replace the draft that the actor has seen and return its new revision.

    The document must follow the schema; it may still lack labels or categories.
    Refuses with PlanRefused, NoSuchPlan, or DraftChanged when another save came first.
    """
    actor.ensure(Permission.VENUES_EDIT)
    return _replace_draft(plan_id, domain.parse_plan(document), revision)


def _replace_draft(plan_id: int, plan: domain.Plan, revision: int) -> int:
    saved = Plan.objects.filter(pk=plan_id, draft_revision=revision).update(
        draft=domain.to_document(plan),
        draft_revision=F("draft_revision") + 1,
        draft_saved_at=clock.now(),
    )
    if not saved:
        raise _draft_changed(plan_id)
    return revision + 1


def publish_plan(*, plan_id: int, actor: Actor, revision: int | None = None) -> PlanVersion:
    """Make an immutable version of the draft; the same content again is the same version.

    With a revision only that state of the draft is published.
    Refuses with PlanRefused (all problems), NoSuchPlan or DraftChanged.
    """
    actor.ensure(Permission.VENUES_EDIT)
    seen = Plan.objects.filter(pk=plan_id).values_list("draft", "draft_revision").first()
    if seen is None:
        raise NoSuchPlan(plan_id=plan_id)
    draft, seen_revision = seen
    if revision not in {None, seen_revision}:
        raise DraftChanged(revision=seen_revision)
    # The slow part, a second for a stadium, stands before the lock.
    plan = domain.ensure_publishable(draft)
    document = domain.to_document(plan)
    checksum = domain.checksum_of(document)
    compact = domain.encode_compact(plan)
    with transaction.atomic():
        row = Plan.objects.select_for_update().defer("draft").get(pk=plan_id)
        if row.draft_revision != seen_revision:
            raise DraftChanged(revision=row.draft_revision)
        version = PlanVersion.objects.filter(plan=row, checksum=checksum).first()
        if version is None:
            version = _write_version(
                row, plan, document=document, checksum=checksum, compact=compact
            )
            audit.record(
                action="plan.published",
                actor=actor,
                subject=row.public_id,
                version=version.public_id,
                number=version.number,
                places=version.place_count,
            )
        if row.current_version_id != version.pk:
            row.current_version = version
            row.save(update_fields=["current_version"])
    return version


def _write_version(
    row: Plan, plan: domain.Plan, *, document: dict[str, Any], checksum: str, compact: bytes
) -> PlanVersion:
    last = PlanVersion.objects.filter(plan=row).aggregate(last=Max("number"))["last"] or 0
    version = PlanVersion.objects.create(
        plan=row,
        number=last + 1,
        document=document,
        compact=compact,
        seat_count=plan.seat_count,
        place_count=plan.place_count,
        checksum=checksum,
    )
    write_rows(version, plan)
    # From here on the triggers refuse every change.
    version.published_at = clock.now()
    version.save(update_fields=["published_at"])
    return version


def _draft_changed(plan_id: int) -> errors.DomainError:
    standing = Plan.objects.filter(pk=plan_id).values_list("draft_revision", flat=True).first()
    return NoSuchPlan(plan_id=plan_id) if standing is None else DraftChanged(revision=standing)
