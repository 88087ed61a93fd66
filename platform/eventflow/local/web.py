"""The embedded run's web process: the whole application on sockets that the supervisor holds.

The supervisor's sockets stay open while this process is started again: a browser waits a moment
instead of being refused.
"""

from __future__ import annotations

import os
import socket
import sys

import uvicorn

STOP_WITHIN_S = 3


def main() -> None:
    """Serve on the inherited sockets named in the arguments."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eventflow.settings")
    sockets = [socket.socket(fileno=int(number)) for number in sys.argv[1:]]
    config = uvicorn.Config(
        "eventflow.asgi:application",
        log_config=None,  # the settings configure all logging
        access_log=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,  # event streams never end by themselves
        server_header=False,
        proxy_headers=False,  # TRUSTED_PROXIES says whom to believe; see kernel.addresses
    )
    uvicorn.Server(config).run(sockets=sockets)


if __name__ == "__main__":
    main()
