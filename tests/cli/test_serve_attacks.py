"""Attacks on a server: it stays up, others notice nothing, and the log says so."""

from __future__ import annotations

import resource
import socket
import time
import zlib
from contextlib import ExitStack, contextmanager

import pytest

from support.command import serving
from support.frames import BINARY, CONTINUATION, PING, TEXT, decode_frames, frame
from support.raw_client import REQUEST, connect, open_client, read_to_the_end


MIB = 1 << 20
KEY = b"abcd"
DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"


class Witness:
    """A client that was there before, and to which nothing must happen."""

    def __init__(self, url, running):
        self.url = url
        self.running = running
        self._sock, _ = open_client(url)
        self._before = running.peak_memory()
        self._count = 0

    def check(self):
        """Send a message, and get it back."""
        self._count += 1
        payload = b"witness %d" % self._count
        self._sock.sendall(frame(TEXT, payload, masking_key=KEY))
        data = b""
        while not data.endswith(payload):
            piece = self._sock.recv(1000)
            assert piece, "the witness was cut off"
            data += piece

    def growth(self):
        """Count the bytes that the server's memory has grown by."""
        return self.running.peak_memory() - self._before

    def log(self, text):
        """Wait for a line in the log."""
        self.running.wait_for_stderr(text)

    def close(self):
        """Leave."""
        self._sock.close()


@contextmanager
def attacked(*options):
    """Run an echo server; give a witness, whose echo works in the end as well."""
    with serving(*options) as (url, running):
        witness = Witness(url, running)
        witness.check()
        yield witness
        witness.check()
        open_client(url)[0].close()
        witness.close()


def send_until_cut(sock, data):
    """Send again and again until the server has enough."""
    sock.settimeout(10)
    try:
        while True:
            sock.sendall(data)
    except OSError as error:
        assert not isinstance(error, TimeoutError)


def receive_close(sock):
    """Take what comes up to the close frame; give its payload."""
    data = b""
    while True:
        piece = sock.recv(65536)
        assert piece, "the stream ended without a close frame"
        data += piece
        frames, data = decode_frames(data)
        closes = [payload for first, payload in frames if first == 0x88]
        if closes:
            return closes[0]


def test_half_open_handshakes():
    """Handshakes that are never done make room for those that are."""
    # The server inherits the limit; a tenth of it here does what 10,000 do there.
    count = 1000
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count + 500, before[1]))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        witness = stack.enter_context(attacked())
        for number in range(count):
            sock = stack.enter_context(connect(witness.url))
            sock.sendall(b"GET / HTTP/1.1\r\n")
            if number % 100 == 0:
                witness.check()
        assert witness.growth() < 16 * MIB


@pytest.mark.peers
def test_ten_thousand_half_open_handshakes():
    """10,000 of them keep nobody out, and cost little."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        witness = stack.enter_context(attacked())
        for _ in range(10_000):
            stack.enter_context(connect(witness.url)).sendall(b"GET / HTTP/1.1\r\n")
        witness.check()
        assert witness.growth() < 64 * MIB


def test_one_byte_at_a_time():
    """A request that trickles in is cut at the time limit, however it trickles."""
    with attacked("--handshake-timeout", "0.5") as witness:
        sock = connect(witness.url)
        sock.settimeout(10)
        cut = False
        for byte in REQUEST * 100:
            try:
                sock.sendall(bytes([byte]))
            except OSError:
                cut = True
                break
            time.sleep(0.02)
        assert cut
        sock.close()
        witness.log(b"rejected: handshake timed out after ")


def test_large_headers():
    """64 KiB of headers are too many: 431."""
    with attacked() as witness:
        sock = connect(witness.url)
        line = b"X-Large: " + b"x" * 1000 + b"\r\n"
        sock.sendall(REQUEST[:-2] + line * 66)
        answer = read_to_the_end(sock)
        witness.log(b"rejected: request headers over 65536 bytes")
    assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")


def test_headers_of_many_clients():
    """Requests that grow and are never done are bounded together."""
    with ExitStack() as stack:
        witness = stack.enter_context(attacked())
        for _ in range(600):
            sock = stack.enter_context(connect(witness.url))
            sock.sendall(REQUEST[:-2] + b"X-Large: " + b"x" * 60_000)
        witness.check()
        assert witness.growth() < 48 * MIB
        witness.log(b"rejected: too many handshakes that aren't done")


def test_compression_bomb():
    """What inflates beyond the limit closes with 1009 before it is inflated."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = b"".join(deflater.compress(bytes(MIB)) for _ in range(1000))
    bomb += deflater.flush(zlib.Z_SYNC_FLUSH)[:-4]
    with attacked() as witness:
        sock, head = open_client(witness.url, REQUEST[:-2] + DEFLATE + b"\r\n")
        assert b"permessage-deflate" in head
        sock.sendall(frame(BINARY, bomb, rsv=0b100, masking_key=KEY))
        close = receive_close(sock)
        sock.close()
        witness.log(b"closed: message is over the limit of 16777216 bytes")
        assert witness.growth() < 64 * MIB
    assert close.startswith(b"\x03\xf1")


@pytest.mark.parametrize("mode", [("echo",), ("broadcast", "--include-sender")])
def test_ping_flood(mode):
    """Pings of a client that reads no pongs pile up nowhere."""
    flood = frame(PING, b"p" * 125, masking_key=KEY) * 5000
    with serving(*mode) as (url, running):
        witness = Witness(url, running)
        sock, _ = open_client(url)
        sock.settimeout(5)
        try:
            for _ in range(100):
                sock.sendall(flood)
        except TimeoutError:
            # The server reads no more until we do.
            pass
        witness.check()
        assert witness.growth() < 16 * MIB
        sock.close()
        witness.close()


@pytest.mark.parametrize("size", [0, 1000])
def test_fragments_without_end(size):
    """A message that never ends is bounded, also one of empty fragments."""
    piece = frame(CONTINUATION, b"x" * size, fin=False, masking_key=KEY)
    with attacked() as witness:
        sock, _ = open_client(witness.url)
        sock.sendall(frame(BINARY, b"", fin=False, masking_key=KEY))
        sock.settimeout(10)
        try:
            for _ in range(40 if size == 0 else 400):
                sock.sendall(piece * (100_000 // len(piece)))
        except (ConnectionError, TimeoutError):
            assert size
        witness.check()
        assert witness.growth() < 64 * MIB
        if size:
            witness.log(b"closed: message of at least ")
        sock.close()


def test_connection_flood():
    """One address that comes again and again is told to wait; the others needn't."""
    with attacked("--connect-rate", "20/s", "--max-per-ip", "30") as witness:
        statuses = set()
        for _ in range(200):
            with connect(witness.url) as sock:
                sock.sendall(REQUEST)
                statuses.add(sock.recv(100).split(b" ")[1])
        assert statuses == {b"101", b"429"}
        witness.log(b"rejected: GET /chat HTTP/1.1: too many connections from")
        # What the witness needs in the end is a second's worth.
        time.sleep(0.2)


def test_header_of_a_gigabyte():
    """A frame that says it will be large closes with 1009 at once."""
    with attacked() as witness:
        sock, _ = open_client(witness.url)
        sock.sendall(b"\x82\xff" + (1 << 30).to_bytes(8, "big") + KEY + b"x" * 1000)
        close = receive_close(sock)
        sock.close()
        witness.log(b"closed: message of at least 1073741824 bytes")
        assert witness.growth() < 16 * MIB
    assert close.startswith(b"\x03\xf1")


def test_client_that_resets():
    """Clients that reset their streams in the middle of everything are only logged."""
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    with attacked() as witness:
        for beginning in (b"", b"GET / HT", REQUEST, REQUEST + b"\x81\xff"):
            for _ in range(20):
                sock = connect(witness.url)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                sock.sendall(beginning)
                sock.close()
