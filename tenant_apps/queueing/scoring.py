"""From notes to scores: who hoards, who snipes, who belongs together.

Read a few seconds after it happened, by a task, one round of a tenant at a time. Everything lies
beside the rate limits (CACHE_URL), under the tenant's hash tag, hashed with a key of the tenant,
ends by itself, and may be lost: then everybody is an honest buyer once more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from redis import Redis

from kernel import clock, valkey
from kernel.db import current_schema
from tenant_apps.queueing import queries, suspicion
from tenant_apps.queueing.domain.lists import Trusted
from tenant_apps.queueing.domain.rules import (
    HOLD_BACK,
    RELATED_S,
    WINDOW_S,
    Kind,
    Relations,
    Signs,
    score_of,
)
from tenant_apps.queueing.domain.watching import (
    LATE_MS,
    Book,
    Happening,
    Held,
    HoldKey,
    OpenHold,
    Ordered,
    Paid,
    Released,
    Unpaid,
    Who,
    counted,
)
from tenant_apps.queueing.notes import LIFE_S, NOTES_AT_ONCE, WAITING, key_of

SCHEMAS_A_ROUND = 500
# A round ends when nothing waits, or after so many notes.
NOTES_A_ROUND = 40_000
DUE_AT_ONCE = 5_000
# So long after its end a hold is known, for a round that comes late ...
HOLD_MARGIN_S = 900
# ... and so long after it became an order or was given back: no word of it comes later than that.
CLOSED_LIFE_S = LATE_MS // 1000
FREED_LIFE_S = 30


def take_waiting() -> list[str]:
    """Take the schemas that have notes to read or holds to watch; whoever reads puts them back."""
    found: Any = valkey.limits_client().spop(WAITING, SCHEMAS_A_ROUND) or []
    return sorted(name.decode() for name in found)


def read_notes() -> int:
    """Read the current tenant's notes, and score whom they tell of; how many there were.

    One round at a time. What a round that dies had in hand is lost; the next one finds its mark.
    """
    client, at_ms = valkey.limits_client(), int(clock.now().timestamp() * 1000)
    if client.set(_key("in-hand"), at_ms, ex=LIFE_S, get=True):
        client.set(_key("lost"), at_ms, ex=LIFE_S)
    trusted, count, is_all = queries.trusted_buyers(), 0, False
    while not is_all and count < NOTES_A_ROUND:
        written, lost_ms = _take_notes(client)
        count, is_all = count + len(written), len(written) < NOTES_AT_ONCE
        # While more is waiting, what was read tells only of what had happened by its end.
        told_ms = at_ms if is_all else min(at_ms, max(_ms(note[1]) for note in written))
        _read(client, [*_happenings(client, written, trusted)], told_ms, lost_ms)
    client.delete(_key("in-hand"))
    if client.llen(_key("notes")) or client.zcard(_key("open")):
        client.sadd(WAITING, current_schema())
    return count


def _take_notes(client: Redis) -> tuple[list[list[Any]], int]:
    """Take the oldest notes, and with them the moment until which some were lost."""
    pipe = client.pipeline(transaction=True)
    pipe.lpop(_key("notes"), NOTES_AT_ONCE)
    pipe.get(_key("lost"))
    strings, lost_ms = pipe.execute()
    return [orjson.loads(string) for string in strings or ()], int(lost_ms or 0)


def _read(client: Redis, happenings: Sequence[Happening], told_ms: int, lost_ms: int) -> None:
    due: Any = client.zrangebyscore(_key("open"), "-inf", told_ms, start=0, num=DUE_AT_ONCE)
    over = [_read_hold_key(member) for member in due]
    book = _open_book(client, happenings, over)
    book.lost_ms = lost_ms
    book.read(happenings, now_ms=told_ms)
    _keep_book(client, book, over, told_ms)
    _score(client, counted(book), lost_ms)


def signs_of(who: Iterable[Who]) -> list[tuple[Kind, Signs]]:
    """Return what was counted of each of them."""
    client = valkey.limits_client()
    return _signs_of(client, [*who], _fields(int(client.get(_key("lost")) or 0)))


def _signs_of(
    client: Redis, wanted: Sequence[Who], fields: Sequence[str]
) -> list[tuple[Kind, Signs]]:
    pipe = client.pipeline(transaction=False)
    for each in wanted:
        pipe.hmget(_count_key(each), fields)
    return [
        (kind, Signs(*(int(count or 0) for count in counts)))
        for (kind, _), counts in zip(wanted, pipe.execute(), strict=True)
    ]


def relate(*, mail: str, card: str) -> Relations:
    """Note with which card a mail has bought, and count what belongs together.

    Both are hashed already, the card may be empty. The same again changes nothing.
    """
    pairs = {f"mails-of-card:{card}": mail if card else "", f"cards-of-mail:{mail}": card}
    pipe = valkey.limits_client().pipeline(transaction=False)
    for name, member in pairs.items():
        if member:
            pipe.sadd(_key(name), member)
            pipe.expire(_key(name), RELATED_S, nx=True)
    pipe.execute()
    for name in pairs:
        pipe.scard(_key(name))
    mails_of_card, cards_of_mail = pipe.execute()
    return Relations(mails_of_card=mails_of_card, cards_of_mail=cards_of_mail)


def hold_back(session: str) -> None:
    """Let a buyer hold nothing more for as long as signs are counted."""
    key = _score_key(who_is(Kind.SESSION, session))
    valkey.limits_client().set(key, HOLD_BACK, ex=WINDOW_S)


def who_is(kind: Kind, raw: str) -> Who:
    """Return somebody as signs name them: hashed with a key of the current tenant."""
    return kind, suspicion.key_of(current_schema(), kind, raw).rpartition(":")[2]


def _happenings(
    client: Redis, written: Sequence[list[Any]], trusted: Trusted
) -> Iterator[Happening]:
    """Return what the notes tell, of those whom the organizer does not trust."""
    sessions = {note[2] for note in written if note[0] in {"returned", "paid", "unpaid"}}
    seen = _seen(client, [who_is(Kind.SESSION, session) for session in sessions])
    for session, device, network in (note[4] for note in written if note[0] == "held"):
        # What is told here too, before or after: doors and tasks write when each is ready.
        if session in sessions and not trusted.has(network):
            who = _known(session, device, network)
            seen[who[0]] = who
    newly_paid = _newly_paid(client, {note[3] for note in written if note[0] == "paid"})
    for kind, at, *rest in written:
        at_ms = _ms(at)
        match kind:
            case "held":
                performance_id, hold_id, (session, device, network), until, places = rest
                who = () if trusted.has(network) else _known(session, device, network)
                yield Held(at_ms, performance_id, hold_id, who, _ms(until), tuple(places))
            case "released":
                performance_id, hold_id = rest
                yield Released(at_ms, (performance_id, hold_id))
            case "ordered":
                yield Ordered(at_ms, tuple((each[0], each[1]) for each in rest[0]))
            case "returned":
                session, performance_id, hold_id, until, places = rest
                who = seen[who_is(Kind.SESSION, session)]
                yield Held(at_ms, performance_id, hold_id, who, _ms(until), tuple(places))
            case "paid":
                session, order_ref = rest
                if order_ref in newly_paid:
                    newly_paid.discard(order_ref)
                    yield Paid(at_ms, seen[who_is(Kind.SESSION, session)])
            case "unpaid":
                yield Unpaid(at_ms, seen[who_is(Kind.SESSION, rest[0])])


def _newly_paid(client: Redis, order_refs: Collection[str]) -> set[str]:
    """Return those that were not told before: the task that tells may run twice."""
    wanted, pipe = [*order_refs], client.pipeline(transaction=False)
    for order_ref in wanted:
        pipe.set(_key(f"paid:{order_ref}"), "", ex=WINDOW_S, nx=True)
    return {order_ref for order_ref, is_new in zip(wanted, pipe.execute(), strict=True) if is_new}


def _known(session: str, device: str, network: str) -> tuple[Who, ...]:
    parts = {Kind.SESSION: session, Kind.DEVICE: device, Kind.PREFIX: network}
    return tuple(who_is(kind, raw) for kind, raw in parts.items() if raw)


def _seen(client: Redis, sessions: Collection[Who]) -> dict[Who, tuple[Who, ...]]:
    if not sessions:
        return {}
    ordered = [*sessions]
    raw: Any = client.mget([_key(f"seen:{digest}") for _, digest in ordered])
    return {
        session: _read_who(orjson.loads(packed)) if packed else (session,)
        for session, packed in zip(ordered, raw, strict=True)
    }


def _open_book(client: Redis, happenings: Sequence[Happening], over: Sequence[HoldKey]) -> Book:
    """Return what is known of the holds and places that this round tells of."""
    told, places = {*over}, set()
    for happening in happenings:
        match happening:
            case Held():
                told.add(happening.key)
                places |= {(happening.performance_id, place) for place in happening.places}
            case Released():
                told.add(happening.key)
            case Ordered():
                told |= {*happening.keys}
    book, keys, wanted = Book(), sorted(told), sorted(places)
    raw: Any = client.mget([_hold_key(key) for key in keys]) if keys else []
    for key, packed in zip(keys, raw, strict=True):
        known = orjson.loads(packed) if packed else None
        if isinstance(known, int):
            book.closed[key] = known
        elif known:
            since_ms, told_ms, until_ms, who, had, is_over = known
            book.holds[key] = OpenHold(
                since_ms, told_ms, until_ms, _read_who(who), tuple(had), is_over
            )
    by_performance: dict[int, list[int]] = {}
    for performance_id, place in wanted:
        by_performance.setdefault(performance_id, []).append(place)
    for performance_id, ordinals in by_performance.items():
        freed: Any = client.hmget(_key(f"freed:{performance_id}"), [str(o) for o in ordinals])
        for ordinal, packed in zip(ordinals, freed, strict=True):
            if packed:
                at_ms, session = orjson.loads(packed)
                book.freed[performance_id, ordinal] = (at_ms, session)
    return book


def _keep_book(client: Redis, book: Book, over: Sequence[HoldKey], at_ms: int) -> None:
    pipe = client.pipeline(transaction=False)
    for key in {*over, *book.ended} - book.holds.keys():
        pipe.zrem(_key("open"), _member(key))
        pipe.delete(_hold_key(key))
    for key in book.newly_closed - book.holds.keys():
        pipe.set(_hold_key(key), book.closed[key], ex=CLOSED_LIFE_S)
    for key, hold in book.holds.items():
        life_s = max(0, hold.until_ms - at_ms) // 1000 + HOLD_MARGIN_S
        packed = orjson.dumps(
            [hold.since_ms, hold.told_ms, hold.until_ms, hold.who, hold.places, hold.is_over]
        )
        pipe.set(_hold_key(key), packed, ex=life_s)
        pipe.zadd(_key("open"), {_member(key): hold.due_ms})
        pipe.set(_key(f"seen:{hold.who[0][1]}"), orjson.dumps(hold.who), ex=WINDOW_S)
    pipe.expire(_key("open"), WINDOW_S)
    freed: dict[int, dict[Any, Any]] = {}
    for (performance_id, place), last in book.freed.items():
        freed.setdefault(performance_id, {})[str(place)] = orjson.dumps(last)
    for performance_id, fields in freed.items():
        pipe.hset(_key(f"freed:{performance_id}"), mapping=fields)
        pipe.expire(_key(f"freed:{performance_id}"), FREED_LIFE_S)
    pipe.execute()


def _score(client: Redis, newly: Mapping[Who, tuple[int, int, int]], lost_ms: int) -> None:
    """Add to what was counted, and write the score that it makes, for as long as the window."""
    if not newly:
        return
    pipe, fields = client.pipeline(transaction=False), _fields(lost_ms)
    for who, counts in newly.items():
        for field, count in zip(fields, counts, strict=True):
            if count:
                pipe.hincrby(_count_key(who), field, count)
        pipe.expire(_count_key(who), WINDOW_S, nx=True)
    pipe.execute()
    whom = [*newly]
    for who in whom:
        pipe.get(_score_key(who))
        pipe.hget(_count_key(who), "score")
    said = [int(score or 0) for score in pipe.execute()]
    for (who, (kind, signs)), now, ours in zip(
        zip(whom, _signs_of(client, whom, fields), strict=True), said[::2], said[1::2], strict=True
    ):
        score = score_of(kind, signs)
        # Limits that were reached make a score too: the higher one stands.
        if score != ours and (score > now or now == ours):
            pipe.set(_score_key(who), score, ex=WINDOW_S)
            pipe.hset(_count_key(who), "score", score)
    pipe.execute()


def _fields(lost_ms: int) -> tuple[str, str, str]:
    """Return where signs are counted. Lapses begin anew at a loss: who bought may be lost too."""
    return f"lapsed:{lost_ms}", "sniped", "bought"


def _ms(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


def _read_who(packed: Iterable[Sequence[str]]) -> tuple[Who, ...]:
    return tuple((Kind(kind), digest) for kind, digest in packed)


def _key(name: str) -> str:
    return key_of(current_schema(), name)


def _member(key: HoldKey) -> str:
    return f"{key[0]}:{key[1]}"


def _read_hold_key(member: bytes) -> HoldKey:
    performance_id, _, hold_id = member.decode().partition(":")
    return int(performance_id), hold_id


def _hold_key(key: HoldKey) -> str:
    return _key(f"hold:{_member(key)}")


def _count_key(who: Who) -> str:
    return _key(f"count:{who[0]}:{who[1]}")


def _score_key(who: Who) -> str:
    return f"suspect:{{{current_schema()}}}:{who[0]}:{who[1]}"
