"""Printing moments in a performance's zone, and descriptions: {% load event_texts %}."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kernel import formatting
from kernel.languages import current_language
from tenant_apps.events import domain
from tenant_apps.events.domain import Block

register = template.Library()


@register.simple_tag
def performance_date(moment: datetime, zone: str) -> str:
    """Print day, time and zone: Wed, 1 May 2030, 19:30 CEST."""
    return formatting.moment_text(moment, zone, _language())


@register.simple_tag
def performance_day(moment: datetime, zone: str) -> str:
    """Print the day written out: Wednesday, 1 May 2030."""
    return formatting.long_day_text(moment, zone, _language())


@register.simple_tag
def performance_time(moment: datetime, zone: str) -> str:
    """Print the time with its zone: 19:30 CEST."""
    time = formatting.time_text(moment, zone, _language())
    return f"{time} {formatting.zone_text(moment, zone)}"


@register.filter
def description(text: str) -> SafeString:
    """Print a description's headings, paragraphs and lists; every text in it is escaped."""
    return format_html_join("\n", "{}", ((_block(block),) for block in domain.blocks_of(text)))


def _block(block: Block) -> SafeString:
    if block.kind == "heading":
        return format_html("<h3>{}</h3>", block.lines[0])
    if block.kind == "list":
        items = format_html_join("", "<li>{}</li>", ((line,) for line in block.lines))
        return format_html("<ul>{}</ul>", items)
    lines = format_html_join("", "{}<br>", ((line,) for line in block.lines[:-1]))
    return format_html("<p>{}{}</p>", lines, block.lines[-1])


def _language() -> str:
    return current_language()
