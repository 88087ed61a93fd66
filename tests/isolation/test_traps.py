"""Traps that are known to mix organizers up, each with what keeps EventFlow out of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import sync_to_async
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from redis import Redis

from kernel import signing
from kernel.db import current_schema, tenant_context
from kernel.postgresql.base import PUBLIC
from kernel.threads import in_thread
from public_apps.tenants.domain import TenantRecord
from tenant_apps.inventory import sessions


def where() -> tuple[str, str]:
    """Which schema Django believes to be in, and which one PostgreSQL is in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path')")
        return current_schema(), cursor.fetchone()[0].strip('"')


def entered(schema_name: str) -> tuple[str, str]:
    with tenant_context(schema_name):
        return where()


def test_the_event_loop_is_in_public_whatever_its_thread_was_in(aurora: TenantRecord) -> None:
    """So live code never asks the connection which tenant it serves: it has `request.tenant`."""

    async def ask() -> str:
        return current_schema()

    with tenant_context(aurora.schema_name):
        assert asyncio.run(ask()) == PUBLIC


def test_blocking_code_in_a_thread_is_in_public_unless_it_enters(aurora: TenantRecord) -> None:
    def and_close(function: Callable[[], tuple[str, str]]) -> tuple[str, str]:
        try:
            return function()
        finally:
            connection.close()

    async def ask(function: Callable[[], tuple[str, str]]) -> tuple[str, str]:
        return await sync_to_async(and_close, thread_sensitive=False)(function)

    with tenant_context(aurora.schema_name):
        assert asyncio.run(ask(where))[0] == PUBLIC
        assert asyncio.run(ask(lambda: entered(aurora.schema_name))) == (aurora.schema_name,) * 2


def test_the_live_process_gives_every_connection_back(
    aurora: TenantRecord, other_tenant: TenantRecord
) -> None:
    async def ask_many() -> list[tuple[str, str]]:
        names = [aurora.schema_name, other_tenant.schema_name] * 30
        return await asyncio.gather(*(in_thread(entered, name) for name in names))

    answers = asyncio.run(ask_many())
    assert answers == [(aurora.schema_name,) * 2, (other_tenant.schema_name,) * 2] * 30
    connection.close()
    # The pool takes role and path away in the background before a connection counts again.
    pool = connection.pool
    give_up_at = time.monotonic() + 5
    while (stats := pool.get_stats())["pool_available"] < stats["pool_size"]:
        assert time.monotonic() < give_up_at, f"a connection is missing: {stats!s}"
        time.sleep(0.01)


def test_many_threads_in_many_tenants_never_meet(
    aurora: TenantRecord, other_tenant: TenantRecord
) -> None:
    names = [aurora.schema_name, other_tenant.schema_name, PUBLIC]

    def walk(number: int) -> list[bool]:
        try:
            return [
                entered(names[(number + step) % 3]) == (names[(number + step) % 3],) * 2
                for step in range(30)
            ]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert all(all(seen) for seen in pool.map(walk, range(8)))


def test_content_types_of_one_tenant_are_forgotten_in_the_next(
    aurora: TenantRecord, other_tenant: TenantRecord
) -> None:
    manager = ContentType.objects
    with tenant_context(aurora.schema_name):
        manager._add_to_cache("default", ContentType(pk=7, app_label="venues", model="venue"))
        assert manager._cache
        with tenant_context(other_tenant.schema_name):
            assert not manager._cache


def test_a_cache_entry_belongs_to_its_tenant(
    aurora: TenantRecord, other_tenant: TenantRecord, valkey: Redis
) -> None:
    with tenant_context(aurora.schema_name):
        cache.set("greeting", "hello")
        assert cache.get("greeting") == "hello"
    with tenant_context(other_tenant.schema_name):
        assert cache.get("greeting") is None


def test_what_is_signed_here_is_rubbish_there(
    aurora: TenantRecord, other_tenant: TenantRecord
) -> None:
    with tenant_context(aurora.schema_name):
        token = signing.sign("order-link", {"o": "ord_1"})
        sealed = signing.encrypt("tickets", b"a key")
        buyer = sessions.token_of("anna-session")
        assert signing.unsign("order-link", token, max_age=None)["o"] == "ord_1"
        with pytest.raises(signing.BadSignature):
            signing.unsign("another-purpose", token, max_age=None)
    with tenant_context(other_tenant.schema_name):
        with pytest.raises(signing.BadSignature):
            signing.unsign("order-link", token, max_age=None)
        with pytest.raises(signing.CannotDecrypt):
            signing.decrypt("tickets", sealed)
        assert sessions.session_of(buyer) is None
