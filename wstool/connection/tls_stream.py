"""
TLS on a server's transport, for what asyncio's own can't do.

The PROXY header stands before the TLS handshake, what isn't TLS wants an answer, and a
handshake that isn't done has to count as one and to be named in the log. All of it is
OpenSSL's; here bytes are carried to it and away, a read at a time.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable
from typing import Any

from wstool.connection.translate import describe_os_error


__all__ = ["TLSStream"]


class TLSStream(asyncio.Transport, asyncio.Protocol):
    """A transport for its protocol, and a protocol for its transport."""

    __slots__ = (
        "_context",
        "_done",
        "_ended",
        "_failed",
        "_incoming",
        "_outgoing",
        "_protocol",
        "_tls",
        "_transport",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        protocol: asyncio.BaseProtocol,
        context: ssl.SSLContext,
        failed: Callable[[str], None],
    ) -> None:
        """
        Take over a transport, and wait for the client's part of the handshake.

        Args:
            failed: Is told why the handshake failed.
        """
        super().__init__()
        self._transport = transport
        self._protocol = protocol
        self._context = context
        self._failed = failed
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._done = False
        self._ended = False
        transport.set_protocol(self)

    @property
    def is_done(self) -> bool:
        """Whether the TLS handshake is done."""
        return self._done

    # What the transport below calls.

    def data_received(self, data: bytes) -> None:
        """Take what was read: the handshake first, then data."""
        if self._ended:
            return
        self._incoming.write(data)
        if self._done or self._shake_hands():
            self._read()

    def eof_received(self) -> None:
        """Pass the end of the stream on; the transport closes itself."""
        if not self._ended:
            self._ended = True
            if not self._done:
                self._failed("the client ended the stream")
            elif isinstance(self._protocol, asyncio.Protocol):
                self._protocol.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass the end on."""
        self._protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        """Pass on that the transport's buffer is full."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Pass on that the transport's buffer has room."""
        self._protocol.resume_writing()

    # What the protocol above calls.

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Encrypt and write."""
        if not data or self._transport.is_closing():
            return
        try:
            self._tls.write(data)
        except ssl.SSLError:
            # Our own end is written already, or the stream is broken.
            self._transport.abort()
        else:
            self._flush()

    def writelines(
        self, list_of_data: Iterable[bytes | bytearray | memoryview[Any]]
    ) -> None:
        """Encrypt and write pieces."""
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        """Tell that one direction can be ended."""
        return self._transport.can_write_eof()

    def write_eof(self) -> None:
        """End our direction: TLS's own end, and the stream's."""
        self._say_goodbye()
        self._transport.write_eof()

    def close(self) -> None:
        """Write what is left, and end."""
        if not self._transport.is_closing():
            self._say_goodbye()
            self._transport.close()

    def abort(self) -> None:
        """End at once."""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Tell whether it is closing."""
        return self._transport.is_closing()

    def get_write_buffer_size(self) -> int:
        """Count the bytes that the system hasn't taken."""
        return self._transport.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Give the limits of the buffer."""
        return self._transport.get_write_buffer_limits()

    def set_write_buffer_limits(
        self, high: int | None = None, low: int | None = None
    ) -> None:
        """Set the limits of the buffer."""
        self._transport.set_write_buffer_limits(high, low)

    def pause_reading(self) -> None:
        """Read nothing for a while."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        self._transport.resume_reading()

    def is_reading(self) -> bool:
        """Tell whether it reads."""
        return self._transport.is_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Set the protocol."""
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Give the protocol."""
        return self._protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Tell what is known of TLS, or of what is below it."""
        if name == "ssl_object":
            return self._tls
        if name == "sslcontext":
            return self._context
        if name == "peercert":
            return self._tls.getpeercert()
        return self._transport.get_extra_info(name, default)

    def _shake_hands(self) -> bool:
        """Go on with the handshake; tell whether it is done."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return False
        except ssl.SSLError as error:
            self._fail(error)
            return False
        self._flush()
        self._done = True
        return True

    def _read(self) -> None:
        pieces = []
        error = None
        incoming, tls = self._incoming, self._tls
        try:
            while size := incoming.pending + tls.pending():
                piece = tls.read(size)
                if not piece:
                    self._ended = True
                    break
                pieces.append(piece)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as found:
            error = found
        if self._outgoing.pending:
            self._flush()
        protocol = self._protocol
        if pieces and isinstance(protocol, asyncio.Protocol):
            protocol.data_received(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        if error is not None:
            self._fail(error)
        elif self._ended:
            if isinstance(self._protocol, asyncio.Protocol):
                self._protocol.eof_received()
            self.close()

    def _fail(self, error: ssl.SSLError) -> None:
        self._ended = True
        self._flush()
        if self._done:
            self._transport.abort()
            return
        self._failed(describe_os_error(error))
        self._transport.close()

    def _say_goodbye(self) -> None:
        """Write TLS's own end; the peer's isn't waited for."""
        if not self._done:
            return
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            # That the peer's end is missing is what it raises.
            pass
        self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._transport.write(self._outgoing.read())
