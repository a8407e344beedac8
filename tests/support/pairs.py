"""A client and a server endpoint, joined in memory."""

from __future__ import annotations

from wstool.connection.endpoint import Endpoint, Role
from wstool.connection.options import EndpointOptions

from support.frames import decode_frames, frame


__all__ = [
    "EndpointRecorder",
    "Pair",
    "count_keys",
    "make_endpoint",
    "read_frames",
    "take_output",
    "write_frame",
]


_KEY = b"\x12\x34\x56\x78"


class EndpointRecorder:
    """
    Keep what an endpoint tells, in order.

    Messages and control frames are pairs of opcode and payload, close frames and
    violations are pairs of their name and themselves.
    """

    def __init__(self, reply=None):
        """
        Record.

        Args:
            reply: Called with each batch; gives payloads to send back at once.
        """
        self.events = []
        self.endpoint = None
        self._reply = reply

    def batch_received(self, opcode, payloads):
        """Keep messages, and reply to them."""
        self.events += [(opcode, payload) for payload in payloads]
        if self._reply is not None:
            self.endpoint.send(opcode, self._reply(payloads))

    def ping_received(self, payload):
        """Keep a ping."""
        self.events.append(("ping", payload))

    def pong_received(self, payload):
        """Keep a pong."""
        self.events.append(("pong", payload))

    def close_received(self, close):
        """Keep a close frame."""
        self.events.append(("close", close))

    def violation_found(self, violation):
        """Keep a violation."""
        self.events.append(("violation", violation))


def count_keys():
    """Make a source of masking keys that are told apart: 0, 1, 2, ..."""
    next_key = 0

    def new_keys(size):
        nonlocal next_key
        first, next_key = next_key, next_key + size // 4
        return b"".join(key.to_bytes(4, "big") for key in range(first, next_key))

    return new_keys


def make_endpoint(role, *, deflate=None, new_keys=None, reply=None, **options):
    """Make an endpoint and the recorder that it tells."""
    recorder = EndpointRecorder(reply)
    recorder.endpoint = Endpoint(
        role,
        recorder,
        options=EndpointOptions(**options),
        deflate=deflate,
        new_keys=new_keys or count_keys(),
    )
    return recorder.endpoint, recorder


def take_output(endpoint):
    """Take what an endpoint wants to write."""
    data = b"".join(endpoint.output)
    endpoint.output = []
    return data


class Pair:
    """Two endpoints, and the stream between them."""

    def __init__(self, *, deflate=None, reply=None, **options):
        """
        Join a client and a server with the same options.

        Args:
            reply: Called with each batch that the server gets.
        """
        self.client, self.client_heard = make_endpoint(
            Role.CLIENT, deflate=deflate, **options
        )
        self.server, self.server_heard = make_endpoint(
            Role.SERVER, deflate=deflate, reply=reply, **options
        )
        self.to_server = b""
        """All that the client has written."""
        self.to_client = b""
        """All that the server has written."""

    def get(self, role):
        """Give the endpoint of this role, the other one, and the other's recorder."""
        if role is Role.CLIENT:
            return self.client, self.server, self.server_heard
        return self.server, self.client, self.client_heard

    def exchange(self, size=1 << 20):
        """Carry bytes over, in reads of this size, until both are quiet."""
        while self.client.output or self.server.output:
            data = take_output(self.client)
            self.to_server += data
            for start in range(0, len(data), size):
                self.server.receive_data(data[start : start + size])
            data = take_output(self.server)
            self.to_client += data
            for start in range(0, len(data), size):
                self.client.receive_data(data[start : start + size])


def write_frame(role, opcode, payload=b"", **bits):
    """Write a frame as the peer of this role does."""
    key = _KEY if role is Role.SERVER else None
    return frame(opcode, payload, masking_key=key, **bits)


def read_frames(data):
    """Read frames, of which the last one must be whole."""
    frames, rest = decode_frames(data)
    assert rest == b""
    return frames
