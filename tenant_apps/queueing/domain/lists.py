"""Whom an organizer does not want to sell to, and whom it never wants to be asked about. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network

from kernel import errors
from kernel.addresses import IPV6_PREFIX

VALUE_MAX, REASON_MAX = 254, 200
# More than anybody keeps by hand; looked up by its index, so it is the pages that this bounds.
MOST_LISTED = 10_000
# Wider than this a network is a country, not a buyer.
WIDEST = {4: 16, 6: 32}

# RFC 1123 names in ASCII, with one dot at least.
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
MAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{3,189}")
DIGEST = re.compile(r"[0-9a-f]{32}")

Network = IPv4Network | IPv6Network


class Verdict(StrEnum):
    BLOCKED = "blocked"
    TRUSTED = "trusted"


class What(StrEnum):
    """What an entry names; the most exact first: the first that is found decides."""

    MAIL = "mail"
    CARD = "card"
    DOMAIN = "domain"
    NETWORK = "network"


# Cards come from orders alone: nobody types a hash.
TYPED = (What.MAIL, What.DOMAIN, What.NETWORK)


class BadEntry(errors.Invalid):
    code = "bad_entry"
    message = "This is not a mail address, a domain or a network."


class NetworkTooWide(errors.Invalid):
    code = "network_too_wide"
    message = "A network may be as wide as /16 (IPv6: /32), not wider."


class BadReason(errors.Invalid):
    code = "bad_reason"
    message = "Say why, in 1 to 200 characters."


class EndsInThePast(errors.Invalid):
    code = "ends_in_the_past"
    message = "The last day must be today or later."


class ListFull(errors.Conflict):
    code = "list_full"
    message = "The list is full. Remove what is not needed any more."


class NoSuchEntry(errors.Missing):
    code = "no_such_entry"
    message = "There is no such entry."


class BuyerBlocked(errors.NotAllowed):
    """Says nothing of lists: what a mistake would tell a stranger, and a scalper too."""

    code = "order_not_possible"
    message = "This order cannot be placed online. Please write to the organizer."


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be listed. `until` None: until it is removed."""

    verdict: Verdict
    what: What
    value: str
    reason: str
    # What the page shows instead of a hash.
    label: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trusted:
    """Whose holds are not watched."""

    networks: tuple[Network, ...] = ()

    def has(self, network: str) -> bool:
        """Whether an address prefix lies in a trusted network."""
        if not self.networks:
            return False
        found = read_network(network)
        return found is not None and any(
            found.version == each.version and found.subnet_of(each)  # type: ignore[arg-type]
            for each in self.networks
        )


def plain_mail(mail: str) -> str:
    """Return the address that several spellings lead to: without case and without `+tag`."""
    local, _, domain = mail.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def domain_of(mail: str) -> str:
    """Return the part behind the @."""
    return mail.strip().lower().rpartition("@")[2]


def read_network(text: str) -> Network | None:
    """Return an address or a network; None for what is neither."""
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def value_of(what: What, text: str) -> str:
    """Return the text as it is compared. Refuses with BadEntry or NetworkTooWide."""
    text = text.strip().lower()
    if len(text) > VALUE_MAX or not text.isprintable():
        raise BadEntry(field="value")
    good: object
    match what:
        case What.MAIL:
            good = MAIL.fullmatch(text)
            text = plain_mail(text)
        case What.DOMAIN:
            text = text.removeprefix("@").rstrip(".")
            good = DOMAIN.fullmatch(text)
        case What.NETWORK:
            network = read_network(text)
            if network is not None and network.prefixlen < WIDEST[network.version]:
                raise NetworkTooWide(field="value")
            good, text = network is not None, str(_as_counted(network))
        case What.CARD:
            good = DIGEST.fullmatch(text)
    if not good:
        raise BadEntry(field="value")
    return text


def _as_counted(network: Network | None) -> Network | None:
    """Return the network that a buyer in it is known by: one customer of IPv6 owns a /64."""
    if isinstance(network, IPv6Network) and network.prefixlen > IPV6_PREFIX:
        return network.supernet(new_prefix=IPV6_PREFIX)
    return network


def ensure_good_reason(reason: str) -> str:
    """Return the reason on one line. Refuses with BadReason."""
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= REASON_MAX or not reason.isprintable():
        raise BadReason(field="reason")
    return reason


def names_of(*, mail: str = "", card: str = "", network: str = "") -> dict[What, list[str]]:
    """Return every value that would name this buyer: domains with their parents, networks too.

    A card is hashed already.
    """
    names: dict[What, list[str]] = {}
    if mail:
        labels = domain_of(mail).split(".")[-10:]
        names[What.MAIL] = [plain_mail(mail)]
        names[What.DOMAIN] = [".".join(labels[first:]) for first in range(len(labels))]
    if card:
        names[What.CARD] = [card]
    address = read_network(network) if network else None
    if address is not None:
        widths = range(WIDEST[address.version], address.prefixlen + 1)
        names[What.NETWORK] = [str(address.supernet(new_prefix=width)) for width in widths]
    return names


def verdict_of(found: Iterable[tuple[str, str]]) -> Verdict | None:
    """Return what the most exact of these (what, verdict) says; of two alike, the blocked one."""
    said: dict[str, set[str]] = {}
    for what, verdict in found:
        said.setdefault(what, set()).add(verdict)
    for what in What:
        verdicts = said.get(what)
        if verdicts:
            return Verdict.BLOCKED if Verdict.BLOCKED in verdicts else Verdict.TRUSTED
    return None
