"""Organizers come, rest, return and go; and their hosts with them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel import money, tasks
from kernel.db import (
    NoSuchTenant,
    alone_in_database,
    ensure_tenant_exists,
    public_context,
    tenant_context,
)
from kernel.postgresql.base import PUBLIC
from public_apps.identity.models import User
from public_apps.outbox.tasks import sweep_tenant
from public_apps.tenants import domain, queries, schemas, services
from public_apps.tenants.domain import Step, TenantRecord, TenantState
from public_apps.tenants.models import Domain, SchemaStatus, Tenant
from tests.support.actors import Tester
from tests.support.http import client_at
from tests.support.races import all_at_once


@pytest.fixture
def newcomer(database: None) -> Iterator[TenantRecord]:
    """An organizer of the test's own, gone afterwards."""
    record = services.provision_tenant(
        slug=f"new-{uuid4().hex[:8]}", name="Newcomer", actor=Tester()
    )
    yield record
    forget(record.slug)


def forget(slug: str) -> None:
    with public_context():
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is not None:
            schemas.drop(tenant.schema_name)
            SchemaStatus.objects.filter(schema_name=tenant.schema_name).delete()
            Domain.objects.filter(tenant=tenant).delete()
            tenant.delete(force_drop=False)
    queries.forget_cached()


def tables(schema_name: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema_name])
        return {name for (name,) in cursor.fetchall()}


def test_a_new_organizer_has_every_table_and_an_address(
    newcomer: TenantRecord, aurora: TenantRecord
) -> None:
    assert newcomer.primary_host == f"{newcomer.slug}.localhost"
    assert tables(newcomer.schema_name) == tables(aurora.schema_name)
    with tenant_context(newcomer.schema_name):
        User.objects.create_user("anna@example.org", "a good long password")
    with tenant_context(aurora.schema_name):
        assert not User.objects.filter(email="anna@example.org").exists()


def test_a_replayed_schema_is_the_migrated_one(newcomer: TenantRecord, database: None) -> None:
    """Constraints, triggers, indexes and defaults too: the dump leaves nothing out."""
    with public_context():
        schemas.drop("t_by_migrations")
        schemas.create("t_by_migrations")
    schemas.migrate("t_by_migrations")
    try:
        assert described("t_by_migrations") == described(newcomer.schema_name)
    finally:
        schemas.drop("t_by_migrations")
        SchemaStatus.objects.filter(schema_name="t_by_migrations").delete()


def described(schema_name: str) -> set[tuple[str, str]]:
    """Everything that makes a schema what it is, with its own name taken out."""
    statement = """
        SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = %(schema)s
        UNION SELECT 'constraint', conrelid::regclass || ' ' || conname || ' '
            || pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = %(schema)s::regnamespace
        UNION SELECT 'trigger', pg_get_triggerdef(t.oid) FROM pg_trigger t
            JOIN pg_class c ON c.oid = t.tgrelid
            WHERE c.relnamespace = %(schema)s::regnamespace AND NOT t.tgisinternal
        UNION SELECT 'function', pg_get_functiondef(oid) FROM pg_proc
            WHERE pronamespace = %(schema)s::regnamespace
        UNION SELECT 'column', table_name || '.' || column_name || ' ' || data_type || ' '
            || coalesce(column_default, '') || is_nullable || is_identity
            FROM information_schema.columns WHERE table_schema = %(schema)s
    """
    with tenant_context(schema_name), connection.cursor() as cursor:
        cursor.execute(statement, {"schema": schema_name})
        return {
            (kind, PARSER_NOISE.sub("", text.replace(schema_name, "SCHEMA")))
            for kind, text in cursor.fetchall()
        }


# An expression that was printed and read again has its casts and brackets elsewhere.
PARSER_NOISE = re.compile(r"::character varying|::text|\[\]|[()]")


BAD_SLUGS = ["", "a", "ab", "9lives", "a--b", "-ab", "ab-", "Ab", "a_b", "a" * 33, "ä"]


@pytest.mark.parametrize("slug", BAD_SLUGS)
def test_a_bad_address_is_refused(database: None, slug: str) -> None:
    with pytest.raises(domain.BadSlug):
        services.provision_tenant(slug=slug, name="x", actor=Tester())


def test_the_platforms_own_words_are_no_organizers(database: None) -> None:
    for slug in ("www", "api", "public", "postgres"):
        with pytest.raises(domain.SlugReserved):
            services.provision_tenant(slug=slug, name="x", actor=Tester())


def test_a_taken_address_is_refused_and_nothing_is_half_made(newcomer: TenantRecord) -> None:
    before = Tenant.objects.count()
    with pytest.raises(domain.SlugTaken):
        services.provision_tenant(slug=newcomer.slug, name="x", actor=Tester())
    with pytest.raises(money.UnknownCurrency):
        services.provision_tenant(slug="half-made", name="x", currency="XXX", actor=Tester())
    assert Tenant.objects.count() == before
    assert tables("t_half_made") == set()


def test_of_many_who_want_one_address_one_gets_it(database: None) -> None:
    slug = f"race-{uuid4().hex[:8]}"

    def act(number: int, gate: Barrier) -> None:
        gate.wait()
        services.provision_tenant(slug=slug, name=f"Number {number}", actor=Tester())

    try:
        ended = all_at_once(PUBLIC, 4, act)
        assert ended == {"done": 1, "slug_taken": 3}
    finally:
        forget(slug)


def test_two_slugs_never_share_a_schema(database: None) -> None:
    assert domain.schema_of("a-b") == "t_a_b"
    # Underscores are no part of an address, so nothing else becomes t_a_b.
    with pytest.raises(domain.BadSlug):
        domain.ensure_good_slug("a_b")


@pytest.mark.parametrize("state", list(TenantState))
@pytest.mark.parametrize("step", list(Step))
def test_every_step_of_a_tenants_life(state: TenantState, step: Step) -> None:
    after = domain.NEXT_STATE.get((state, step))
    if after is None:
        with pytest.raises(domain.StepRefused):
            domain.advance(state, step)
    else:
        assert domain.advance(state, step) is after


def test_a_suspended_organizer_is_closed_everywhere_and_can_return(newcomer: TenantRecord) -> None:
    client = client_at(newcomer)
    services.suspend(slug=newcomer.slug, reason="unpaid", actor=Tester())
    for path in ("/", "/api/v1/events/", "/no/such/page"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
    # Its buyers' money goes on all the same.
    assert newcomer.schema_name in queries.standing_schemas()
    services.resume(slug=newcomer.slug, actor=Tester())
    assert client.get("/").status_code == 200


def test_an_erased_organizer_is_gone_for_good(newcomer: TenantRecord) -> None:
    with pytest.raises(domain.StepRefused):
        services.erase(slug=newcomer.slug, reason="asked", actor=Tester())
    services.suspend(slug=newcomer.slug, reason="asked", actor=Tester())
    services.erase(slug=newcomer.slug, reason="asked", actor=Tester())
    assert tables(newcomer.schema_name) == set()
    assert client_at(newcomer).get("/").status_code == 404
    with tenant_context(newcomer.schema_name), pytest.raises(NoSuchTenant):
        ensure_tenant_exists()
    # Its address is never given to somebody else.
    with pytest.raises(domain.SlugTaken):
        services.provision_tenant(slug=newcomer.slug, name="x", actor=Tester())


def test_the_task_of_an_erased_organizer_ends_quietly(database: None) -> None:
    sweep_tenant.apply(kwargs={"schema_name": "t_long_gone"}, throw=True)


def test_a_task_enters_its_tenant_once_and_leaves_it(aurora: TenantRecord) -> None:
    seen = []

    @tasks.tenant_task(name="tests.where_am_i")
    def where_am_i() -> None:
        seen.append(connection.schema_name)

    where_am_i.apply(kwargs={"schema_name": aurora.schema_name}, throw=True)
    assert seen == [aurora.schema_name]
    assert connection.schema_name == PUBLIC
    with pytest.raises(TypeError):
        where_am_i.apply(kwargs={}, throw=True)


def test_a_broker_that_is_down_raises_nothing(
    aurora: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What must not be lost is in a table, and a sweep finds it there."""
    monkeypatch.setattr(
        tasks, "current_app", Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    )
    assert tasks.enqueue("outbox.sweep_tenant") is False


def test_a_sweep_that_is_under_way_is_not_run_twice(aurora: TenantRecord) -> None:
    runs = []

    @tasks.tenant_task(name="tests.sweep", max_retries=0, is_alone=True)
    def sweep() -> None:
        runs.append(1)
        in_another_worker(sweep, aurora)

    for _ in range(2):
        sweep.apply(kwargs={"schema_name": aurora.schema_name}, throw=True)
    assert len(runs) == 2


def test_a_killed_worker_keeps_no_sweep_from_running(aurora: TenantRecord) -> None:
    runs = []

    @tasks.tenant_task(name="tests.next_sweep", max_retries=0, is_alone=True)
    def sweep() -> None:
        runs.append(1)

    def die_in_the_middle() -> None:
        with tenant_context(aurora.schema_name):
            lock = alone_in_database(f"{aurora.schema_name}:tests.next_sweep")
            assert lock.__enter__()
            in_another_worker(sweep, aurora)
            assert runs == [], "the control: while it lives, the others stay away"
            connection.connection.close()  # as the kernel closes a killed process' sockets
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(die_in_the_middle).result()
    # PostgreSQL notices the closed socket a moment later.
    give_up_at = time.monotonic() + 10
    while not runs and time.monotonic() < give_up_at:
        sweep.apply(kwargs={"schema_name": aurora.schema_name}, throw=True)
    assert runs == [1]


def in_another_worker(task: Any, tenant: TenantRecord) -> None:
    def run() -> None:
        task.apply(kwargs={"schema_name": tenant.schema_name}, throw=True)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


def test_a_host_is_looked_up_once(aurora: TenantRecord) -> None:
    queries.forget_cached()
    with CaptureQueriesContext(connection) as first:
        assert queries.find_tenant_at(aurora.primary_host) == aurora
    with CaptureQueriesContext(connection) as again:
        assert queries.find_tenant_at(aurora.primary_host) == aurora
        assert queries.find_tenant_at("nobody.localhost") is None
        assert queries.find_tenant_at("nobody.localhost") is None
    assert len(first) > 0
    # One for the unknown host, which is then remembered too.
    assert len(again) == 1


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Aurora.localhost:8000", "aurora.localhost"),
        ("aurora.localhost.", "aurora.localhost"),
        ("aurora.localhost", "aurora.localhost"),
        ("[::1]:8000", "[::1]"),
        ("[::1]", "[::1]"),
    ],
)
def test_the_host_is_read_without_port_case_and_final_dot(header: str, name: str) -> None:
    assert queries.host_name(header) == name


def test_an_unknown_host_has_a_page_and_no_tenant(database: None) -> None:
    from django.test import Client

    answer = Client(headers={"host": "nobody.localhost"}).get("/")
    assert answer.status_code == 404


def test_a_new_organizer_is_ready_within_a_second(database: None) -> None:
    """A bound against a slip back to migrations; the figure is in the benchmarks."""
    slug = f"quick-{uuid4().hex[:8]}"
    schemas.ensure_template()
    started = time.process_time()
    services.provision_tenant(slug=slug, name="Quick", actor=Tester())
    spent = time.process_time() - started
    forget(slug)
    assert spent < 1
