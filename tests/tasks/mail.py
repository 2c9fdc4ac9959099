"""A mail server for tests: it takes messages by SMTP, or refuses them, and keeps what it took."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class Post:
    """What was taken: the messages by the order in which they came."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.refuses = False
        self.port = 0

    def names(self) -> set[str]:
        """The names (Message-ID) of the messages: the same message sent twice has one name."""
        return {str(message["Message-ID"]) for message in self.taken}


@contextmanager
def mail_server() -> Iterator[Post]:
    """A server on a free port of this machine."""
    post = Post()

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 test")
            while line := self.rfile.readline():
                word = line.split()[0].upper().decode() if line.split() else ""
                if word == "DATA":
                    self._say("354 go on")
                    self._take()
                elif word == "QUIT":
                    self._say("221 bye")
                    return
                elif word == "RCPT" and post.refuses:
                    self._say("550 no such mailbox")
                else:
                    self._say("250 ok")

        def _take(self) -> None:
            lines = []
            while (line := self.rfile.readline()) not in {b".\r\n", b""}:
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            post.taken.append(message_from_bytes(b"".join(lines), policy=policy.default))
            self._say("250 taken")

        def _say(self, words: str) -> None:
            self.wfile.write(words.encode() + b"\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        server.daemon_threads = True
        post.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield post
        finally:
            server.shutdown()
