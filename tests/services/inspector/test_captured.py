"""The connections of a capture."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstool.services.inspector import Event, EventKind, HandshakeHalf
from wstool.services.inspector.captured import CaptureInspector

from support.captures import CLIENT, SERVER, Talk, ethernet, ipv4, pcap, pcapng
from support.frames import BINARY, CLOSE, PING, PONG, TEXT, frame
from support.inspecting import (
    KEY,
    RECEIVED,
    REQUEST_HEAD,
    RESPONSE_HEAD,
    SENT,
    Recorder,
)


KEYS = (b"abcd", b"hmpq", b"zyab")
MASKED = frame(PONG, masking_key=KEY)


def inspect(data, step=None):
    """Inspect a capture, perhaps in pieces."""
    recorder = Recorder()
    inspector = CaptureInspector(recorder)
    for start in range(0, len(data), step or len(data) or 1):
        inspector.feed(data[start : start + (step or len(data))])
    inspector.finish()
    return recorder


def talk(**options):
    """Begin a connection with its handshake."""
    return Talk(**options).send(REQUEST_HEAD).receive(RESPONSE_HEAD)


def test_frames_wait_for_no_more_of_the_file():
    """What a capture in the making holds so far is shown."""
    recorder = Recorder()
    inspector = CaptureInspector(recorder)

    inspector.feed(pcap(*talk().receive(frame(PING) * 3).packets))

    assert len(recorder.items()) == 3


@pytest.mark.parametrize("write", [pcap, pcapng])
@pytest.mark.parametrize("step", [None, 1])
def test_connection(write, step):
    """Handshake and frames are found, with the times of their packets."""
    packets = talk().receive(frame(PING)).send(MASKED).end().packets

    recorder = inspect(write(*packets), step)

    assert recorder.texts() == [
        "10.0.0.1:40000 > 10.0.0.2:80",
        "the client ended the connection, without a close frame (1006)",
    ]
    halves = [item for item in recorder.findings if isinstance(item, HandshakeHalf)]
    assert [(half.direction, half.time) for half in halves] == [
        (SENT, 2),
        (RECEIVED, 3),
    ]
    assert [(item.number, item.direction, item.time) for item in recorder.items()] == [
        (1, RECEIVED, 4),
        (2, SENT, 5),
    ]
    assert recorder.items()[1].answer == (1, 1)


def test_several_connections():
    """Each connection has a number, and all frames are in one sequence."""
    one = talk().receive(frame(PING)).packets
    two = talk(client=("10.0.0.3", 5)).receive(frame(TEXT)).packets
    packets = [packet for pair in zip(one, two, strict=True) for packet in pair]

    recorder = inspect(pcap(*packets))

    assert recorder.texts() == [
        "10.0.0.1:40000 > 10.0.0.2:80",
        "10.0.0.3:5 > 10.0.0.2:80",
    ]
    assert [(item.number, item.connection) for item in recorder.items()] == [
        (1, 1),
        (2, 2),
    ]


def test_frame_over_packets_out_of_order():
    """A frame in several packets is put together, whatever their order."""
    packets = talk().packets
    body = Talk(started=False)
    body._next = {True: 1001 + len(REQUEST_HEAD), False: 5001 + len(RESPONSE_HEAD)}
    data = frame(BINARY, bytes(range(100)))
    for start in (0, 40, 80):
        body.receive(data[start : start + 40])
    first, second, third = body.packets

    recorder = inspect(pcap(*packets, first, third, second, second))

    assert [item.frame.payload for item in recorder.items()] == [bytes(range(100))]
    assert recorder.texts()[1:] == ["1 TCP segment came again (retransmissions)"]


def test_gap():
    """Bytes that nobody captured are told, and the next frames shown."""
    connection = talk().receive(frame(BINARY, bytes(50))[:10]).lose(False, 30)
    connection.receive(bytes(12) + frame(PING)).end()

    recorder = inspect(pcap(*connection.packets))

    assert recorder.texts()[1:] == [
        "30 bytes are missing from the capture, all of this frame"
    ]
    assert [item.frame.offset for item in recorder.items()] == [0, 52]


@pytest.mark.parametrize("server_first", [False, True])
def test_middle(server_first):
    """In the middle of a connection, masking tells who is the client."""
    connection = Talk(started=False)
    if server_first:
        connection.receive(frame(PING) * 3)
    connection.send(b"".join(frame(PONG, masking_key=key) for key in KEYS)).receive(
        frame(TEXT, b"a") * 3
    )

    recorder = inspect(pcap(*connection.packets))

    assert recorder.texts()[:2] == [
        "10.0.0.1:40000 > 10.0.0.2:80",
        "the beginning isn't there",
    ]
    directions = {item.frame.header.opcode: item.direction for item in recorder.items()}
    assert (directions[PONG], directions[TEXT]) == (SENT, RECEIVED)
    assert recorder.rules() == [[] for _ in recorder.items()]


def test_what_was_not_captured():
    """Why bytes are missing is told: the snapshot length, or fragments of IP."""
    connection = talk().receive(frame(BINARY, bytes(100))).packets
    last = connection[-1]
    ip = ipv4("10.0.0.2", "10.0.0.1", last[34:74], fragment=0x2000)
    short = ipv4("10.0.0.2", "10.0.0.1", last[34:74], total=len(last) - 14)

    cut = inspect(pcap(*connection[:-1], ethernet(short)))
    fragment = inspect(pcap(*connection[:-1], ethernet(ip)))

    assert cut.texts()[-1] == (
        "not captured whole: 1 packet; try a larger snapshot length"
    )
    assert fragment.texts()[-1] == (
        "1 packet of IP can't be put together from fragments: some are missing"
    )


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_fragments_of_ip(order):
    """What came in fragments is a segment like any other, and told of."""
    connection = talk().receive(frame(BINARY, bytes(range(100)))).packets
    ip = connection[-1][14:]
    pieces = [
        ethernet(
            ipv4("10.0.0.2", "10.0.0.1", ip[20 + start : 20 + stop], fragment=field)
        )
        for start, stop, field in (
            (0, 40, 0x2000),
            (40, 80, 0x2005),
            (80, len(ip) - 20, 10),
        )
    ]

    recorder = inspect(pcap(*connection[:-1], *(pieces[index] for index in order)))

    assert [item.frame.payload for item in recorder.items()] == [bytes(range(100))]
    assert [item.time for item in recorder.items()] == [6]
    assert recorder.texts()[1:] == ["1 packet of IP came in fragments"]


def test_retransmissions():
    """Segments that came again are taken once, and told of."""
    packets = talk().receive(frame(TEXT, b"a")).packets

    recorder = inspect(pcap(*packets, packets[-1], packets[-1]))

    assert len(recorder.items()) == 1
    assert recorder.texts()[-1] == "2 TCP segments came again (retransmissions)"


@pytest.mark.parametrize("step", [None, 100])
def test_retransmission_with_other_bytes(step):
    """What came again and is other is told, where it is; what came first is shown."""
    packets = talk().receive(frame(TEXT, b"pay Alice")).packets
    forged = packets[-1].replace(b"Alice", b"Mallo")
    packets += [forged, forged, packets[-1]]

    recorder = inspect(pcap(*packets), step)

    assert [item.frame.payload for item in recorder.items()] == [b"pay Alice"]
    at = len(RESPONSE_HEAD) + 6
    told = [item for item in recorder.findings if isinstance(item, Event)]
    assert told[1:-1] == [
        Event(
            EventKind.CHANGE,
            f"sent again with 5 bytes changed (TCP sequence {5001 + at}, byte {at}):"
            " the first are shown",
            1,
            RECEIVED,
            time=time,
            notable=True,
        )
        for time in (5, 6)
    ]
    assert told[-1].text == "3 TCP segments came again (retransmissions)"


def test_who_ends_it():
    """Of a connection that ends without a close frame it is told by whom."""
    by_server = Talk(client=SERVER, server=CLIENT, started=False)
    connection = talk()
    by_server._next = {True: connection._next[False], False: connection._next[True]}

    recorder = inspect(pcap(*connection.packets, *by_server.end().packets))

    assert recorder.texts()[-1] == (
        "the server ended the connection, without a close frame (1006)"
    )


def test_reset():
    """A reset is told, and whether there was a close frame before."""
    for sent, text in (
        (PING, "the server reset TCP, without a close frame (1006)"),
        (CLOSE, "the server reset TCP"),
    ):
        connection = talk().receive(frame(sent)).end(reset=True)
        assert inspect(pcap(*connection.packets)).texts()[-1] == text


def test_end():
    """An end after a close frame is nothing to tell of."""
    recorder = inspect(pcap(*talk().receive(frame(CLOSE)).end().packets))

    assert "has ended" not in " ".join(recorder.texts())


def test_cut_off_at_every_byte():
    """Cut at any byte, a capture still shows all that came before."""
    packets = talk().receive(frame(PING)).send(MASKED).packets
    data = pcap(*packets)
    ends = [len(pcap(*packets[: number + 1])) for number in range(len(packets))]
    for cut in range(len(data)):
        recorder = inspect(data[:cut])
        shown = [cut >= ends[4], cut >= ends[5]]

        assert len(recorder.items()) == sum(shown)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(pcap(), ["the capture holds no packets"], id="no-packets"),
        pytest.param(
            pcap(ethernet(bytes(50), 0x0806)),
            ["the capture holds no TCP in its 1 packets"],
            id="no-tcp",
        ),
        pytest.param(
            pcap(*Talk().send(b"\x16\x03\x01").packets),
            [
                "the capture holds no WebSocket connection that can be read"
                " (3 TCP segments); TLS has to be decrypted first"
            ],
            id="tls",
        ),
        pytest.param(
            pcap(ipv4("10.0.0.1", "10.0.0.2", bytes(40)), link_type=147),
            [
                "link type 147 can't be read",
                "the capture holds no TCP in its 1 packets",
            ],
            id="link-type",
        ),
        pytest.param(
            pcap(*talk().packets)[:-1],
            [
                "10.0.0.1:40000 > 10.0.0.2:80",
                "the capture is cut off: 198 bytes left at offset 395",
            ],
            id="cut-off",
        ),
    ],
)
def test_problems(data, told):
    """What a capture doesn't show is told."""
    assert inspect(data).texts() == told


@given(st.binary(), st.integers(24, 700), st.integers(0, 9))
def test_damaged_captures(noise, position, lost):
    """Any damage at all is taken."""
    packets = talk().receive(frame(PING)).send(MASKED).end().packets
    data = pcap(*packets)
    inspect(data[:position] + noise + data[position + lost :])
