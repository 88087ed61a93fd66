"""Waiting rooms and their sync door; lists of buyers; orders to be looked at."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import structlog
from django.db import transaction
from redis import RedisError

from kernel import clock, signing, valkey
from kernel.askers import Asker
from kernel.valkey import Call
from public_apps.audit import services as audit
from public_apps.tenants import queries as tenants
from tenant_apps.access.domain import Actor, Permission
from tenant_apps.events.domain import NoSuchPerformance
from tenant_apps.events.models import Performance
from tenant_apps.queueing import domain, gateway, proofs, queries, suspicion
from tenant_apps.queueing.domain import BadPlace, Mode, RoomDraft, Rules, Standing, lists
from tenant_apps.queueing.domain.lists import Entry, What
from tenant_apps.queueing.domain.reviews import (
    AlreadyDecided,
    NoSuchReview,
    Pointing,
    ReviewState,
)
from tenant_apps.queueing.models import Listing, Review, Room

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


def note_refusal(asker: Asker, limit: str) -> None:
    """Remember that somebody asked more often than a limit allows."""
    call = suspicion.refusal_call(asker, limit)
    if call is not None:
        _ask_losable(call)


def ensure_trusted(asker: Asker, *, performance: str, score: int) -> None:
    """Refuse with HoldsRefused or ProofNeeded who is suspicious.

    A form carries no proof: its page shows it to the live process first, or the buyer waits.
    """
    if score < suspicion.ASK_FROM:
        return
    suspicion.ensure_not_blocked(score)
    wait_ms = _ask_losable(proofs.judge(asker, performance, proof=""))
    proofs.ensure_passed(wait_ms or 0, asker, performance)


def _ask_losable(call: Call) -> int | None:
    """Run a script at the limits' server; None when it is away: then nobody is doubted."""
    try:
        answer = valkey.run_script(valkey.limits_client(), call.script, call.keys, call.arguments)
    except RedisError as error:
        log.warning("suspicion_unreachable", error=type(error).__name__)
        return None
    return int(answer)


def list_buyer(entry: Entry, *, actor: Actor) -> Listing:
    """Put somebody onto the list, or change what it says of them.

    Refuses with NotPermitted, BadEntry, NetworkTooWide, BadReason, EndsInThePast or ListFull.
    """
    actor.ensure(Permission.ORDERS_REFUND)
    value = lists.value_of(entry.what, entry.value)
    reason = lists.ensure_good_reason(entry.reason)
    now = clock.now()
    if entry.until is not None and entry.until <= now:
        raise lists.EndsInThePast(field="until")
    with transaction.atomic():
        listing, is_new = Listing.objects.update_or_create(
            what=entry.what.value,
            value=value,
            defaults={
                "verdict": entry.verdict.value,
                "label": entry.label[: lists.VALUE_MAX],
                "reason": reason,
                "until": entry.until,
                "added_at": now,
                "added_by": actor.name[:160],
            },
        )
        if is_new and Listing.objects.count() > lists.MOST_LISTED:
            raise lists.ListFull
        audit.record(
            action=f"buyer.{entry.verdict}",
            actor=actor,
            subject=listing.public_id,
            what=entry.what.value,
            value=value,
            reason=reason,
            until=entry.until.isoformat() if entry.until else None,
        )
    return listing


def unlist_buyer(*, public_id: str, actor: Actor) -> None:
    """Take an entry off the list; one that is gone already is no error."""
    actor.ensure(Permission.ORDERS_REFUND)
    with transaction.atomic():
        gone = Listing.objects.filter(public_id=public_id).first()
        if gone is not None and Listing.objects.filter(pk=gone.pk).delete()[0]:
            audit.record(
                action="buyer.unlisted",
                actor=actor,
                subject=public_id,
                what=gone.what,
                value=gone.value,
                verdict=gone.verdict,
            )


def ensure_may_buy(*, mail: str, network: str = "") -> bool:
    """Refuse with BuyerBlocked whom the organizer does not sell to; whether it trusts the other."""
    verdict = queries.find_verdict(mail=mail, network=network)
    if verdict is lists.Verdict.BLOCKED:
        raise lists.BuyerBlocked(contact=tenants.current_tenant().contact_email)
    return verdict is lists.Verdict.TRUSTED


def is_trusted_network(network: str) -> bool:
    """Whether an address prefix lies in a network that the organizer trusts."""
    return queries.find_verdict(network=network) is lists.Verdict.TRUSTED


def open_review(*, order_ref: str, why: Pointing) -> bool:
    """Have an order looked at, once; whether it is new. In the caller's transaction."""
    _, is_new = Review.objects.get_or_create(
        order_ref=order_ref,
        defaults={
            "state": ReviewState.OPEN.value,
            "rules": [rule.value for rule in why.rules],
            "card": why.card,
            "opened_at": clock.now(),
        },
    )
    return is_new


def close_review(*, order_ref: str, state: ReviewState, actor: Actor) -> bool:
    """Decide about an order, in the caller's transaction; False when this was decided before.

    The first decision stands. Refuses with NoSuchReview, or AlreadyDecided when it was another one.
    """
    # The count of rows is what decides between two members: the second waits for the first.
    closed = Review.objects.filter(order_ref=order_ref, state=ReviewState.OPEN).update(
        state=state.value, closed_at=clock.now(), closed_by=actor.name[:160]
    )
    if closed:
        audit.record(action=f"order.review_{state}", actor=actor, subject=order_ref)
        return True
    review = queries.find_review(order_ref)
    if review is None:
        raise NoSuchReview
    if review.state != state:
        raise AlreadyDecided(state=review.state, by=review.closed_by)
    return False


def close_open_review(*, order_ref: str, actor: Actor) -> None:
    """Take an order that is refunded in any other way off the list, in the caller's transaction."""
    review = queries.find_review(order_ref)
    if review is not None and review.state == ReviewState.OPEN:
        close_review(order_ref=order_ref, state=ReviewState.REFUNDED, actor=actor)


def block_buyer_of(review: Review, *, mail: str, label: str, reason: str, actor: Actor) -> None:
    """Put the mail and the card of an order that was looked at onto the list of the blocked."""
    for what, value in ((What.MAIL, mail), (What.CARD, review.card)):
        if value:
            list_buyer(
                Entry(
                    verdict=lists.Verdict.BLOCKED,
                    what=what,
                    value=value,
                    reason=reason,
                    label="" if what is What.MAIL else label,
                ),
                actor=actor,
            )
