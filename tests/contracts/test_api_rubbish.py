"""Rubbish for every operation of the API, made from its own description, through the WSGI app.

Never a 500, only documented answers of documented shapes; what breaks the description is refused.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from eventflow import openapi
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.api import base
from tests.support.api import api_client
from tests.support.orders import place_order
from tests.support.performances import make_performance
from tests.support.tickets import make_ticket

# More of them in a nightly run.
EXAMPLES = int(os.environ.get("API_EXAMPLES", "40"))


def rubbish_is_refused(ctx: Any, response: Any, case: Any) -> bool | None:
    """Like the library's own check, which takes 413 for a yes: too much is refused unread."""
    return None if response.status_code == 413 else negative_data_rejection(ctx, response, case)


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    rubbish_is_refused,
    missing_required_header,
    unsupported_method,
]


@pytest.fixture
def api(live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The API of a tenant in which there is something, with a token for all of it."""
    monkeypatch.setattr(base, "CLIENT_CAPACITY", 10**9)
    monkeypatch.setattr(base, "ADDRESS_CAPACITY", 10**9)
    performance = make_performance()
    ticket = make_ticket(performance)
    known = {
        "event_id": performance.event.public_id,
        "performance_id": performance.public_id,
        "order_id": place_order(performance).public_id,
        "ticket_id": ticket.public_id,
        "plan_id": performance.plan_version.plan.public_id,
    }
    client = api_client(live_tenant)
    schema = schemathesis.openapi.from_dict(openapi.generate())
    schema.app = WSGIHandler()
    schema.config.update(headers={
        "Host": live_tenant.primary_host,
        "Authorization": f"Bearer {client.token}",
    })  # fmt: skip

    return schema, known


def operations() -> list[Any]:
    """Each operation with good and with bad requests; where nothing can be wrong, good ones."""
    return [
        pytest.param(path, method, mode, id=f"{operation['operationId']}-{mode.value}")
        for path, methods in openapi.generate()["paths"].items()
        for method, operation in methods.items()
        for mode in GenerationMode
        if mode is GenerationMode.POSITIVE or operation.get("parameters")
    ]


@pytest.mark.parametrize(("path", "method", "mode"), operations())
def test_rubbish_is_refused_as_documented(
    api: Any, path: str, method: str, mode: GenerationMode
) -> None:
    schema, known = api
    operation = schema[path][method]
    cases = operation.as_strategy(generation_mode=mode)
    named = {name: value for name, value in known.items() if f"{{{name}}}" in path}
    if named:
        # Or nothing behind an id would ever be reached.
        cases |= operation.as_strategy(path_parameters=named)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def ask(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()
