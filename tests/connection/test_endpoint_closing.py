"""The closing handshake between endpoints."""

from __future__ import annotations

import pytest

from wstool.connection.endpoint import Role, State
from wstool.wire.close import Close, is_sendable
from wstool.wire.opcode import Opcode

from support.frames import (
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
)
from support.pairs import (
    Pair,
    make_endpoint,
    read_frames,
    take_output,
    write_frame,
)


FIN = 0x80
ROLES = [pytest.param(role, id=role.value) for role in Role]
READS = [pytest.param(size, id=f"reads-of-{size}") for size in (1, 7, 1 << 20)]


CODES = [1000, 1001, 1002, 1003, *range(1007, 1015), 3000, 3999, 4000, 4999]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("code", [None, *CODES])
def test_closing_handshake(role, code):
    """Either side can close with any code that may travel, and gets it back (5.5.1)."""
    pair = Pair()
    closing, closed, heard = pair.get(role)
    close = Close(code, "bye" if code else "")

    closing.start_close(close)
    assert (closing.state, closing.close_sent) == (State.CLOSING, close)
    pair.exchange(1)

    assert heard.events == [("close", close)]
    assert (closing.state, closed.state) == (State.CLOSED, State.CLOSED)
    assert (closed.close_received, closed.close_sent) == (close, Close(code))
    assert (closing.close_received, closing.close_sent) == (Close(code), close)
    assert (closing.peer_closed_first, closed.peer_closed_first) == (False, True)


def test_codes_that_travel():
    """The table of codes above has all that IANA registers for close frames."""
    registered = [code for code in range(3000) if is_sendable(code)]

    assert registered == [code for code in CODES if code < 3000]


@pytest.mark.parametrize(
    "close",
    [
        pytest.param(Close(1005), id="1005"),
        pytest.param(Close(1006), id="1006"),
        pytest.param(Close(1015), id="1015"),
        pytest.param(Close(999), id="999"),
        pytest.param(Close(5000), id="5000"),
        pytest.param(Close(1000, "x" * 124), id="long-reason"),
        pytest.param(Close(1000, "ä" * 62), id="reason-long-in-bytes"),
        pytest.param(Close(None, "why"), id="reason-without-code"),
    ],
)
def test_close_that_can_not_be_sent(close):
    """A close frame that breaks the rules isn't sent, and the connection stays open."""
    endpoint, _ = make_endpoint(Role.CLIENT)

    with pytest.raises(ValueError):
        endpoint.start_close(close)

    assert (endpoint.state, endpoint.output) == (State.OPEN, [])
    assert endpoint.close_sent is None


def test_both_close_at_once():
    """Two close frames that cross are a closing handshake; none is answered."""
    pair = Pair()
    pair.client.start_close(Close(1000, "client"))
    pair.server.start_close(Close(1001, "server"))
    pair.exchange()

    assert read_frames(pair.to_server) == [(FIN | CLOSE, b"\x03\xe8client")]
    assert read_frames(pair.to_client) == [(FIN | CLOSE, b"\x03\xe9server")]
    assert (pair.client.state, pair.server.state) == (State.CLOSED, State.CLOSED)
    assert (pair.client.peer_closed_first, pair.server.peer_closed_first) == (
        False,
        False,
    )


@pytest.mark.parametrize("role", ROLES)
def test_closing_twice(role):
    """Only the first wish to close counts."""
    pair = Pair()
    closing, _, heard = pair.get(role)

    closing.start_close(Close(4000))
    closing.start_close(Close(1000))
    pair.exchange()
    closing.start_close(Close(1000))
    pair.exchange()

    assert heard.events == [("close", Close(4000))]
    assert closing.close_sent == Close(4000)


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_sent_after_our_close_frame(role):
    """What is sent after the close frame is dropped (5.5.1)."""
    pair = Pair()
    closing, _, heard = pair.get(role)

    def send_everything():
        closing.send(Opcode.TEXT, [b"late"])
        closing.send_ping(b"late")
        closing.send_pong(b"late")
        closing.send_serialized(b"late")

    closing.start_close(Close(1000))
    send_everything()
    pair.exchange()
    send_everything()
    pair.exchange()

    assert heard.events == [("close", Close(1000))]


@pytest.mark.parametrize("role", ROLES)
def test_messages_are_taken_while_closing(role):
    """What the peer sent before its close frame arrives, pings are not answered."""
    endpoint, heard = make_endpoint(role)
    endpoint.start_close(Close(1000))
    take_output(endpoint)

    endpoint.receive_data(write_frame(role, TEXT, b"on its way"))
    endpoint.receive_data(write_frame(role, PING, b"p"))
    endpoint.receive_data(write_frame(role, CLOSE, b"\x03\xe8"))

    assert heard.events == [
        (Opcode.TEXT, b"on its way"),
        ("ping", b"p"),
        ("close", Close(1000)),
    ]
    assert endpoint.output == []


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("apart", [True, False], ids=["apart", "together"])
def test_nothing_is_taken_after_the_peer_s_close_frame(role, apart):
    """Bytes behind the peer's close frame are ignored, whatever they are (5.5.1)."""
    endpoint, heard = make_endpoint(role)
    close = write_frame(role, CLOSE, b"\x03\xe8")
    behind = write_frame(role, TEXT, b"late") + b"\xff" * 20

    for data in [close, behind] if apart else [close + behind]:
        endpoint.receive_data(data)

    assert heard.events == [("close", Close(1000))]
    assert read_frames(take_output(endpoint)) == [(FIN | CLOSE, b"\x03\xe8")]


@pytest.mark.parametrize("role", ROLES)
def test_close_inside_a_fragmented_message(role):
    """A close frame between fragments is legal and ends the message (7.1.5)."""
    endpoint, heard = make_endpoint(role)

    endpoint.receive_data(
        write_frame(role, TEXT, b"Hel", fin=False)
        + write_frame(role, CLOSE, b"\x0f\xa0bye")
    )

    assert heard.events == [("close", Close(4000, "bye"))]
    assert not endpoint.in_message


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("size", READS)
def test_replies_come_before_the_answer_to_a_close_frame(role, size):
    """Messages before a close frame are answered before it is."""
    endpoint, _ = make_endpoint(role, reply=lambda payloads: payloads)
    data = (
        write_frame(role, TEXT, b"one")
        + write_frame(role, TEXT, b"t", fin=False)
        + write_frame(role, PING, b"p")
        + write_frame(role, CONTINUATION, b"wo")
        + write_frame(role, CLOSE, b"\x03\xe8")
    )

    for start in range(0, len(data), size):
        endpoint.receive_data(data[start : start + size])

    assert read_frames(take_output(endpoint)) == [
        (FIN | TEXT, b"one"),
        (FIN | PONG, b"p"),
        (FIN | TEXT, b"two"),
        (FIN | CLOSE, b"\x03\xe8"),
    ]
