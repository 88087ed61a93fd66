"""The web process: pages, API, OAuth."""

from __future__ import annotations

import gc
import os

# Nothing that is imported is garbage, and the collector would look for some again and again.
gc.disable()

from django.core.wsgi import get_wsgi_application  # noqa: E402

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventflow.settings")
django = get_wsgi_application()

from django.conf import settings  # noqa: E402 - Django's parts need its settings
from django.urls import get_resolver  # noqa: E402

from eventflow.shared_pages import SharedPages  # noqa: E402

application = SharedPages(django)
# A process that says it is ready has its pages: the first visitor does not wait for them.
for urlconf in (settings.PUBLIC_SCHEMA_URLCONF, settings.TENANT_URLCONF):
    get_resolver(urlconf).url_patterns  # noqa: B018 - to ask is to import
# What was imported stays, so it is left out for ever.
gc.freeze()
gc.enable()
