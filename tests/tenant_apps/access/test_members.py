from __future__ import annotations

from threading import Barrier

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from kernel import errors
from kernel.db import violated_constraint
from public_apps.audit.models import Entry
from public_apps.identity.domain import BadEmail, WeakPassword
from public_apps.identity.models import User
from public_apps.tenants.domain import TenantRecord
from tenant_apps.access import domain, queries, services
from tenant_apps.access.domain import SYSTEM, Actor, Permission
from tenant_apps.access.models import Membership, Role
from tests.support.races import all_at_once

PASSWORD = "correct horse battery"
STAFF = Actor("member", "mbr_x", "Staff", domain.BUILTIN_ROLES["staff"])


def add(email: str, role: str = "owner") -> Membership:
    return services.add_member(
        email=email,
        name=email.split("@", maxsplit=1)[0],
        role=role,
        password=PASSWORD,
        actor=SYSTEM,
    )


def test_a_member_may_what_the_role_allows(tenant: TenantRecord) -> None:
    owner, staff = add("o@x.example"), add("s@x.example", "staff")
    assert queries.actor_of_user(owner.user).permissions == frozenset(Permission)
    actor = queries.actor_of_user(staff.user)
    assert (actor.kind, actor.ref, actor.name) == ("member", staff.public_id, "s")
    assert actor.may(Permission.TICKETS_REDEEM)
    with pytest.raises(domain.NotPermitted) as refusal:
        actor.ensure(Permission.ORDERS_REFUND)
    assert refusal.value.details == {"permission": "orders:refund"}


def test_a_house_puts_its_own_roles_together(tenant: TenantRecord) -> None:
    services.create_role(
        name="Box office", permissions=["orders:view", "orders:refund"], actor=SYSTEM
    )
    member = add("b@x.example", "Box office")
    assert queries.actor_of_user(member.user).permissions == {
        Permission.ORDERS_VIEW,
        Permission.ORDERS_REFUND,
    }
    with pytest.raises(domain.RoleInUse):
        services.delete_role(name="Box office", actor=SYSTEM)
    with pytest.raises(domain.RoleTaken):
        services.create_role(name="Box office", permissions=[], actor=SYSTEM)
    with pytest.raises(domain.RoleTaken):
        services.create_role(name="owner", permissions=[], actor=SYSTEM)
    with pytest.raises(domain.UnknownPermission):
        services.create_role(name="Spy", permissions=["everything:see"], actor=SYSTEM)


def test_the_database_refuses_a_role_with_a_permission_that_is_none(tenant: TenantRecord) -> None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Role.objects.create(name="Spy", permissions=["everything:see"])
    assert violated_constraint(refusal.value) == "role_permissions_known"


def test_strangers_are_nobody(tenant: TenantRecord) -> None:
    from django.contrib.auth.models import AnonymousUser

    assert queries.find_actor(AnonymousUser()) is None
    with pytest.raises(errors.Unauthenticated):
        queries.actor_of_user(AnonymousUser())
    user = User.objects.create_user("lost@x.example", PASSWORD)
    with pytest.raises(domain.NotAMember):
        queries.actor_of_user(user)


def test_who_somebody_is_is_read_once_a_request(tenant: TenantRecord) -> None:
    from django.test.utils import CaptureQueriesContext

    user = User.objects.get(pk=add("o@x.example").user.pk)
    with CaptureQueriesContext(connection) as captured:
        queries.actor_of_user(user)
        queries.actor_of_user(user)
    assert len(captured) == 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"email": "no address"}, BadEmail),
        ({"password": "short"}, WeakPassword),
        ({"role": "emperor"}, domain.UnknownRole),
        ({"email": "o@x.example"}, domain.AlreadyAMember),
        ({"actor": STAFF}, domain.NotPermitted),
    ],
)
def test_a_refused_member_leaves_nothing_behind(
    tenant: TenantRecord, changes: dict[str, object], refusal: type[Exception]
) -> None:
    add("o@x.example")
    wanted = {
        "email": "n@x.example", "name": "N", "role": "staff", "password": PASSWORD, "actor": SYSTEM
    }  # fmt: skip
    with pytest.raises(refusal):
        services.add_member(**{**wanted, **changes})  # type: ignore[arg-type]
    assert Membership.objects.count() == User.objects.count() == 1


def test_the_last_owner_stays(tenant: TenantRecord) -> None:
    owner = add("o@x.example")
    with pytest.raises(domain.LastOwner):
        services.change_role(member_id=owner.public_id, role="staff", actor=SYSTEM)
    with pytest.raises(domain.LastOwner):
        services.remove_member(member_id=owner.public_id, actor=SYSTEM)
    services.change_role(member_id=owner.public_id, role="owner", actor=SYSTEM)
    add("second@x.example")
    services.remove_member(member_id=owner.public_id, actor=SYSTEM)
    assert Membership.objects.get().user.email == "second@x.example"


def test_who_is_removed_is_out_and_may_be_let_in_again(tenant: TenantRecord) -> None:
    add("o@x.example")
    member = add("s@x.example", "staff")
    services.remove_member(member_id=member.public_id, actor=SYSTEM)
    assert not User.objects.get(email="s@x.example").is_active
    again = add("s@x.example", "admin")
    assert again.user.is_active
    with pytest.raises(domain.NoSuchMember):
        services.remove_member(member_id=member.public_id, actor=SYSTEM)


def test_every_change_is_in_the_trail(tenant: TenantRecord) -> None:
    add("o@x.example")
    member = add("s@x.example", "staff")
    services.change_role(member_id=member.public_id, role="admin", actor=SYSTEM)
    services.remove_member(member_id=member.public_id, actor=SYSTEM)
    trail = Entry.objects.filter(subject=member.public_id).order_by("pk")
    assert [entry.action for entry in trail] == [
        "member.added",
        "member.role_changed",
        "member.removed",
    ]


@pytest.fixture
def two_owners(live_tenant: TenantRecord) -> list[str]:
    return [add(f"{name}@x.example").public_id for name in ("a", "b")]


def test_two_owners_who_demote_each_other_leave_one(
    live_tenant: TenantRecord, two_owners: list[str]
) -> None:
    def demote(number: int, gate: Barrier) -> None:
        gate.wait()
        services.change_role(member_id=two_owners[number], role="staff", actor=SYSTEM)

    assert all_at_once(live_tenant.schema_name, 2, demote) == {"done": 1, "last_owner": 1}
    assert Membership.objects.filter(role="owner").count() == 1


def test_the_race_of_two_owners_is_real_without_the_lock(
    live_tenant: TenantRecord, two_owners: list[str]
) -> None:
    """If this test fails, the one above proves nothing."""

    def look_then_demote(number: int, gate: Barrier) -> None:
        with transaction.atomic():
            owners = Membership.objects.filter(role="owner").count()
            gate.wait()  # both have looked before either writes
            if owners > 1:
                Membership.objects.filter(public_id=two_owners[number]).update(role="staff")

    assert all_at_once(live_tenant.schema_name, 2, look_then_demote) == {"done": 2}
    assert Membership.objects.filter(role="owner").count() == 0
