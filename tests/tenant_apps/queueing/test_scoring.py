"""Notes of what buyers do, read on a real Valkey: whose score is written, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from django.conf import settings
from redis import Redis

from kernel import clock
from kernel.askers import Asker
from kernel.db import public_context, tenant_context
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access.domain import SYSTEM
from tenant_apps.queueing import notes, scoring, services, suspicion
from tenant_apps.queueing import tasks as queueing_tasks
from tenant_apps.queueing.domain.lists import Entry, Verdict, What
from tenant_apps.queueing.domain.rules import WINDOW_S, Kind, Relations, Signs
from tests.support.queue import drain

START = datetime(2030, 5, 1, 19, tzinfo=UTC)
BOT = Asker("t_aurora", "bot-session", "the-print", "203.0.113.7")
NOBODY = Asker("t_aurora", "nobody", "", "")
LATE = Asker("t_aurora", "late-session", "", "")
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def nothing_was_lost() -> Iterator[None]:
    yield
    notes._losses.clear()


@pytest.fixture
def cache(live_tenant: TenantRecord) -> Iterator[Redis]:
    client = Redis.from_url(settings.CACHE_URL)
    yield client
    client.close()


def read(at: datetime) -> int:
    with clock.fixed(at):
        return scoring.read_notes()


def signs_of(buyer: Asker) -> Signs:
    [(_, signs)] = scoring.signs_of([scoring.who_is(Kind.SESSION, buyer.session)])
    return signs


def held(number: int, at: datetime, buyer: Asker = BOT) -> notes.Note:
    """A hold of one place for ten minutes, as it was noted then."""
    with clock.fixed(at):
        return notes.held(
            buyer, performance_id=1, hold_id=f"hold{number}", until=at + 10 * MINUTE,
            places=(number,),
        )  # fmt: skip


def ordered(number: int, at: datetime) -> notes.Note:
    with clock.fixed(at):
        return notes.ordered([(1, f"hold{number}")])


def write(tenant: TenantRecord, at: datetime, *written: notes.Note) -> None:
    with clock.fixed(at):
        notes.write(tenant.schema_name, written)


def score_of(cache: Redis, schema_name: str, kind: str, who: str) -> int:
    found = cache.get(suspicion.key_of(schema_name, kind, who))
    return int(found or 0)


def let_run_out(tenant: TenantRecord, buyer: Asker, count: int) -> datetime:
    """Let so many holds run out, each read when it was made and when it is over."""
    at = START
    for number in range(count):
        with clock.fixed(at):
            note = notes.held(
                buyer, performance_id=1, hold_id=f"hold{number}", until=at + 10 * MINUTE,
                places=(number,),
            )  # fmt: skip
            notes.write(tenant.schema_name, [note])
            scoring.read_notes()
        at += 12 * MINUTE
    read(at)
    return at


def test_a_hoarder_has_a_score_that_ends_by_itself(live_tenant: TenantRecord, cache: Redis) -> None:
    let_run_out(live_tenant, BOT, 6)
    schema_name = live_tenant.schema_name
    assert score_of(cache, schema_name, "session", BOT.session) == 30
    assert score_of(cache, schema_name, "device", BOT.device) == 0
    assert score_of(cache, schema_name, "prefix", BOT.network) == 0
    key = suspicion.key_of(schema_name, "session", BOT.session)
    assert 0 < cache.ttl(key) <= WINDOW_S


def test_all_that_is_kept_is_hashed_for_this_tenant_and_ends(
    live_tenant: TenantRecord, other_tenant: TenantRecord, cache: Redis
) -> None:
    let_run_out(live_tenant, BOT, 3)
    kept = [key for key in cache.scan_iter("*") if key != notes.WAITING.encode()]
    assert kept
    for key in kept:
        assert f"{{{live_tenant.schema_name}}}".encode() in key
        assert cache.ttl(key) > 0, key
        said = key + cache.dump(key)
        for raw in (BOT.session, BOT.network, BOT.device):
            assert raw.encode() not in said, key
    ours = scoring.who_is(Kind.SESSION, BOT.session)
    with tenant_context(other_tenant.schema_name):
        assert scoring.who_is(Kind.SESSION, BOT.session) != ours


def test_who_buys_is_no_hoarder(live_tenant: TenantRecord, cache: Redis) -> None:
    schema_name = live_tenant.schema_name
    at = let_run_out(live_tenant, BOT, 3)
    assert score_of(cache, schema_name, "session", BOT.session) == 10
    with clock.fixed(at):
        notes.write(schema_name, [notes.paid(BOT.session, "ord_1")])
    read(at)
    assert score_of(cache, schema_name, "session", BOT.session) == 0
    # What the session was last seen with has bought too.
    raw = {Kind.SESSION: BOT.session, Kind.DEVICE: BOT.device, Kind.PREFIX: BOT.network}
    who = [scoring.who_is(kind, said) for kind, said in raw.items()]
    assert [signs for _, signs in scoring.signs_of(who)] == [Signs(lapsed=3, bought=1)] * 3


def test_a_hold_that_became_an_order_has_not_lapsed(live_tenant: TenantRecord) -> None:
    with clock.fixed(START):
        note = notes.held(
            BOT, performance_id=1, hold_id="hold", until=START + 10 * MINUTE, places=(1,)
        )
        # The word of the order may be there first.
        notes.write(live_tenant.schema_name, [notes.ordered([(1, "hold")])])
        scoring.read_notes()
        notes.write(live_tenant.schema_name, [note])
        scoring.read_notes()
    read(START + 20 * MINUTE)
    [(_, signs), *_] = scoring.signs_of([scoring.who_is(Kind.SESSION, BOT.session)])
    assert signs == Signs()


def test_an_order_makes_its_own_hold_good_and_no_other(
    live_tenant: TenantRecord, cache: Redis
) -> None:
    schema_name, later = live_tenant.schema_name, START + MINUTE

    def hold(performance_id: int, at: datetime) -> None:
        with clock.fixed(at):
            until = at + 10 * MINUTE
            notes.write(schema_name, [
                notes.held(
                    BOT, performance_id=performance_id, hold_id="a:b", until=until, places=(1,)
                )
            ])  # fmt: skip
            scoring.read_notes()

    hold(1, START)
    hold(2, START)
    with clock.fixed(later):
        notes.write(schema_name, [notes.ordered([(1, "a:b")])])
        scoring.read_notes()
    key = notes.key_of(schema_name, "hold:1:a:b")
    life_s = cache.ttl(key)
    assert 0 < life_s <= scoring.CLOSED_LIFE_S
    # Who names it again, before the order, neither opens it nor has it remembered for longer.
    cache.expire(key, 5)
    hold(1, START)
    assert 0 < cache.ttl(key) <= 5
    hold(1, later + MINUTE)
    read(START + 20 * MINUTE)
    [(_, signs)] = scoring.signs_of([scoring.who_is(Kind.SESSION, BOT.session)])
    assert signs == Signs(lapsed=2)


@pytest.mark.parametrize("is_one_round", [True, False])
@pytest.mark.parametrize("order", sorted({*permutations(("held", "ordered", "paid", "paid"))}))
def test_in_whatever_order_it_is_told_a_sale_is_one_sale(
    live_tenant: TenantRecord, order: tuple[str, ...], is_one_round: bool
) -> None:
    with clock.fixed(START + MINUTE):
        paid = notes.paid(BOT.session, "ord_1")
    told = {"held": held(0, START), "ordered": ordered(0, START + MINUTE), "paid": paid}
    for kind in order:
        write(live_tenant, START + MINUTE, told[kind])
        if not is_one_round:
            read(START + MINUTE)
    read(START + MINUTE)
    read(START + 60 * MINUTE)
    whom = [Kind.SESSION, Kind.DEVICE] if is_one_round else [Kind.SESSION]
    raw = {Kind.SESSION: BOT.session, Kind.DEVICE: BOT.device}
    signs = scoring.signs_of([scoring.who_is(kind, raw[kind]) for kind in whom])
    assert signs == [(kind, Signs(bought=1)) for kind in whom]


def test_a_snipe_is_seen_across_rounds(live_tenant: TenantRecord) -> None:
    giver, taker = (Asker("t_aurora", session, "", "") for session in ("giver", "taker"))
    schema_name = live_tenant.schema_name
    with clock.fixed(START):
        notes.write(schema_name, [
            notes.held(giver, performance_id=1, hold_id="a", until=START + 10 * MINUTE, places=(5,))
        ])  # fmt: skip
        scoring.read_notes()
    with clock.fixed(START + MINUTE):
        notes.write(schema_name, [notes.released(1, "a")])
        scoring.read_notes()
    later = START + MINUTE + timedelta(seconds=1)
    with clock.fixed(later):
        notes.write(schema_name, [
            notes.held(taker, performance_id=1, hold_id="b", until=later + 10 * MINUTE, places=(5,))
        ])  # fmt: skip
        scoring.read_notes()
    [(_, signs)] = scoring.signs_of([scoring.who_is(Kind.SESSION, "taker")])
    assert signs == Signs(sniped=1)


def test_a_score_that_limits_have_made_is_not_lowered(
    live_tenant: TenantRecord, cache: Redis
) -> None:
    key = suspicion.key_of(live_tenant.schema_name, "session", BOT.session)
    cache.set(key, 20, ex=60)
    let_run_out(live_tenant, BOT, 3)
    assert cache.get(key) == b"20"


def test_nobody_whom_the_organizer_trusts_is_watched(
    live_tenant: TenantRecord, cache: Redis
) -> None:
    services.list_buyer(
        Entry(Verdict.TRUSTED, What.NETWORK, "203.0.113.0/24", "our box office"), actor=SYSTEM
    )
    let_run_out(live_tenant, BOT, 6)
    assert score_of(cache, live_tenant.schema_name, "session", BOT.session) == 0


def test_who_belongs_together_is_counted_once_each(live_tenant: TenantRecord) -> None:
    for _ in range(2):
        for mail in ("a", "b", "c"):
            related = scoring.relate(mail=mail, card="card")
    assert (related.mails_of_card, related.cards_of_mail) == (3, 1)
    assert scoring.relate(mail="a", card="other").cards_of_mail == 2
    assert scoring.relate(mail="d", card="") == Relations()


def test_only_tenants_with_something_to_read_are_asked(live_tenant: TenantRecord) -> None:
    with public_context():
        queueing_tasks.score_waiting()
    assert drain() == []
    notes.write(live_tenant.schema_name, [notes.released(1, "hold")])
    with public_context():
        queueing_tasks.score_waiting()
        queueing_tasks.score_waiting()
    assert drain() == ["queueing.read_notes"]
    assert scoring.take_waiting() == []


def test_a_watched_hold_keeps_its_tenant_waiting(live_tenant: TenantRecord) -> None:
    with clock.fixed(START):
        notes.write(live_tenant.schema_name, [
            notes.held(BOT, performance_id=1, hold_id="a", until=START + MINUTE, places=(1,))
        ])  # fmt: skip
        assert scoring.take_waiting() == [live_tenant.schema_name]
        scoring.read_notes()
    assert scoring.take_waiting() == [live_tenant.schema_name]
    read(START + 3 * MINUTE)
    assert scoring.take_waiting() == []


def test_more_notes_than_are_kept_are_lost_the_oldest_first(
    live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "MOST_NOTES", 6)
    monkeypatch.setattr(notes, "NOTES_AT_ONCE", 4)
    write(live_tenant, START, *(held(number, START) for number in range(30)))
    assert read(START) == 6
    # Told by many doors, one note each, they are not more.
    for number in range(6):
        write(live_tenant, START, held(number, START))
    assert read(START) == 6


def test_what_was_cut_off_may_have_been_an_order(
    live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(live_tenant, START, *(held(number, START) for number in range(6)))
    read(START)
    monkeypatch.setattr(notes, "MOST_NOTES", 6)
    sold = START + 5 * MINUTE
    write(live_tenant, sold, *(ordered(number, sold) for number in range(6)))
    write(live_tenant, sold, *(held(number, sold, NOBODY) for number in range(10, 16)))
    later = sold + MINUTE
    write(live_tenant, later, held(20, later, LATE))
    assert read(later) == 6
    read(later + 60 * MINUTE)
    assert signs_of(BOT) == signs_of(NOBODY) == Signs()
    # What was held since is told whole.
    assert signs_of(LATE) == Signs()
    write(live_tenant, later + MINUTE, held(21, later + MINUTE, LATE))
    read(later + 60 * MINUTE)
    assert signs_of(LATE) == Signs(lapsed=1)


def test_who_bought_and_is_not_known_to_is_no_hoarder(
    live_tenant: TenantRecord, cache: Redis
) -> None:
    at = let_run_out(live_tenant, BOT, 2)
    assert signs_of(BOT) == Signs(lapsed=2)
    notes.lose(live_tenant.schema_name)
    write(live_tenant, at)
    assert signs_of(BOT) == Signs()
    write(live_tenant, at + MINUTE, held(9, at + MINUTE))
    read(at + MINUTE)
    read(at + 20 * MINUTE)
    assert signs_of(BOT) == Signs(lapsed=1)
    assert score_of(cache, live_tenant.schema_name, "session", BOT.session) == 0


@pytest.mark.parametrize("is_told", [True, False])
def test_notes_that_valkey_did_not_take_count_against_nobody(
    live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch, is_told: bool
) -> None:
    write(live_tenant, START, held(0, START))
    read(START)
    sold, away = START + MINUTE, Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    with monkeypatch.context() as broken:
        broken.setattr("kernel.valkey.limits_client", lambda: away)
        write(live_tenant, sold, ordered(0, sold))
    if not is_told:
        # The control: without a word of the loss the hold has lapsed.
        notes._losses.clear()
    write(live_tenant, sold + MINUTE, held(5, sold + MINUTE, NOBODY))
    read(START + 30 * MINUTE)
    assert signs_of(BOT) == Signs(lapsed=0 if is_told else 1)


@pytest.mark.parametrize("is_marked", [True, False])
def test_a_round_that_dies_counts_against_nobody(
    live_tenant: TenantRecord, cache: Redis, monkeypatch: pytest.MonkeyPatch, is_marked: bool
) -> None:
    write(live_tenant, START, held(0, START))
    read(START)
    sold = START + MINUTE
    write(live_tenant, sold, ordered(0, sold))
    with monkeypatch.context() as broken:
        broken.setattr(scoring, "_read", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            read(sold)
    if not is_marked:
        # The control: without its mark the hold has lapsed.
        cache.delete(notes.key_of(live_tenant.schema_name, "in-hand"))
    read(START + 30 * MINUTE)
    assert signs_of(BOT) == Signs(lapsed=0 if is_marked else 1)


def test_a_worker_that_is_late_finds_no_hoarders(
    live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour behind: what ends a hold is read before its end is judged."""
    monkeypatch.setattr(scoring, "NOTES_AT_ONCE", 2)
    monkeypatch.setattr(scoring, "NOTES_A_ROUND", 4)
    for number in range(6):
        at = START + number * MINUTE
        write(live_tenant, at, held(number, at), held(10 + number, at, NOBODY))
    for number in range(6):
        at = START + (9 + number) * MINUTE
        write(live_tenant, at, ordered(number, at))
    counts = []
    while not counts or counts[-1]:
        counts.append(read(START + 60 * MINUTE))
    assert counts == [4, 4, 4, 4, 2, 0]
    assert signs_of(BOT) == Signs()
    assert signs_of(NOBODY) == Signs(lapsed=6)


def test_a_round_reads_until_nothing_waits(
    live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "NOTES_AT_ONCE", 2)
    write(live_tenant, START, *(held(number, START) for number in range(7)))
    assert read(START) == 7


def test_without_valkey_a_note_is_lost_quietly(
    live_tenant: TenantRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    monkeypatch.setattr("kernel.valkey.limits_client", lambda: away)
    notes.write(live_tenant.schema_name, [notes.released(1, "hold")])
