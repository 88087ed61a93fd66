from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from kernel import clock
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access import services
from tenant_apps.access.domain import SYSTEM
from tenant_apps.access.models import Answer, Client
from tenant_apps.access.services.idempotency import KeyInUse, KeyReused
from tests.support.races import all_at_once

MANY = 8
NOON = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)


def make_client() -> Client:
    client, _ = services.create_client(name="Box", scopes=["orders:read"], actor=SYSTEM)
    return client


def begin(client: Client, key: str = "k1", fingerprint: str = "a") -> object:
    return services.begin(client_pk=client.pk, key=key, fingerprint=fingerprint)


def done(attempt: object, body: str = "{}") -> None:
    assert isinstance(attempt, services.Attempt)
    services.answer(attempt, status=201, body=body, content_type="application/json")


def test_the_same_request_again_gets_the_same_answer(tenant: TenantRecord) -> None:
    client = make_client()
    done(begin(client), '{"n":1}')
    assert begin(client) == services.Replay(201, '{"n":1}', "application/json")


def test_another_request_under_the_same_key_is_refused(tenant: TenantRecord) -> None:
    client = make_client()
    done(begin(client))
    with pytest.raises(KeyReused):
        begin(client, fingerprint="b")


def test_a_key_belongs_to_its_client(tenant: TenantRecord) -> None:
    done(begin(make_client()))
    assert isinstance(begin(make_client(), fingerprint="b"), services.Attempt)


def test_while_the_first_one_runs_the_second_one_waits(tenant: TenantRecord) -> None:
    client = make_client()
    begin(client)
    with pytest.raises(KeyInUse) as refusal:
        begin(client)
    assert refusal.value.details == {"retry_after_s": 2}


def test_what_was_given_back_can_be_sent_again(tenant: TenantRecord) -> None:
    client = make_client()
    attempt = begin(client)
    assert isinstance(attempt, services.Attempt)
    services.abandon(attempt)
    assert isinstance(begin(client), services.Attempt)


def test_a_crash_does_not_block_for_ever_and_the_late_one_writes_nothing(
    tenant: TenantRecord,
) -> None:
    client = make_client()
    with clock.fixed(NOON):
        died = begin(client)
    with clock.fixed(NOON + timedelta(seconds=59)), pytest.raises(KeyInUse):
        begin(client)
    with clock.fixed(NOON + timedelta(seconds=61)):
        second = begin(client)
        done(died, '"late"')
        services.abandon(died)  # type: ignore[arg-type]
        done(second, '"second"')
        replay = begin(client)
    assert isinstance(replay, services.Replay)
    assert replay.body == '"second"'


def test_a_key_is_forgotten_after_a_day(tenant: TenantRecord) -> None:
    client = make_client()
    with clock.fixed(NOON):
        done(begin(client))
    with clock.fixed(NOON + timedelta(hours=24, seconds=1)):
        again = begin(client, fingerprint="b")
        assert isinstance(again, services.Attempt)
        with pytest.raises(KeyInUse):
            begin(client, fingerprint="b")
        done(again, '"anew"')
        replay = begin(client, fingerprint="b")
    assert replay == services.Replay(201, '"anew"', "application/json")
    with clock.fixed(NOON + timedelta(hours=49)):
        assert services.forget_old_answers() == 1
    assert not Answer.objects.exists()


def test_a_dead_attempt_is_taken_over_for_the_same_request_alone(tenant: TenantRecord) -> None:
    client = make_client()
    with clock.fixed(NOON):
        begin(client)
    with clock.fixed(NOON + timedelta(minutes=2)), pytest.raises(KeyReused):
        begin(client, fingerprint="b")


@pytest.fixture
def client(live_tenant: TenantRecord) -> Client:
    return make_client()


def test_of_many_at_once_one_does_the_work(live_tenant: TenantRecord, client: Client) -> None:
    def ask(_: int, gate: Barrier) -> None:
        gate.wait()
        begin(client)

    told = all_at_once(live_tenant.schema_name, MANY, ask)
    assert told == {"done": 1, "idempotency_key_in_use": MANY - 1}


def test_of_many_who_find_a_dead_attempt_one_takes_it_over(
    live_tenant: TenantRecord, client: Client
) -> None:
    with clock.fixed(clock.now() - timedelta(minutes=2)):
        begin(client)

    def ask(_: int, gate: Barrier) -> None:
        gate.wait()
        begin(client)

    told = all_at_once(live_tenant.schema_name, MANY, ask)
    assert told == {"done": 1, "idempotency_key_in_use": MANY - 1}


def test_the_race_for_a_key_is_real_without_the_index(
    live_tenant: TenantRecord, client: Client
) -> None:
    """If this test fails, the ones above prove nothing."""

    def look_then_work(_: int, gate: Barrier) -> None:
        known = Answer.objects.filter(client=client, key="k1").exists()
        gate.wait()  # all have looked before any writes
        assert not known

    assert all_at_once(live_tenant.schema_name, MANY, look_then_work) == {"done": MANY}
