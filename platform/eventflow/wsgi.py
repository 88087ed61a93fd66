"""The web process: pages, API, OAuth."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventflow.settings")
django = get_wsgi_application()

from eventflow.shared_pages import SharedPages  # noqa: E402 - Django's parts need its settings

application = SharedPages(django)
# What was imported stays: the collector need not walk through it again and again.
gc.collect()
gc.freeze()
