"""The organizer's pages about seating plans: what one sees from their places."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kernel import errors
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.access.guards import member_page
from tenant_apps.console.pages import plans as pages
from tenant_apps.console.views.frame import show
from tenant_apps.venues import queries, services
from tenant_apps.venues.models import Plan

PAGE_SIZE = 25


@require_safe
@member_page(Permission.VENUES_VIEW)
def plans(request: HttpRequest, *, actor: Actor) -> HttpResponse:
    """Every seating plan with what it has."""
    found = queries.plans_visible_to(actor).select_related("current_version")
    found = found.defer("draft", "current_version__document", "current_version__compact")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return show(request, "plans", actor, {"page": page, "rest": ""})


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.VENUES_VIEW)
def views(request: HttpRequest, plan_id: str, *, actor: Actor) -> HttpResponse:
    """What is shown and said of a plan's parts; and one more of it."""
    plan = queries.get_plan(plan_id, actor=actor)
    if request.method != "POST":
        return _views_page(request, plan, actor, pages.ViewForm())
    form = pages.read_view_form(request.POST)
    try:
        _add(plan, form, request.FILES.get("picture"), actor)
    except errors.Invalid as fault:
        return _views_page(request, plan, actor, form, fault=fault, status=422)
    except errors.Conflict as refusal:
        return _views_page(request, plan, actor, form, refusal=refusal, status=409)
    return redirect("console:views", plan_id=plan_id)


@require_POST
@member_page(Permission.VENUES_VIEW, Permission.VENUES_EDIT)
def remove_view(request: HttpRequest, plan_id: str, view_id: str, *, actor: Actor) -> HttpResponse:
    """Take a picture or a note away."""
    services.remove_view(view_id=view_id, actor=actor)
    return redirect("console:views", plan_id=plan_id)


def _add(plan: Plan, form: pages.ViewForm, file: UploadedFile | None, actor: Actor) -> None:
    actor.ensure(Permission.VENUES_EDIT)
    part = queries.part_by_labels(
        plan.current_version_id or 0, section=form.section, row=form.row, seat=form.seat
    )
    if file is None:
        services.set_view(plan_id=plan.pk, part=part, note=form.note, actor=actor)
        return
    services.add_view(
        plan_id=plan.pk,
        part=part,
        content=file.read(),
        size=file.size or 0,
        alt=form.alt,
        note=form.note,
        actor=actor,
    )


def _views_page(
    request: HttpRequest,
    plan: Plan,
    actor: Actor,
    form: pages.ViewForm,
    *,
    fault: errors.Invalid | None = None,
    refusal: errors.Conflict | None = None,
    status: int = 200,
) -> HttpResponse:
    page = Paginator(queries.views_of(plan.pk), PAGE_SIZE).get_page(request.GET.get("page"))
    sections = list(queries.sections_of(plan.current_version_id or 0))
    context: dict[str, Any] = {
        "plan": plan,
        "page": page,
        "views": pages.view_rows(page, sections),
        "sections": sections,
        "form": form,
        "may_change": actor.may(Permission.VENUES_EDIT),
        "longest": services.MOST_TEXT,
        "fault": fault,
        "refusal": refusal,
        "rest": "",
    }
    return show(request, "views", actor, context, status)
