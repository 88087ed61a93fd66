"""How templates name what the build made: `{% script "shop" %}`, `{% style "shop" %}`."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from eventflow.web_files import web_file

register = template.Library()


@register.simple_tag
def script(name: str) -> SafeString:
    """Load an entry's module, and at the same time the parts that it imports."""
    file = web_file(name)
    preloads = format_html_join(
        "", '<link rel="modulepreload" href="{}">', ((part,) for part in file.parts)
    )
    return format_html('{}<script type="module" src="{}"></script>', preloads, file.url)


@register.simple_tag
def style(name: str) -> SafeString:
    """Load an entry's style sheet."""
    return format_html('<link rel="stylesheet" href="{}">', web_file(f"{name}.css").url)


@register.simple_tag
def built(name: str) -> str:
    """Give the address of a file that the build made."""
    return web_file(name).url
