"""The estimate of the wire against the kernel's own count, on loopback."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

from wstool.connection.dial import dial
from wstool.connection.listen import ListenOptions, listen
from wstool.connection.options import ConnectOptions, RequestOptions, TLSOptions
from wstool.services.estimate.constants import list_defaults
from wstool.services.estimate.plan import Load, make_plan
from wstool.services.estimate.sample import find_setting, pack_sample
from wstool.services.hub.echo import EchoMode
from wstool.wire.deflate import DeflateParams
from wstool.wire.opcode import Opcode
from wstool.wire.uri import parse_uri

from support.counting import count_socket, relay_tls
from support.tls import Issued, make_context


ECHOES = 40
SERVER = Issued("server", names=["127.0.0.1"])

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="counts with Linux's TCP_INFO"
)


class Client(EchoMode):
    """Wait for echoes."""

    def __init__(self):
        self.came = asyncio.Event()

    def batch_received(self, connection, opcode, payloads):
        """Note that one came."""
        self.came.set()

    def connection_ended(self, connection, ending):
        """Don't wait any more."""
        self.came.set()


def make_messages(size):
    """Make messages of JSON, as far as they are long enough for that."""
    messages = []
    for number in range(ECHOES):
        ids = range(number * 7919, number * 7919 + size // 20 + 1)
        text = json.dumps([{"id": each, "text": f"hello {each}"} for each in ids])
        messages.append(text[:size].encode().ljust(size))
    return messages


async def count_echoes(messages, *, tls, deflate):
    """Count what echoes put on the wire, and the size of a segment's payload."""
    listener = await listen(EchoMode(), ListenOptions(port=0), lambda event: None)
    try:
        if not tls:
            return await echo(messages, listener.url, deflate)
        async with relay_tls(listener.address[1], make_context(SERVER)) as port:
            return await echo(messages, f"wss://127.0.0.1:{port}/", deflate)
    finally:
        listener.abort()


async def echo(messages, url, deflate):
    """Send one message after the other; count at the client's socket."""
    client = Client()
    offer = DeflateParams(True, True) if deflate else None
    options = ConnectOptions(
        parse_uri(url),
        request=RequestOptions(deflate=offer),
        tls=TLSOptions(insecure=True),
    )
    connection = await dial(options, client)
    counts = []
    # The first round brings TLS's session tickets, too.
    for message in [*messages, *messages]:
        counts.append(count_socket(connection.transport))
        client.came.clear()
        connection.send(Opcode.TEXT, [message])
        await client.came.wait()
    last = count_socket(connection.transport)
    connection.abort()
    return last.since(counts[len(messages)])


@pytest.mark.parametrize(
    ("size", "tls", "deflate"),
    [
        pytest.param(10, False, False, id="10"),
        pytest.param(10, True, False, id="10-tls"),
        pytest.param(1000, True, False, id="1k-tls"),
        pytest.param(4000, False, True, id="4k-deflate"),
        pytest.param(100_000, False, False, id="100k"),
        pytest.param(100_000, True, True, id="100k-tls-deflate"),
    ],
)
def test_wire(size, tls, deflate):
    """What is estimated is within 3 % of what the kernel counts."""
    messages = make_messages(size)
    with asyncio.Runner() as runner:
        count = runner.run(count_echoes(messages, tls=tls, deflate=deflate))

    setting = "message" if deflate else "none"
    sample = [(Opcode.TEXT, message) for message in messages]
    packed = pack_sample(sample, find_setting(setting, 15), compress_min=1024)
    constants = {**list_defaults(), "mss": count.mss}
    plan = make_plan(Load(tls=tls, deflate=setting), constants, packed)
    up, down = (
        {figure.name: figure.value * ECHOES for figure in side}
        for side in (plan.up, plan.down)
    )
    # Pure acknowledgements depend on the moment, and don't count on either side here.
    headers = 52 * (count.data_segments_out + count.data_segments_in)
    counted = count.bytes_out + count.bytes_in + headers
    assert up["wire"] + down["wire"] == pytest.approx(counted, rel=0.03)
    assert up["frame"] + up["tls_bytes"] == pytest.approx(count.bytes_out, rel=0.01)
    assert down["frame"] + down["tls_bytes"] == pytest.approx(count.bytes_in, rel=0.01)
