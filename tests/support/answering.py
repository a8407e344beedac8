"""A server that answers each request by its path, as many as come."""

from __future__ import annotations

import socket
import threading

from wstool.wire.handshake import accept_key

from support.frames import close_frame


__all__ = ["Answering", "redirect", "respond"]

LIMIT = 15
"""Seconds that a client may take for anything."""


class Answering:
    """A server on a free port of the loopback interface, to be used in ``with``."""

    def __init__(self, answers: dict[str, bytes] | None = None) -> None:
        """
        Listen.

        Args:
            answers: Response to each path. To any other there is a connection, which
                the server closes at once.
        """
        self.answers = answers or {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        host, self.port = self._listener.getsockname()
        self.target = f"{host}:{self.port}"
        """Host and port."""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.requests: list[str] = []
        """Heads of the requests that came."""

    @property
    def url(self) -> str:
        """Its URL, without a path."""
        return f"ws://{self.target}"

    def find_headers(self, index: int = -1) -> dict[str, str]:
        """Give the headers of a request, by their names in lower case."""
        lines = self.requests[index].split("\r\n")[1:]
        headers = (line.partition(":") for line in lines if line)
        return {name.lower(): value.strip() for name, _, value in headers}

    def __enter__(self) -> Answering:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        # Closing it alone wouldn't wake up who waits for a connection.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(LIMIT)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                sock = self._listener.accept()[0]
            except OSError:
                return
            with sock:
                sock.settimeout(LIMIT)
                try:
                    self._answer(sock)
                except OSError:
                    # The client went away; what it says of that is for the test.
                    continue

    def _answer(self, sock: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            data = sock.recv(1 << 16)
            if not data:
                return
            head += data
        self.requests.append(head.decode("latin-1"))
        path = self.requests[-1].split(" ")[1]
        sock.sendall(self.answers.get(path) or self._accept())
        while sock.recv(1 << 16):
            pass

    def _accept(self) -> bytes:
        key = self.find_headers()["sec-websocket-key"]
        head = respond(
            "101 Switching Protocols",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Accept: {accept_key(key)}",
        )
        return head + close_frame(1000)


def respond(status: str, *headers: str, body: bytes | None = None) -> bytes:
    """Write a response; its length is told if it has a body."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def redirect(location: str, *, status: str = "302 Found") -> bytes:
    """Write a redirect."""
    return respond(status, f"Location: {location}", body=b"")
