"""Importing a plan from a file: first what it would make, then the draft."""

from __future__ import annotations

from typing import Literal

from django.db import transaction

from kernel import errors
from public_apps.audit import services as audit
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.venues import domain
from tenant_apps.venues.domain import ImportReport
from tenant_apps.venues.models import Plan
from tenant_apps.venues.queries import NoSuchPlan
from tenant_apps.venues.services.plans import save_draft

Kind = Literal["json", "csv"]


class UnknownKind(errors.Invalid):
    code = "unknown_import_kind"
    message = "A plan is imported from JSON or from CSV."


class ImportRefused(errors.Invalid):
    """The file cannot become a plan; `problems` says why, line by line."""

    code = "import_refused"
    message = "The file has mistakes. Nothing was imported."


def dry_run(*, content: bytes, kind: Kind, actor: Actor, name: str = "") -> ImportReport:
    """Return what an import would make and everything that is wrong; nothing is written."""
    actor.ensure(Permission.VENUES_EDIT)
    match kind:
        case "json":
            return domain.import_json(content)
        case "csv":
            return domain.import_csv(content, name=name)
        case _:
            raise UnknownKind(field="kind", kind=str(kind)[:40])


def import_plan(
    *, plan_id: int, content: bytes, kind: Kind, revision: int, actor: Actor
) -> ImportReport:
    """Replace the draft that the actor has seen by the file's plan, all of it or nothing.

    What only keeps the plan from being published is imported and stands in the report.
    Refuses with ImportRefused, UnknownKind, NoSuchPlan or DraftChanged.
    """
    actor.ensure(Permission.VENUES_EDIT)
    plan = Plan.objects.filter(pk=plan_id).values_list("public_id", "name").first()
    if plan is None:
        raise NoSuchPlan(plan_id=plan_id)
    public_id, name = plan
    report = dry_run(content=content, kind=kind, actor=actor, name=name)
    if report.document is None:
        problems = [problem.as_dict() for problem in report.problems]
        raise ImportRefused(field="file", problems=problems, total=report.total)
    with transaction.atomic():
        save_draft(plan_id=plan_id, document=report.document, revision=revision, actor=actor)
        audit.record(
            action="plan.imported",
            actor=actor,
            subject=public_id,
            kind=kind,
            places=report.place_count,
        )
    return report
