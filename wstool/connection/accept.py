"""
The server's opening handshake without I/O (RFC 6455, section 4.2).

websockets' ServerProtocol checks the request and negotiates. It is fed the HTTP head;
what is behind it is ours. What is no WebSocket handshake at all is told apart first,
so that the answer and the log can say what came.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

from websockets.exceptions import InvalidMessage, SecurityError
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request as ParsedRequest
from websockets.http11 import Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from wstool.connection.handshake import Agreement
from wstool.connection.http_answer import HTTPAnswer
from wstool.connection.visitor import (
    Admission,
    Refusal,
    find_offered_protocols,
    hide_tokens,
)
from wstool.wire.handshake import Request, agree_deflate, find_head_end


__all__ = [
    "Accepted",
    "Answered",
    "Rejected",
    "ServerHandshake",
    "serialize_refusal",
]

_MAX_HEAD = 1 << 16
_TLS_HANDSHAKE = 0x16
_METHOD_CHARACTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_MAX_METHOD = 20
_HEAD = b"HEAD "
_END = b"\r\n\r\n"
_VERSION = "13"
# RFC 3986, 3.2.2: characters of a name, or of an IPv6 address in brackets; a port.
_HOST = re.compile(r"(\[[\w.:~%-]+\]|[\w.~%!$&'()*+,;=-]*)(:\d*)?", re.ASCII)
_DEFLATE = ServerPerMessageDeflateFactory(
    server_no_context_takeover=True, client_no_context_takeover=True
)


class Accepted(NamedTuple):
    """A handshake that made a connection."""

    response: bytes
    agreement: Agreement
    request: Request
    rest: bytes
    """Bytes behind the request: the first frames."""


class Rejected(NamedTuple):
    """A request that made none."""

    response: bytes
    came: str
    """What came, for the log; escape before use."""

    @property
    def status(self) -> int:
        """The status of the response."""
        return int(self.response[9:12])


class Answered(NamedTuple):
    """A request for something else than a connection."""

    answer: HTTPAnswer
    came: str
    """What came, for the log; escape before use."""
    wants_body: bool = True
    """Whether the body is sent, too; not for HEAD (RFC 9110, 9.3.2)."""


_NOT_GET = Refusal(405, "only GET opens a WebSocket", (("Allow", "GET, HEAD"),))

Outcome = Accepted | Rejected | Answered
Browse = Callable[[Request], HTTPAnswer | Refusal | None]
Admit = Callable[[Request], Admission | Refusal]


def _admit_all(request: Request) -> Admission:
    return Admission()


def _show_nothing(request: Request) -> None:
    """Have nothing to show."""


class ServerHandshake:
    """The server's side: feed it what the client sends."""

    __slots__ = ("_buffer", "_compression", "_required", "_subprotocols")

    def __init__(
        self,
        *,
        subprotocols: tuple[str, ...] = (),
        subprotocol_required: bool = True,
        compression: bool = True,
    ) -> None:
        """
        Wait for a request.

        Args:
            subprotocols: Those that the server speaks, the preferred one first.
            subprotocol_required: Whether a client has to speak one of them.
            compression: Whether to agree to permessage-deflate.
        """
        self._required = subprotocol_required
        self._buffer = b""
        self._subprotocols = subprotocols
        self._compression = compression

    def receive_data(
        self, data: bytes, admit: Admit = _admit_all, browse: Browse = _show_nothing
    ) -> Outcome | None:
        """
        Take what arrived; None while the request isn't whole.

        Args:
            admit: Lets a request in, or says why not.
            browse: Answers a request for something else, if there is an answer.
        """
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
            return Rejected(serialize_refusal(Refusal(431, came)), came)
        return self._answer(self._buffer[:end], self._buffer[end:], admit, browse)

    def describe(self) -> str:
        """Say how far the request has come, for the log."""
        return f"{len(self._buffer)} bytes of a request" if self._buffer else "nothing"

    def _answer(
        self, head: bytes, rest: bytes, admit: Admit, browse: Browse
    ) -> Outcome:
        line = head.split(b"\n", 1)[0].strip().decode(errors="backslashreplace")
        line = hide_tokens(line)
        if head.startswith(b"GET "):
            return self._answer_get(line, head, rest, admit, browse)
        if head.startswith(_HEAD):
            # websockets knows GET only.
            get = b"GET " + head[len(_HEAD) :]
            return _cut_body(self._answer_get(line, get, rest, admit, browse))
        return _reject(line, _NOT_GET)

    def _answer_get(
        self, line: str, head: bytes, rest: bytes, admit: Admit, browse: Browse
    ) -> Outcome:
        protocol = ServerProtocol(extensions=[_DEFLATE] if self._compression else None)
        parsed = _parse(protocol, head, line)
        if isinstance(parsed, Refusal):
            return _reject(line, parsed)
        request = Request(parsed.path, list(parsed.headers.raw_items()))
        if "Upgrade" not in parsed.headers and (page := browse(request)) is not None:
            if isinstance(page, Refusal):
                return _reject(line, page)
            return Answered(page, line)
        admission = _check_version(parsed) or admit(request)
        if isinstance(admission, Refusal):
            return _reject(line, admission)
        protocol.available_subprotocols = self._find_subprotocols(request, admission)
        response = protocol.accept(parsed)
        protocol.send_response(response)
        data = b"".join(protocol.data_to_send())
        if response.status_code != 101:
            return Rejected(data, f"{line}: {protocol.handshake_exc}")
        return Accepted(data, _read_agreement(response), request, rest)

    def _find_subprotocols(
        self, request: Request, admission: Admission
    ) -> list[Subprotocol] | None:
        """Find those to choose from: with None, none is chosen and none is missed."""
        if self._required and self._subprotocols:
            known = self._subprotocols
        else:
            offered = find_offered_protocols(request)
            names = (*self._subprotocols, *admission.subprotocols)
            known = tuple(name for name in names if name in offered)
        return [Subprotocol(name) for name in known] or None


def _reject_foreign(buffer: bytes) -> Rejected | None:
    """Reject what isn't HTTP as soon as its first bytes show it."""
    if buffer[0] == _TLS_HANDSHAKE:
        came = "a TLS handshake on a port without TLS"
        refusal = Refusal(400, "this port speaks ws://, not wss://")
        return Rejected(serialize_refusal(refusal), came)
    method, space, _ = buffer[: _MAX_METHOD + 1].partition(b" ")
    if _METHOD_CHARACTERS.issuperset(method) and (space or len(method) <= _MAX_METHOD):
        return None if method else _reject_garbage(buffer)
    return _reject_garbage(buffer)


def _reject_garbage(buffer: bytes) -> Rejected:
    shown = buffer[:40].decode(errors="backslashreplace")
    refusal = Refusal(400, "this is not HTTP")
    return Rejected(serialize_refusal(refusal), f"not HTTP: {shown}")


def _reject(line: str, refusal: Refusal) -> Rejected:
    return Rejected(serialize_refusal(refusal), f"{line}: {refusal.problem}")


def _parse(protocol: ServerProtocol, head: bytes, line: str) -> ParsedRequest | Refusal:
    """Parse the head of a request, and check what is no matter of WebSocket."""
    if head.count(b"\n") != head.count(b"\r\n"):
        return Refusal(400, "a line ends with LF alone, without CR")
    protocol.receive_data(head)
    events = protocol.events_received()
    if not events or not isinstance(parsed := events[0], ParsedRequest):
        return _judge(protocol.handshake_exc)
    if "Upgrade" in parsed.headers and not line.startswith("GET "):
        return _NOT_GET
    return _check_host(parsed, line) or parsed


def _check_host(request: ParsedRequest, line: str) -> Refusal | None:
    """Check what RFC 9112, 3.2 wants of every request of HTTP/1.1."""
    hosts = request.headers.get_all("Host")
    if not hosts:
        wanted = line.endswith("HTTP/1.1")
        return Refusal(400, "missing Host header") if wanted else None
    if len(hosts) > 1:
        return Refusal(400, "invalid Host header: multiple values")
    if _HOST.fullmatch(hosts[0].strip()):
        return None
    return Refusal(400, f"invalid Host header: {hosts[0]}")


def _cut_body(outcome: Outcome) -> Outcome:
    """Make the outcome of a HEAD of that of a GET."""
    if isinstance(outcome, Answered):
        return outcome._replace(wants_body=False)
    if isinstance(outcome, Rejected):
        head, end, _ = outcome.response.partition(_END)
        return outcome._replace(response=head + end)
    raise AssertionError("a HEAD opened a connection")


def _check_version(request: ParsedRequest) -> Refusal | None:
    versions = request.headers.get_all("Sec-WebSocket-Version")
    if not versions or versions == [_VERSION]:
        return None
    # 4.4: the answer has to say which version would do.
    problem = f"WebSocket version {', '.join(versions)} isn't {_VERSION}"
    telling = (("Upgrade", "websocket"), ("Sec-WebSocket-Version", _VERSION))
    return Refusal(426, problem, headers=telling)


def _judge(error: Exception | None) -> Refusal:
    """Choose the status for what websockets can't parse, and say why it can't."""
    cause = error.__cause__ if isinstance(error, InvalidMessage) else error
    if isinstance(cause, SecurityError):
        return Refusal(431, f"request headers are too large: {cause}")
    return Refusal(400, str(cause or "no reason known"))


def _read_agreement(response: Response) -> Agreement:
    headers = response.headers
    deflate = agree_deflate(headers.get("Sec-WebSocket-Extensions", ""))
    return Agreement(headers.get("Sec-WebSocket-Protocol"), deflate)


def serialize_refusal(refusal: Refusal) -> bytes:
    """Serialize an HTTP response; nothing in it comes from a client unescaped."""
    body = f"{refusal.problem}\n".encode(errors="backslashreplace")
    lines = [
        f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}",
        *(f"{name}: {value}" for name, value in refusal.headers),
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
