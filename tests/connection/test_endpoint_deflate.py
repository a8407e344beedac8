"""permessage-deflate between endpoints, and with websockets as the other side."""

from __future__ import annotations

from itertools import product

import pytest
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame
from websockets.frames import Opcode as ForeignOpcode

from wstool.connection.endpoint import Role
from wstool.wire.deflate import DeflateParams
from wstool.wire.opcode import Opcode

from support.frames import BINARY, TEXT, decode_frames, frame
from support.pairs import Pair, make_endpoint, take_output


FIN, RSV1 = 0x80, 0x40
ROLES = [pytest.param(role, id=role.value) for role in Role]
# Text that repeats itself only at a distance larger than the smallest windows.
BLOCK = b"".join(b"%d squared is %d. " % (n, n * n) for n in range(60))
PAYLOADS = [b"Hello", b"", BLOCK * 3, BLOCK * 3, b"x" * 100_000, b"Hello"]
COMBINATIONS = [
    pytest.param(
        DeflateParams(server, client, server_bits, client_bits),
        id=f"{'no-' * server}server-{'no-' * client}client-{server_bits}-{client_bits}",
    )
    for server, client, server_bits, client_bits in product(
        (False, True), (False, True), (8, 9, 12, 15), (8, 9, 12, 15)
    )
]


@pytest.mark.parametrize("params", COMBINATIONS)
def test_all_parameters(params):
    """Whatever was agreed, messages arrive as they were sent, in both directions."""
    pair = Pair(deflate=params, compress_min=0, fragment_size=0)

    for role in Role:
        sender, _, heard = pair.get(role)
        sender.send(Opcode.BINARY, PAYLOADS)
        pair.exchange(1000)
        assert heard.events == [(Opcode.BINARY, payload) for payload in PAYLOADS]


@pytest.mark.parametrize("params", COMBINATIONS)
def test_against_websockets(params):
    """What websockets compresses is inflated, and the other way round."""
    # The foreign side is the server; it can't compress with a window of 8 bits.
    foreign = PerMessageDeflate(
        remote_no_context_takeover=params.client_no_context_takeover,
        local_no_context_takeover=params.server_no_context_takeover,
        remote_max_window_bits=params.client_max_window_bits,
        local_max_window_bits=max(params.server_max_window_bits, 9),
    )
    params = params._replace(server_max_window_bits=foreign.local_max_window_bits)
    endpoint, heard = make_endpoint(Role.CLIENT, deflate=params, compress_min=1)

    for payload in PAYLOADS:
        encoded = foreign.encode(Frame(ForeignOpcode.BINARY, payload))
        rsv = 0b100 if encoded.rsv1 else 0
        endpoint.receive_data(frame(BINARY, bytes(encoded.data), rsv=rsv))
    assert heard.events == [(Opcode.BINARY, payload) for payload in PAYLOADS]

    endpoint.send(Opcode.TEXT, PAYLOADS)
    decoded = []
    for first, payload in decode_frames(take_output(endpoint))[0]:
        sent = Frame(ForeignOpcode.TEXT, payload, rsv1=bool(first & RSV1))
        decoded.append(bytes(foreign.decode(sent).data))
    assert decoded == PAYLOADS


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("compress_min", "compressed"),
    [
        pytest.param(0, [False, True, True, True], id="all-but-the-empty-one"),
        pytest.param(99, [False, False, True, True], id="from-99"),
        pytest.param(100, [False, False, False, True], id="from-100"),
        pytest.param(101, [False, False, False, False], id="from-101"),
    ],
)
def test_smallest_message_that_is_compressed(role, compress_min, compressed):
    """Messages are compressed from a size on; an empty one never is."""
    pair = Pair(deflate=DeflateParams(), compress_min=compress_min)
    sender, _, heard = pair.get(role)
    payloads = [b"", b"x", b"x" * 99, b"x" * 100]

    sender.send(Opcode.TEXT, payloads)
    frames, _ = decode_frames(b"".join(sender.output))
    pair.exchange()

    assert [bool(first & RSV1) for first, _ in frames] == compressed
    assert heard.events == [(Opcode.TEXT, payload) for payload in payloads]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("takeover", [True, False], ids=["takeover", "no-takeover"])
def test_context_takeover(role, takeover):
    """Only with context takeover does a message refer to the one before it."""
    params = DeflateParams(not takeover, not takeover)
    endpoint, _ = make_endpoint(role, deflate=params, compress_min=0)

    endpoint.send(Opcode.TEXT, [BLOCK, BLOCK])
    (_, first), (_, second) = decode_frames(take_output(endpoint))[0]

    assert (len(second) < len(first) / 10) is takeover
    assert (first == second) is not takeover


@pytest.mark.parametrize("role", ROLES)
def test_compressed_fragments(role):
    """A compressed message is fragmented after compressing; RSV1 is on the first."""
    pair = Pair(deflate=DeflateParams(), compress_min=100, fragment_size=50)
    sender, _, heard = pair.get(role)

    sender.send(Opcode.TEXT, [BLOCK, b"y" * 60])
    frames, _ = decode_frames(b"".join(sender.output))
    pair.exchange(1)

    assert len(BLOCK) > 2 * sum(len(payload) for _, payload in frames[:-2])
    assert [first for first, _ in frames[-2:]] == [TEXT, FIN]
    compressed = [first for first, _ in frames[:-2]]
    assert compressed[0] == RSV1 | TEXT
    assert set(compressed[1:-1]) == {0}
    assert compressed[-1] == FIN
    assert heard.events == [(Opcode.TEXT, BLOCK), (Opcode.TEXT, b"y" * 60)]


def test_window_of_8_bits():
    """A side that may use a window of 256 bytes only doesn't compress."""
    params = DeflateParams(server_max_window_bits=8, client_max_window_bits=9)
    pair = Pair(deflate=params, compress_min=0)

    assert pair.server.deflater is None
    assert pair.client.deflater.window_bits == 9
    pair.server.send(Opcode.TEXT, [BLOCK])
    pair.exchange()
    assert pair.to_client == frame(TEXT, BLOCK)


def test_each_side_has_its_window():
    """The server compresses with the server's window, the client with the client's."""
    params = DeflateParams(server_max_window_bits=10, client_max_window_bits=11)
    pair = Pair(deflate=params)

    assert pair.server.deflater.window_bits == 10
    assert pair.client.deflater.window_bits == 11


@pytest.mark.parametrize(
    ("options", "size"),
    [
        pytest.param({"compress_min": 10}, 10, id="compressed"),
        pytest.param({"compress_min": 10, "fragment_size": 5}, 6, id="fragments"),
        pytest.param({"compress_min": 10, "fragment_size": 50}, 10, id="large-ones"),
    ],
)
def test_plain_size(options, size):
    """From which size on a message is more than one plain frame is known."""
    endpoint, _ = make_endpoint(Role.CLIENT, deflate=DeflateParams(), **options)

    assert endpoint.plain_size == size


def test_uncompressed_messages_in_between():
    """A peer may compress or not, message by message."""
    pair = Pair(deflate=DeflateParams(), compress_min=1000)
    payloads = [BLOCK, b"short", BLOCK, b"short", BLOCK]

    pair.client.send(Opcode.TEXT, payloads)
    pair.server.send(Opcode.BINARY, payloads)
    pair.exchange(3)

    assert [payload for _, payload in pair.server_heard.events] == payloads
    assert [payload for _, payload in pair.client_heard.events] == payloads
