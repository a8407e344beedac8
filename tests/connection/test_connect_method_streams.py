"""Through HTTP proxies, on sockets: TLS to the server, to the proxy, and both."""

from __future__ import annotations

import pytest
import trustme

from wstool.connection.options import ConnectRule, Observer, TLSOptions
from wstool.errors import (
    ConnectFailed,
    HandshakeInvalid,
    TimedOut,
    TLSFailed,
    UsageError,
)

from support.connections import dialed, raw_server
from support.handshakes import make_head
from support.tunnels import (
    ESTABLISHED,
    answering,
    connecting,
    greet,
    make_server_context,
    receive_greeting,
    through,
)


pytestmark = pytest.mark.usefixtures("descriptors")


@pytest.fixture(name="authority", scope="module")
def make_authority():
    """Make a certification authority."""
    return trustme.CA()


@pytest.fixture(name="cacert", scope="module")
def write_cacert(authority, tmp_path_factory):
    """Write the authority's certificate to a file."""
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_tunnel(run, authority, cacert, scheme, secure):
    """A tunnel carries TLS or none, and may be one of TLS itself."""
    context = make_server_context(authority)
    asked, routes = [], []
    trusting = TLSOptions(cacert=cacert)

    async def scenario():
        async with (
            raw_server(greet, context=context if secure else None) as url,
            raw_server(
                connecting(asked=asked), context=context if scheme == "https" else None
            ) as proxy,
        ):
            options = through(proxy, scheme, "me:secret@", tls=trusting)
            messages = await receive_greeting(
                url,
                proxy=options,
                cacert=cacert,
                observer=Observer(connected=routes.append),
            )
            place = url.partition("://")[2].rstrip("/")
            return messages, place, proxy.partition("://")[2].rstrip("/")

    messages, place, proxy = run(scenario())
    assert messages == [b"hello"]
    assert asked[0].decode().split("\r\n")[:2] == [
        f"CONNECT {place} HTTP/1.1",
        f"Host: {place}",
    ]
    assert (routes[0].remote, routes[0].proxy) == (proxy, f"{scheme}://{proxy}")


@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_closing(run, authority, cacert, secure):
    """A server's end of the stream comes through the tunnel."""
    context = make_server_context(authority)

    async def end(peer):
        await peer.receive_head()

    async def scenario():
        async with (
            raw_server(end, context=context if secure else None) as url,
            raw_server(connecting(), context=context) as proxy,
        ):
            options = through(proxy, "https", tls=TLSOptions(cacert=cacert))
            with pytest.raises(
                Exception, match="the server ended the stream"
            ) as caught:
                await receive_greeting(url, proxy=options, cacert=cacert)
            return type(caught.value).__name__

    assert run(scenario()) == "HandshakeInvalid"


def test_connect_to(run):
    """The proxy is asked for a rule's place; the server is told the URL's."""
    asked, heads = [], []

    async def serve(peer):
        heads.append(await peer.receive_head())

    async def scenario():
        async with (
            raw_server(serve) as url,
            raw_server(connecting(asked=asked)) as proxy,
        ):
            port = int(url.rpartition(":")[2].rstrip("/"))
            rules = (ConnectRule("server.example", 80, "127.0.0.1", port),)
            with pytest.raises(HandshakeInvalid, match="without a response"):
                await receive_greeting(
                    "ws://server.example/", proxy=through(proxy), connect_to=rules
                )
            return port

    port = run(scenario())
    assert asked[0].startswith(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n".encode())
    assert b"\r\nHost: server.example\r\n" in heads[0]


def expect(run, script, error=ConnectFailed, *, context=None, scheme="http", **options):
    """Connect through a proxy that doesn't let us; give error and text."""
    options = {"url": "ws://server.example/", **options}
    tls = options.pop("tls", TLSOptions())

    async def scenario():
        async with raw_server(script, context=context) as proxy:
            with pytest.raises(error) as caught:
                async with dialed(proxy=through(proxy, scheme, tls=tls), **options):
                    pass
            place = proxy.partition("://")[2].rstrip("/")
            return caught.value, str(caught.value).replace(place, "PROXY")

    return run(scenario())


REFUSED = "can't connect to server.example: the proxy http://PROXY "


def test_refusal(run):
    """A refusal is that of the proxy, not the server's."""
    data = make_head("Content-Length: 3", status="HTTP/1.1 502 Bad Gateway") + b"no!"
    error, text = expect(run, answering((None, data)))

    assert text == REFUSED + "refused: HTTP 502 Bad Gateway"
    assert error.detail == "no!"


def test_refusal_that_never_ends(run):
    """When time is up in a refusal's body, the refusal is what is told."""
    data = make_head("Content-Length: 9", status="HTTP/1.1 403 Filtered") + b"no!"
    error, text = expect(run, answering((None, data)), connect_timeout=0.3)

    assert text == REFUSED + "refused: HTTP 403 Filtered"
    assert error.detail == "no!\n[the rest of the body did not come in time]"
    assert error.permanent


def test_refusal_that_is_cut_off(run):
    """Nor is a refusal lost when the stream is reset."""
    data = make_head("Content-Length: 9", status="HTTP/1.1 403 Filtered") + b"no!"

    async def script(peer):
        await peer.receive_head()
        await peer.send(data)
        peer.reset()

    error, _ = expect(run, script)
    assert error.detail == (
        "no!\n[the rest of the body did not come: connection reset by peer]"
    )


@pytest.mark.parametrize(
    ("ending", "problem"),
    [
        ("end", "ended the stream without a response"),
        ("reset", "failed: connection reset by peer"),
    ],
)
def test_ending(run, ending, problem):
    """A proxy that ends the stream before it answers is told of."""

    async def script(peer):
        await peer.receive_head()
        getattr(peer, ending)()
        await peer.wait_for_end()

    assert expect(run, script)[1] == REFUSED + problem


def test_bytes_behind_the_response(run):
    """What comes before we said anything is told, not lost."""
    error, text = expect(run, answering((None, ESTABLISHED + b"220 smtp\r\n")))

    assert text == REFUSED + "sent 10 bytes behind its response"
    assert error.detail == "220 smtp\r\n"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
def test_end_behind_the_response(run, authority, cacert, scheme, secure):
    """A tunnel that ends at once ends the attempt, not only the patience."""

    async def script(peer):
        await peer.receive_head()
        peer.writer.write(ESTABLISHED)
        peer.writer.close()
        await peer.writer.wait_closed()

    expect(
        run,
        script,
        # Which it is depends on what is read at once.
        (ConnectFailed, TLSFailed, HandshakeInvalid),
        context=make_server_context(authority) if scheme == "https" else None,
        scheme=scheme,
        tls=TLSOptions(cacert=cacert),
        url=f"{'wss' if secure else 'ws'}://server.example/",
        connect_timeout=0,
    )


@pytest.mark.parametrize(
    ("answers", "url", "doing"),
    [
        pytest.param(
            [], "ws://server.example/", "waiting for the proxy http://PROXY", id="proxy"
        ),
        pytest.param(
            [(None, ESTABLISHED)],
            "ws://server.example/",
            "waiting for the handshake response of server.example",
            id="server",
        ),
        pytest.param(
            [(None, ESTABLISHED)],
            "wss://server.example/",
            "in the TLS handshake with server.example",
            id="tls",
        ),
    ],
)
def test_time_limit(run, answers, url, doing):
    """The time limit's message names the phase."""
    script = answering(*answers)
    _, text = expect(run, script, TimedOut, url=url, connect_timeout=0.2)

    assert text == f"timed out {doing} (--connect-timeout 0.2 s)"


def test_time_limit_in_tls_with_the_proxy(run):
    """A proxy that never answers in TLS is named too."""

    async def script(peer):
        await peer.wait_for_end()

    _, text = expect(run, script, TimedOut, scheme="https", connect_timeout=0.2)
    assert text == (
        "timed out in the TLS handshake with the proxy https://PROXY "
        "(--connect-timeout 0.2 s)"
    )


@pytest.mark.parametrize(
    ("name", "trusts", "problem"),
    [
        ("127.0.0.1", False, "unknown authority OU=Testing CA"),
        ("localhost", True, "it isn't for 127.0.0.1"),
    ],
)
def test_certificate_of_the_proxy(run, authority, cacert, name, trusts, problem):
    """A proxy's certificate is checked as a server's, by options of its own."""
    context = make_server_context(authority, name)
    _, text = expect(
        run,
        answering(),
        TLSFailed,
        scheme="https",
        context=context,
        tls=TLSOptions(cacert=cacert if trusts else None),
        cacert=cacert,
        insecure=True,
    )
    assert text.startswith("TLS with the proxy https://PROXY failed: ")
    assert problem in text


def test_insecure_proxy(run, authority, cacert):
    """Any certificate of a proxy may be accepted, without that for the server."""
    context = make_server_context(authority, "other.example")

    async def scenario():
        async with (
            raw_server(greet, context=make_server_context(authority)) as url,
            raw_server(connecting(), context=context) as proxy,
        ):
            options = through(proxy, "https", tls=TLSOptions(insecure=True))
            await receive_greeting(url, proxy=options, cacert=cacert)
            with pytest.raises(TLSFailed, match="unknown authority"):
                await receive_greeting(url, proxy=options)

    run(scenario())


def test_cacert_of_the_proxy_that_is_none(run, tmp_path):
    """A file that holds no certificate is told before anything is sent."""
    path = tmp_path / "ca.pem"
    path.write_text("no")
    tls = TLSOptions(cacert=str(path))
    _, text = expect(run, answering(), UsageError, scheme="https", tls=tls)

    assert text == f"{path}: no certificate in it"
