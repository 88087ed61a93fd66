"""A mail server of a few lines (RFC 5321) that takes, refuses or keeps people waiting."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class MailServer(socketserver.ThreadingTCPServer):
    """Keeps what it took in `taken`. The replies may be set; `door` holds every mail back."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.taken: list[EmailMessage] = []
        self.reply_to_recipient = "250 fine"
        self.reply_to_data = "250 taken"
        self.door = threading.Event()
        self.door.set()
        # Set when a mail stands before the door.
        self.knocked = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 tests")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self._take()
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            elif verb == b"RCPT":
                self._say(self.server.reply_to_recipient)
            else:
                self._say("250 fine")

    def _take(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.server.knocked.set()
        self.server.door.wait(30)
        if self.server.reply_to_data.startswith("2"):
            mail = message_from_bytes(b"".join(lines), policy=policy.default)
            self.server.taken.append(mail)
        self._say(self.server.reply_to_data)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def running_mail_server() -> Iterator[MailServer]:
    """Serve on a free port of 127.0.0.1."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.door.set()
        server.shutdown()
        thread.join(10)
