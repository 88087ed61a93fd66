"""From a JSON file to a plan document, with a report in the same form as a CSV file's."""

from __future__ import annotations

from tenant_apps.venues.domain.check import check_document
from tenant_apps.venues.domain.document import PlanRefused, load_json, to_document
from tenant_apps.venues.domain.problems import Problem
from tenant_apps.venues.domain.report import ImportProblem, ImportReport, summary_of


def import_json(content: bytes) -> ImportReport:
    """Return what the document would make and what is wrong with it; never refuses.

    A document that departs from the schema stops the import. What only keeps it from being
    published (missing labels, no category) does not.
    """
    try:
        document = load_json(content)
    except PlanRefused as refusal:
        return _refused(refusal.problems, 1)
    verdict = check_document(document)
    if verdict.plan is None:
        return _refused(verdict.problems, verdict.total)
    sections, categories = summary_of(verdict.plan)
    return ImportReport(
        kind="json",
        document=to_document(verdict.plan),
        problems=tuple(map(_placed, verdict.problems)),
        total=verdict.total,
        sections=sections,
        categories=categories,
        seat_count=verdict.plan.seat_count,
        place_count=verdict.plan.place_count,
        has_coordinates=True,
    )


def _refused(problems: tuple[Problem, ...], total: int) -> ImportReport:
    return ImportReport(kind="json", problems=tuple(map(_placed, problems)), total=total)


def _placed(problem: Problem) -> ImportProblem:
    return ImportProblem(
        problem.code, value=problem.pointer, place=problem.place, params=dict(problem.params)
    )
