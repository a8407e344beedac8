"""Through SOCKS, on sockets; real proxies are the command line's tests' affair."""

from __future__ import annotations

import socket

import pytest

from wstool.connection.options import ProxyOptions, ResolveRule
from wstool.errors import ConnectFailed, TimedOut, UsageError

from support.connections import dialed, raw_server
from support.tunnels import answering, greet, receive_greeting, through


pytestmark = pytest.mark.usefixtures("descriptors")

# RFC 1928: version, one method, none; then that a request is granted.
HELLO = (3, b"\x05\x00")
GRANTED = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"
# What a request for 127.0.0.1 takes.
ADDRESS = 10


def expect(run, script, error=ConnectFailed, *, scheme="socks5", user="", **options):
    """Connect through a proxy that doesn't let us; give error and text."""

    async def scenario():
        async with raw_server(script) as proxy:
            options.setdefault("url", "ws://127.0.0.1/")
            with pytest.raises(error) as caught:
                async with dialed(proxy=through(proxy, scheme, user), **options):
                    pass
            return caught.value, str(caught.value).replace(
                proxy.partition("://")[2].rstrip("/"), "PROXY"
            )

    return run(scenario())


@pytest.mark.parametrize(
    ("scheme", "requests", "url"),
    [
        pytest.param(
            "socks5",
            [(4, b"\x05\x00"), (10, GRANTED)],
            "ws://127.0.0.1/",
            id="socks5-address",
        ),
        pytest.param(
            "socks5h",
            [(4, b"\x05\x00"), (21, GRANTED)],
            "ws://server.example/",
            id="socks5h-name",
        ),
        pytest.param(
            "socks5h",
            [(4, b"\x05\x02"), (9, b"\x01\x00"), (21, GRANTED)],
            "ws://server.example/",
            id="socks5h-credentials",
        ),
        pytest.param(
            "socks4",
            [(11, b"\x00\x5a\x00\x00\x00\x00\x00\x00")],
            "ws://127.0.0.1/",
            id="socks4-address",
        ),
        pytest.param(
            "socks4a",
            [(26, b"\x00\x5a\x00\x00\x00\x00\x00\x00")],
            "ws://server.example/",
            id="socks4a-name",
        ),
    ],
)
def test_tunnel(run, scheme, requests, url):
    """Once the proxy grants it, its stream is the server's."""

    async def script(peer):
        await answering_start(peer)
        await greet(peer)

    async def answering_start(peer):
        for count, answer in requests:
            await peer.reader.readexactly(count)
            await peer.send(answer)

    async def scenario():
        async with raw_server(script) as proxy:
            options = through(proxy, scheme, "me:pass@")
            return await receive_greeting(url, proxy=options)

    assert run(scenario()) == [b"hello"]


@pytest.mark.parametrize(
    ("scheme", "resolved"),
    [("socks4", True), ("socks4a", False), ("socks5", True), ("socks5h", False)],
)
def test_who_resolves(run, names, scheme, resolved):
    """The name is resolved here, or by the proxy that is named with a letter more."""
    asked = []
    names["server.example"] = lambda: [
        asked.append(True) or (socket.AF_INET, "127.0.0.1")
    ]
    expect(run, answering(), TimedOut, scheme=scheme, **silent("server.example"))

    assert bool(asked) == resolved


def silent(host):
    """Make options for somebody who doesn't wait for long."""
    return {"url": f"ws://{host}/", "connect_timeout": 0.2}


def test_resolve_rules_hold_for_addresses(run):
    """What is resolved here follows the user's rules."""
    received = []

    async def script(peer):
        await peer.reader.readexactly(3)
        await peer.send(b"\x05\x00")
        received.append(await peer.reader.readexactly(10))

    rules = (ResolveRule("server.example", 80, ("192.0.2.1",)),)
    expect(run, script, url="ws://server.example/", resolve=rules)
    assert received == [b"\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50"]


REFUSED = "can't connect to 127.0.0.1: the proxy socks5://PROXY "


@pytest.mark.parametrize(
    ("exchanges", "problem", "permanent"),
    [
        pytest.param(
            [(3, b"\x05\xff")],
            "refused: no acceptable authentication methods were offered "
            "(try --proxy-user)",
            True,
            id="wants-credentials",
        ),
        pytest.param(
            [HELLO, (ADDRESS, b"\x05\x02\x00")],
            "refused: connection not allowed by ruleset",
            True,
            id="ruleset",
        ),
        pytest.param(
            [HELLO, (ADDRESS, b"\x05\x05\x00")],
            "refused: connection refused by destination host",
            False,
            id="connection-refused",
        ),
        pytest.param(
            [HELLO, (ADDRESS, b"\x05\x06\x00")],
            "refused: TTL expired",
            False,
            id="ttl",
        ),
        pytest.param(
            [(3, b"HTTP/1.1 400 Bad Request\r\n\r\n")],
            "refused: unexpected SOCKS version number: 72",
            True,
            id="http",
        ),
        pytest.param(
            [HELLO, (ADDRESS, b"\x05\x00\x00\x03\x01\xff\x00\x50")],
            "sent a reply that makes no sense",
            True,
            id="name-that-is-no-text",
        ),
    ],
)
def test_refusal(run, exchanges, problem, permanent):
    """What the proxy says is told as its reason, and whether it can heal."""
    error, text = expect(run, answering(*exchanges))

    assert text == REFUSED + problem
    assert error.permanent == permanent


def test_refused_credentials(run):
    """Credentials that are no good can't heal."""
    script = answering((4, b"\x05\x02"), (9, b"\x01\x01"))
    error, text = expect(run, script, user="me:pass@")

    assert text == REFUSED + "refused: username and password authentication failure"
    assert error.permanent


@pytest.mark.parametrize(
    ("ending", "problem"),
    [
        ("end", "ended the stream without a reply"),
        ("reset", "failed: connection reset by peer"),
    ],
)
def test_ending(run, ending, problem):
    """A proxy that ends the stream in the middle may have a bad time only."""

    async def script(peer):
        await peer.reader.readexactly(3)
        getattr(peer, ending)()
        await peer.wait_for_end()

    error, text = expect(run, script)

    assert text == REFUSED + problem
    assert not error.permanent


def test_time_limit(run):
    """A proxy that doesn't answer is named."""
    _, text = expect(run, answering(), TimedOut, **silent("127.0.0.1"))

    assert text == (
        "timed out waiting for the proxy socks5://PROXY (--connect-timeout 0.2 s)"
    )


def test_next_address(run, names):
    """Of a name's addresses, the next is tried where the proxy can't reach one."""
    answers = [b"\x05\x04\x00", b"\x05\x05\x00"]
    requests = []
    names["server.example"] = [
        (socket.AF_INET, "192.0.2.1"),
        (socket.AF_INET, "192.0.2.2"),
    ]

    async def script(peer):
        await peer.reader.readexactly(3)
        await peer.send(b"\x05\x00")
        requests.append(await peer.reader.readexactly(10))
        await peer.send(answers[len(requests) - 1])

    _, text = expect(run, script, url="ws://server.example/")
    assert [request[4:8] for request in requests] == [
        b"\xc0\x00\x02\x01",
        b"\xc0\x00\x02\x02",
    ]
    assert text == (
        "can't connect to server.example (192.0.2.2): "
        "the proxy socks5://PROXY refused: connection refused by destination host"
    )


def test_rules_hold_for_every_address(run, names):
    """Where the proxy's rules say no, no other address is tried."""
    count = []
    names["server.example"] = [(socket.AF_INET, "192.0.2.1")] * 2

    async def script(peer):
        count.append(peer)
        await answering(HELLO, (ADDRESS, b"\x05\x02\x00"))(peer)

    expect(run, script, url="ws://server.example/")
    assert len(count) == 1


@pytest.mark.parametrize(
    ("user", "problem"),
    [
        ("%C3%A9:pass@", "user or password isn't ASCII of at most 255 characters"),
        (f"me:{'x' * 256}@", "user or password isn't ASCII of at most 255 characters"),
        ("me@", "SOCKS5 takes no empty user or password"),
        (":pass@", "SOCKS5 takes no empty user or password"),
    ],
)
def test_credentials_that_cant_be_sent(run, user, problem):
    """Credentials that can't be sent are told before anything is."""
    _, text = expect(run, answering(), UsageError, user=user)

    assert text == f"proxy socks5://PROXY: {problem}"


def test_name_does_not_resolve(run, names):
    """A name that doesn't resolve here is told before the proxy is asked."""

    def fail():
        raise socket.gaierror(-2, "Name or service not known")

    names["server.example"] = fail

    async def scenario():
        with pytest.raises(ConnectFailed) as caught:
            proxy = ProxyOptions(proxy="socks5://127.0.0.1:1")
            async with dialed("ws://server.example/", proxy=proxy):
                pass
        return str(caught.value)

    assert run(scenario()) == (
        "can't connect to server.example: "
        "name does not resolve: name or service not known (try socks5h://)"
    )
