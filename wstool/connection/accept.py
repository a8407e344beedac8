"""
The server's opening handshake without I/O (RFC 6455, section 4.2).

websockets' ServerProtocol checks the request and negotiates. It is fed the HTTP head;
what is behind it is ours. What is no WebSocket handshake at all is told apart first,
so that the answer and the log can say what came.
"""

from __future__ import annotations

from typing import NamedTuple

from websockets.exceptions import InvalidMessage, SecurityError
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from wstool.connection.handshake import Agreement
from wstool.wire.handshake import agree_deflate, find_head_end


__all__ = ["Accepted", "Rejected", "ServerHandshake"]

_MAX_HEAD = 1 << 16
_TLS_HANDSHAKE = 0x16
_METHOD_CHARACTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_MAX_METHOD = 20
_REASONS = {
    400: "Bad Request",
    405: "Method Not Allowed",
    426: "Upgrade Required",
    431: "Request Header Fields Too Large",
}
_VERSION = "13"
# Headers that tell the client what to do next.
_TELLING = {
    405: "Allow: GET\r\n",
    426: f"Upgrade: websocket\r\nSec-WebSocket-Version: {_VERSION}\r\n",
}
_DEFLATE = ServerPerMessageDeflateFactory(
    server_no_context_takeover=True, client_no_context_takeover=True
)


class Accepted(NamedTuple):
    """A handshake that made a connection."""

    response: bytes
    agreement: Agreement
    resource_name: str
    rest: bytes
    """Bytes behind the request: the first frames."""


class Rejected(NamedTuple):
    """A request that made none."""

    response: bytes
    came: str
    """What came, for the log; escape before use."""


class ServerHandshake:
    """The server's side: feed it what the client sends."""

    __slots__ = ("_buffer", "_compression", "_subprotocols")

    def __init__(
        self, *, subprotocols: tuple[str, ...] = (), compression: bool = True
    ) -> None:
        """
        Wait for a request.

        Args:
            subprotocols: Those that the server speaks, the preferred one first.
            compression: Whether to agree to permessage-deflate.
        """
        self._buffer = b""
        self._subprotocols = subprotocols
        self._compression = compression

    def receive_data(self, data: bytes) -> Accepted | Rejected | None:
        """Take what arrived; None while the request isn't whole."""
        # An end can have begun in the last three bytes.
        searched = max(len(self._buffer) - 3, 0)
        self._buffer += data
        rejected = _reject_foreign(self._buffer)
        if rejected is not None:
            return rejected
        end = find_head_end(self._buffer, searched)
        if end is None and len(self._buffer) <= _MAX_HEAD:
            return None
        if end is None or end > _MAX_HEAD:
            came = f"request headers over {_MAX_HEAD} bytes"
            return Rejected(_respond(431, came), came)
        return self._answer(self._buffer[:end], self._buffer[end:])

    def describe(self) -> str:
        """Say how far the request has come, for the log."""
        return f"{len(self._buffer)} bytes of a request" if self._buffer else "nothing"

    def _answer(self, head: bytes, rest: bytes) -> Accepted | Rejected:
        line = head.split(b"\n", 1)[0].strip().decode(errors="backslashreplace")
        if not head.startswith(b"GET "):
            return Rejected(_respond(405, "only GET opens a WebSocket"), line)
        if head.count(b"\n") != head.count(b"\r\n"):
            return _reject(400, line, "a line ends with LF alone, without CR")
        protocol = ServerProtocol(
            extensions=[_DEFLATE] if self._compression else None,
            subprotocols=[Subprotocol(name) for name in self._subprotocols] or None,
        )
        protocol.receive_data(head)
        events = protocol.events_received()
        if not events or not isinstance(request := events[0], Request):
            status, problem = _judge(protocol.handshake_exc)
            return _reject(status, line, problem)
        versions = request.headers.get_all("Sec-WebSocket-Version")
        if versions and versions != [_VERSION]:
            # 4.4: the answer has to say which version would do.
            problem = f"WebSocket version {', '.join(versions)} isn't {_VERSION}"
            return _reject(426, line, problem)
        response = protocol.accept(request)
        protocol.send_response(response)
        data = b"".join(protocol.data_to_send())
        if response.status_code != 101:
            return Rejected(data, f"{line}: {protocol.handshake_exc}")
        return Accepted(data, _read_agreement(response), request.path, rest)


def _reject_foreign(buffer: bytes) -> Rejected | None:
    """Reject what isn't HTTP as soon as its first bytes show it."""
    if buffer[0] == _TLS_HANDSHAKE:
        came = "a TLS handshake on a port without TLS"
        return Rejected(_respond(400, "this port speaks ws://, not wss://"), came)
    method, space, _ = buffer[: _MAX_METHOD + 1].partition(b" ")
    if _METHOD_CHARACTERS.issuperset(method) and (space or len(method) <= _MAX_METHOD):
        return None if method else _reject_garbage(buffer)
    return _reject_garbage(buffer)


def _reject_garbage(buffer: bytes) -> Rejected:
    shown = buffer[:40].decode(errors="backslashreplace")
    return Rejected(_respond(400, "this is not HTTP"), f"not HTTP: {shown}")


def _reject(status: int, line: str, problem: str) -> Rejected:
    return Rejected(_respond(status, problem), f"{line}: {problem}")


def _respond(status: int, problem: str) -> bytes:
    body = f"{problem}\n".encode()
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\n{_TELLING.get(status, '')}"
        "Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _judge(error: Exception | None) -> tuple[int, str]:
    """Choose the status for what websockets can't parse, and say why it can't."""
    cause = error.__cause__ if isinstance(error, InvalidMessage) else error
    if isinstance(cause, SecurityError):
        return 431, f"request headers are too large: {cause}"
    return 400, str(cause or "no reason known")


def _read_agreement(response: Response) -> Agreement:
    headers = response.headers
    deflate = agree_deflate(headers.get("Sec-WebSocket-Extensions", ""))
    return Agreement(headers.get("Sec-WebSocket-Protocol"), deflate)
