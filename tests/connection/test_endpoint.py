"""A client and a server endpoint, joined in memory."""

from __future__ import annotations

import pytest

from wstool.connection.endpoint import Endpoint, Role
from wstool.connection.options import EndpointOptions
from wstool.wire.close import Close
from wstool.wire.opcode import Opcode

from support.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    close_frame,
    frame,
)
from support.pairs import (
    EndpointRecorder,
    Pair,
    count_keys,
    make_endpoint,
    read_frames,
    take_output,
    write_frame,
)


FIN = 0x80
ROLES = [pytest.param(role, id=role.value) for role in Role]
READS = [pytest.param(size, id=f"reads-of-{size}") for size in (1, 7, 1 << 20)]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("size", READS)
def test_messages(role, size):
    """Text and binary messages of every length spelling arrive whole and in order."""
    pair = Pair()
    sender, _, heard = pair.get(role)
    sizes = [0, 1, 125, 126] if size == 1 else [0, 1, 125, 126, 65535, 65536, 300_000]
    payloads = [bytes([48 + n % 10]) * n for n in sizes]

    sender.send(Opcode.TEXT, payloads)
    sender.send(Opcode.BINARY, [b"\xff\x00", b""])
    sender.send(Opcode.TEXT, ["späť".encode()])
    pair.exchange(size)

    assert heard.events == [
        *((Opcode.TEXT, payload) for payload in payloads),
        (Opcode.BINARY, b"\xff\x00"),
        (Opcode.BINARY, b""),
        (Opcode.TEXT, "späť".encode()),
    ]


def test_bytes_of_both_sides():
    """A client's frames are masked, a server's are not (5.1)."""
    pair = Pair()
    pair.client.send(Opcode.TEXT, [b"Hello"])
    pair.server.send(Opcode.TEXT, [b"Hello"])
    pair.exchange()

    assert pair.to_client == frame(TEXT, b"Hello")
    assert pair.to_server == frame(TEXT, b"Hello", masking_key=bytes(4))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("size", "limit", "expected"),
    [
        pytest.param(0, 3, [(FIN | TEXT, 0)], id="empty"),
        pytest.param(3, 3, [(FIN | TEXT, 3)], id="at-the-limit"),
        pytest.param(4, 3, [(TEXT, 3), (FIN, 1)], id="over-the-limit"),
        pytest.param(6, 3, [(TEXT, 3), (FIN, 3)], id="a-multiple"),
        pytest.param(7, 3, [(TEXT, 3), (CONTINUATION, 3), (FIN, 1)], id="three"),
        pytest.param(7, 0, [(FIN | TEXT, 7)], id="no-limit"),
    ],
)
def test_fragments(role, size, limit, expected):
    """A message over the fragment size goes out in frames of at most that size."""
    pair = Pair(fragment_size=limit)
    sender, _, heard = pair.get(role)
    payload = bytes(range(65, 65 + size))

    sender.send(Opcode.TEXT, [payload])
    sent = b"".join(sender.output)
    pair.exchange()

    frames = read_frames(sent)
    assert [(first, len(data)) for first, data in frames] == expected
    assert heard.events == [(Opcode.TEXT, payload)]


@pytest.mark.parametrize("role", ROLES)
def test_fragments_of_their_own_size(role):
    """Messages can be fragmented one by one; what comes after them isn't."""
    pair = Pair()
    sender, _, heard = pair.get(role)

    sender.send_fragments(Opcode.TEXT, [b"abcde", b""], 2)
    sender.send(Opcode.TEXT, [b"whole"])
    frames = read_frames(b"".join(sender.output))
    pair.exchange()

    assert [(first, payload) for first, payload in frames] == [
        (TEXT, b"ab"),
        (CONTINUATION, b"cd"),
        (FIN | CONTINUATION, b"e"),
        (FIN | TEXT, b""),
        (FIN | TEXT, b"whole"),
    ]
    assert heard.events == [(Opcode.TEXT, text) for text in (b"abcde", b"", b"whole")]


def test_no_fragments_after_a_close_frame():
    """After our close frame nothing is sent, in fragments either (5.5.1)."""
    endpoint, _ = make_endpoint(Role.CLIENT)
    endpoint.start_close(Close(1000))
    take_output(endpoint)

    endpoint.send_fragments(Opcode.TEXT, [b"abc"], 1)

    assert endpoint.output == []


def test_order_of_whole_and_fragmented_messages():
    """Messages keep their order, whichever way each goes out."""
    pair = Pair(fragment_size=2)
    payloads = [b"a", b"bbb", b"c", b"", b"dddd", b"e"]

    pair.client.send(Opcode.BINARY, payloads)
    pair.exchange(1)

    assert [payload for _, payload in pair.server_heard.events] == payloads


@pytest.mark.parametrize("role", ROLES)
def test_control_frame_between_fragments(role):
    """A ping inside a fragmented message is answered before the message ends (5.4)."""
    endpoint, heard = make_endpoint(role)

    endpoint.receive_data(
        write_frame(role, TEXT, b"Hel", fin=False)
        + write_frame(role, PING, b"p")
        + write_frame(role, CONTINUATION, b"lo")
    )

    assert heard.events == [("ping", b"p"), (Opcode.TEXT, b"Hello")]
    assert read_frames(take_output(endpoint)) == [(FIN | PONG, b"p")]


@pytest.mark.parametrize("role", ROLES)
def test_in_message(role):
    """Whether the peer is in the middle of something is known."""
    endpoint, _ = make_endpoint(role)
    states = []
    for data in (
        write_frame(role, TEXT, b"Hel", fin=False),
        write_frame(role, PING),
        write_frame(role, CONTINUATION, b"lo"),
        write_frame(role, BINARY, b"x" * 200)[:-1],
        b"x",
        write_frame(role, PING)[:1],
    ):
        endpoint.receive_data(data)
        states.append(endpoint.in_message)

    assert states == [True, True, False, True, False, True]


@pytest.mark.parametrize("role", ROLES)
def test_pause(role):
    """Nothing is handed on during a pause, and all of it afterwards."""
    endpoint, heard = make_endpoint(role)
    endpoint.pause()
    endpoint.receive_data(write_frame(role, TEXT, b"one"))
    endpoint.receive_data(write_frame(role, PING, b"p") + write_frame(role, CLOSE))
    assert (heard.events, endpoint.output) == ([], [])

    endpoint.resume()

    assert heard.events == [
        (Opcode.TEXT, b"one"),
        ("ping", b"p"),
        ("close", Close()),
    ]
    assert [first for first, _ in read_frames(take_output(endpoint))] == [
        FIN | PONG,
        FIN | CLOSE,
    ]


def test_serialized_frames():
    """Frames that are serialized already go out as they are, while that's allowed."""
    pair = Pair()

    pair.server.send_serialized(frame(TEXT, b"one") + frame(TEXT, b"two"))
    pair.exchange()
    pair.server.start_close(Close(1000))
    pair.server.send_serialized(frame(TEXT, b"three"))
    pair.exchange()

    assert pair.client_heard.events == [
        (Opcode.TEXT, b"one"),
        (Opcode.TEXT, b"two"),
        ("close", Close(1000)),
    ]


# Ping and pong.


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("size", READS)
def test_ping_and_pong(role, size):
    """A ping is answered with its payload, once each, in order (5.5.2)."""
    pair = Pair()
    sender, _, heard = pair.get(role)
    _, _, back = pair.get(Role.SERVER if role is Role.CLIENT else Role.CLIENT)

    sender.send_ping()
    sender.send_ping(b"x" * 125)
    sender.send_pong(b"unsolicited")
    pair.exchange(size)

    assert heard.events == [
        ("ping", b""),
        ("ping", b"x" * 125),
        ("pong", b"unsolicited"),
    ]
    assert back.events == [("pong", b""), ("pong", b"x" * 125)]


def test_pings_of_a_peer_that_does_not_read():
    """Of the pings that can't be answered, the last one is, later (5.5.3)."""
    endpoint, recorder = make_endpoint(Role.SERVER)

    endpoint.hold_pongs()
    for payload in (b"1", b"2", b"3"):
        endpoint.receive_data(frame(PING, payload, masking_key=b"abcd"))
    assert take_output(endpoint) == b""
    endpoint.release_pongs()
    endpoint.release_pongs()
    endpoint.receive_data(frame(PING, b"4", masking_key=b"abcd"))

    answers = [(FIN | PONG, b"3"), (FIN | PONG, b"4")]
    assert read_frames(take_output(endpoint)) == answers
    assert recorder.events == [("ping", b"%d" % number) for number in (1, 2, 3, 4)]


# Masking.


def read_keys(data):
    """Read the masking keys of short masked frames."""
    keys = []
    while data:
        assert data[1] & 0x80
        keys.append(int.from_bytes(data[2:6], "big"))
        data = data[6 + (data[1] & 0x7F) :]
    return keys


def test_masking_keys_are_the_source_s_and_never_used_again():
    """Every frame of a client has the next key of the source (5.3)."""
    endpoint, _ = make_endpoint(Role.CLIENT, new_keys=count_keys(), fragment_size=4)

    endpoint.send(Opcode.TEXT, [b"a", b"b", b"c"])
    endpoint.send(Opcode.BINARY, [b"d"])
    endpoint.send(Opcode.BINARY, [b"six teen"])
    endpoint.send_ping(b"p")
    endpoint.receive_data(frame(PING))
    endpoint.start_close(Close(1000))

    assert read_keys(take_output(endpoint)) == list(range(9))


def test_masking_keys_are_random_by_default():
    """Without another source the keys are the system's random bytes."""
    endpoint = Endpoint(Role.CLIENT, EndpointRecorder(), options=EndpointOptions())

    endpoint.send(Opcode.TEXT, [b"x"] * 1000)

    assert len(set(read_keys(take_output(endpoint)))) > 990


def test_bulk_masking():
    """A batch that the function in C masks reads like any other."""
    pair = Pair()
    payloads = [bytes([n % 256]) * 5000 for n in range(100)]

    pair.client.send(Opcode.BINARY, payloads)
    pair.exchange(9999)

    assert [payload for _, payload in pair.server_heard.events] == payloads


# What a batch looks like on the wire.


@pytest.mark.parametrize(
    ("options", "size"),
    [
        pytest.param({}, 1 << 63, id="always-plain"),
        pytest.param({"fragment_size": 100}, 101, id="fragments"),
        pytest.param({"compress_min": 10}, 1 << 63, id="compression-not-agreed"),
    ],
)
def test_plain_size(options, size):
    """From which size on a message is more than one plain frame is known."""
    endpoint, _ = make_endpoint(Role.CLIENT, **options)

    assert endpoint.plain_size == size


def test_close_frame_is_one_of_ours():
    """The independent codec of the tests reads what ``start_close`` writes."""
    endpoint, _ = make_endpoint(Role.SERVER)
    endpoint.start_close(Close(1001, "späť"))

    assert take_output(endpoint) == close_frame(1001, "späť")
