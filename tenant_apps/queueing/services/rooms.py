"""Waiting rooms, their signed places and their sync door."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import structlog
from django.db import transaction

from kernel import clock, signing
from public_apps.audit import services as audit
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.events.domain import NoSuchPerformance
from tenant_apps.events.models import Performance
from tenant_apps.queueing import domain, gateway, queries
from tenant_apps.queueing.domain import BadPlace, Mode, RoomDraft, Rules, Standing
from tenant_apps.queueing.models import Room

log = structlog.get_logger(__name__)

PURPOSE = "waiting-room-place"
LIFE = timedelta(days=60)
# Calls that shuffle a full room, and some more.
OPENING_CALLS = domain.MOST_WAITING // domain.SHUFFLED_AT_ONCE + 100


def set_room(*, performance_id: int, draft: RoomDraft, actor: Actor) -> Room:
    """Set how a performance's sale is waited for. Switched on anew, a room begins empty.

    Refuses with NoSuchPerformance and like `domain.ensure_good_draft`.
    """
    actor.ensure(Permission.EVENTS_EDIT)
    now = clock.now()
    with transaction.atomic(durable=True):
        # The performance's row is what two editors of one room meet at.
        performance = Performance.objects.select_for_update().filter(pk=performance_id).first()
        if performance is None:
            raise NoSuchPerformance
        domain.ensure_good_draft(draft, sale_opens_at=performance.sale_opens_at)
        fields = {**asdict(draft), "mode": draft.mode.value, "changed_at": now}
        room = Room.objects.filter(performance=performance).first()
        if room is None:
            room = Room.objects.create(performance=performance, **fields)
        else:
            if room.mode == Mode.OFF and draft.mode is not Mode.OFF:
                fields |= {"round": room.round + 1, "opened_at": None, "seed": ""}
            for name, value in fields.items():
                setattr(room, name, value)
            room.save(update_fields=list(fields))
        audit.record(
            action="waiting_room.set",
            actor=actor,
            subject=performance.public_id,
            mode=draft.mode.value,
            waits_from=draft.waits_from.isoformat() if draft.waits_from else None,
            per_minute=draft.per_minute,
            most_inside=draft.most_inside,
            lease_seconds=draft.lease_seconds,
        )
    return room


def commit_seed(rules: Rules) -> Rules | None:
    """Draw the seed of the shuffle, once a round, and return the rules with it.

    None where the room was switched off or begun anew meanwhile. Whoever is first draws; the
    others read what was drawn.
    """
    Room.objects.filter(
        performance_id=rules.performance_id, round=rules.round, opened_at__isnull=True
    ).exclude(mode=Mode.OFF).update(
        seed=secrets.token_hex(16),
        opened_at=datetime.fromtimestamp(rules.opens_ms / 1000, UTC),
    )
    found = queries.find_rules(rules.performance_id)
    if found is not None and found.round == rules.round:
        log.info("waiting_room_opens", performance_id=rules.performance_id, round=rules.round)
        return found
    return None


def find_open_rules(performance_id: int) -> Rules | None:
    """Return the rules of a room that is on at this moment; with the seed once its sale is open."""
    now_ms = int(clock.now().timestamp() * 1000)
    rules = queries.find_rules(performance_id)
    if rules is None or not rules.is_on(now_ms):
        return None
    if not rules.is_due(now_ms):
        return rules
    # The room is there before its seed is: one with a seed that Valkey does not know was lost.
    gateway.run(gateway.open_doors(rules))
    return commit_seed(rules)


def join(
    rules: Rules, *, session: str, place: str = "", free_places: Callable[[], int]
) -> tuple[Standing, str]:
    """Take a place in the room or keep it: where it is, and signed.

    A place that is not this session's is passed over. Refuses with RoomFull or RoomDown.
    """
    number = number_of(place, rules=rules, session=session) if place else 0
    joining = gateway.join(rules, session=session, number=number)
    standing = gateway.read_standing(gateway.run(joining))
    if rules.seed and standing.is_near:
        # Where no live process watches, those in front keep the line going.
        _open_doors(rules)
        gateway.run(gateway.admit(rules, free=free_places()))
        standing = gateway.read_standing(gateway.run(joining))
    return standing, sign_place(rules, session=session, number=standing.number)


def _open_doors(rules: Rules) -> None:
    for _ in range(OPENING_CALLS):
        if gateway.read_is_open(gateway.run(gateway.open_doors(rules))):
            return


def ensure_admitted(*, performance_id: int, session: str) -> None:
    """Use the session's lease for a new hold. Refuses with NotAdmitted or RoomDown."""
    rules = find_open_rules(performance_id)
    if rules is not None and not gateway.read_has_entered(
        gateway.run(gateway.enter(rules, session=session))
    ):
        raise domain.NotAdmitted


def leave(*, performance_id: int, session: str) -> None:
    """Give a place or a lease back: for the next one. Refuses with RoomDown."""
    rules = queries.find_rules(performance_id)
    if rules is not None:
        gateway.run(gateway.leave(rules, session=session))


def sign_place(rules: Rules, *, session: str, number: int) -> str:
    """Return the signed place: good for this tenant, performance and round alone."""
    payload = {"p": rules.performance_id, "r": rules.round, "s": session, "n": number}
    return signing.sign(PURPOSE, payload, schema_name=rules.schema_name)


def read_place(token: str, *, rules: Rules) -> tuple[str, int]:
    """Return (session, number) of a signed place. Refuses with BadPlace what is not of this room.

    A place that is forged, too old, another tenant's, performance's or round's is refused alike.
    """
    try:
        payload = signing.unsign(PURPOSE, token, max_age=LIFE, schema_name=rules.schema_name)
    except (signing.BadSignature, signing.Expired):
        raise BadPlace from None
    if (payload["p"], payload["r"]) != (rules.performance_id, rules.round):
        raise BadPlace
    return payload["s"], payload["n"]


def number_of(token: str, *, rules: Rules, session: str) -> int:
    """Return the number in a place if it is good and this session's, else 0."""
    try:
        owner, number = read_place(token, rules=rules)
    except BadPlace:
        return 0
    return number if owner == session else 0
