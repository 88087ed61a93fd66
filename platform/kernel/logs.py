"""JSON log lines that know tenant, request and task; and never a secret."""

from __future__ import annotations

import logging
import logging.config
import re
from typing import Any

import structlog

SECRET_NAMES = re.compile(
    r"(password|secret|token|authorization|cookie|api_?key|signature|card)", re.IGNORECASE
)


def hide_secrets(_: Any, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Blank out every field whose name says that it is a secret."""
    for name in line:
        if SECRET_NAMES.search(name):
            line[name] = "[hidden]"
    return line


def route_of(request: Any) -> str:
    """Return the pattern that a request's address met, never the address: it may hold a key."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else "(no route)"


class RoutesForPaths(logging.Filter):
    """Write the pattern where Django would write the path of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and isinstance(record.args, tuple):
            record.args = tuple(
                route_of(request) if isinstance(argument, str) and argument[:1] == "/" else argument
                for argument in record.args
            )
        return True


SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    hide_secrets,
]
# One list, however often this runs: loggers keep the one that they met first, and what listens to
# lines puts itself into the last one.
# A line below the level is dropped before anything is done for it.
PROCESSORS = [
    structlog.stdlib.filter_by_level,
    *SHARED,
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]


def configure(options: dict[str, Any]) -> None:
    """Set up structlog and the standard library's logging to print the same JSON lines."""
    structlog.configure(
        processors=PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": SHARED,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.format_exc_info,
                        structlog.processors.JSONRenderer(),
                    ],
                }
            },
            "filters": {"routes_for_paths": {"()": RoutesForPaths}},
            "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["console"], "level": options.get("level", "INFO")},
            "loggers": {
                "django": {"level": "WARNING"},
                # The request's own line tells of a 404 and of a refused form.
                "django.request": {"level": "ERROR", "filters": ["routes_for_paths"]},
                "django.security.csrf": {"level": "ERROR"},
                "celery": {"level": "WARNING"},
                "psycopg.pool": {"level": "WARNING"},
                "uvicorn.access": {"level": "WARNING"},
                # They log every address they call; ours has its own lines.
                "httpx": {"level": "WARNING"},
                "stripe": {"level": "WARNING"},
            },
        }
    )
