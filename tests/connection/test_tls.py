"""TLS: which certificates are good, and what a failure is called."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading

import pytest
import trustme

from wstool.connection.dial import dial
from wstool.connection.options import TLSOptions
from wstool.connection.tls import make_client_context
from wstool.errors import HandshakeInvalid, TLSFailed, UsageError

from support.connecting import make_connect_options
from support.connections import (
    accept_request,
    dialed,
    raw_server,
)
from support.frames import TEXT, frame


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


def make_server_context(authority, *names, **options):
    """Make the context of a server with a certificate for names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **options).configure_cert(context)
    return context


async def greet(peer):
    """Open a WebSocket connection and say hello."""
    await accept_request(peer, behind=frame(TEXT, b"hello"))
    await peer.reader.read()


async def receive_greeting(url, **options):
    """Connect, and take what the server says."""
    async with dialed(url, **options) as (_, recorder):
        await recorder.until(lambda: recorder.messages)
        return recorder.messages


async def fail_to_dial(url, **options):
    """Connect, which must not succeed; give the error's problem."""

    class Nobody:
        """A handler that must not be called."""

    try:
        await dial(make_connect_options(url, **options), Nobody())
    except (TLSFailed, HandshakeInvalid) as error:
        return type(error), error.problem
    raise AssertionError("it connected")


# Good connections.


@pytest.mark.parametrize(
    ("name", "host"),
    [
        pytest.param("127.0.0.1", "127.0.0.1", id="address"),
        pytest.param("localhost", "localhost", id="name"),
    ],
)
def test_good_certificate(run, authority, cacert, name, host):
    """A certificate of an authority that is trusted, for the right name, is good."""

    async def scenario():
        context = make_server_context(authority, name)
        async with raw_server(greet, context=context) as url:
            url = url.replace("127.0.0.1", host)
            return await receive_greeting(url, cacert=cacert)

    assert run(scenario()) == [b"hello"]


def test_insecure(run, authority):
    """Any certificate for any name will do, if so told."""

    async def scenario():
        context = make_server_context(authority, "other.example")
        async with raw_server(greet, context=context) as url:
            return await receive_greeting(url, insecure=True)

    assert run(scenario()) == [b"hello"]


def test_http_1_1_is_asked_for(run, authority, cacert):
    """A server that would rather speak HTTP/2 is told not to."""

    async def scenario():
        context = make_server_context(authority, "127.0.0.1")
        context.set_alpn_protocols(["h2", "http/1.1"])
        chosen = []

        async def script(peer):
            tls = peer.writer.get_extra_info("ssl_object")
            chosen.append(tls.selected_alpn_protocol())
            await greet(peer)

        async with raw_server(script, context=context) as url:
            await receive_greeting(url, cacert=cacert)
        return chosen

    assert run(scenario()) == ["http/1.1"]


def test_large_message_both_ways(run, authority, cacert):
    """Messages of many TLS records arrive whole."""
    payload = bytes(range(256)) * 8000

    async def scenario():
        received = []

        async def script(peer):
            await accept_request(peer)
            received.extend(await peer.receive_frames(1))
            await peer.send(frame(2, payload))
            await peer.reader.read()

        context = make_server_context(authority, "127.0.0.1")
        async with (
            raw_server(script, context=context) as url,
            dialed(url, cacert=cacert) as (connection, recorder),
        ):
            connection.send(2, [payload])
            await recorder.until(lambda: recorder.messages)
            assert received == [(0x82, payload)]
            return list(recorder.messages)

    assert run(scenario()) == [payload]


# Certificates that aren't good.


def expired():
    """Give the validity of a certificate that has expired."""
    now = datetime.datetime.now(datetime.UTC)
    return {"not_after": now - datetime.timedelta(days=1)}


@pytest.mark.parametrize(
    ("names", "options", "trusted", "problem"),
    [
        pytest.param(
            ["other.example"],
            {},
            True,
            "IP address mismatch, certificate is not valid for '127.0.0.1'",
            id="wrong-name",
        ),
        pytest.param(
            ["127.0.0.1"],
            {},
            False,
            "unable to get local issuer certificate",
            id="unknown-authority",
        ),
        pytest.param(
            ["127.0.0.1"],
            expired(),
            True,
            "certificate has expired",
            id="expired",
        ),
    ],
)
def test_bad_certificate(run, authority, cacert, names, options, trusted, problem):
    """A certificate that isn't good is refused, in OpenSSL's words."""

    async def scenario():
        context = make_server_context(authority, *names, **options)
        async with raw_server(greet, context=context) as url:
            return await fail_to_dial(url, cacert=cacert if trusted else None)

    kind, text = run(scenario())
    assert kind is TLSFailed
    assert text.rstrip(".") == f"certificate not accepted: {problem}"


# Servers that speak something else.


def test_plain_server(run):
    """A server without TLS on a URL with it is told apart."""

    async def script(peer):
        await peer.reader.read(1)
        await peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async def scenario():
        async with raw_server(script) as url:
            return await fail_to_dial(url.replace("ws:", "wss:"))

    problem = "the server doesn't speak TLS there (try ws://)"
    assert run(scenario()) == (TLSFailed, problem)


def test_server_that_leaves(run):
    """A server that ends the stream in the TLS handshake is told apart."""

    async def script(peer):
        await peer.reader.read(1)
        peer.end()

    async def scenario():
        async with raw_server(script) as url:
            return await fail_to_dial(url.replace("ws:", "wss:"))

    problem = "the server closed the connection in the handshake"
    assert run(scenario()) == (TLSFailed, problem)


def test_tls_server_without_tls(run):
    """A server with TLS on a URL without it answers with an alert."""

    async def script(peer):
        await peer.receive_head()
        await peer.send(bytes.fromhex("15030300020250"))

    async def scenario():
        async with raw_server(script) as url:
            return await fail_to_dial(url)

    problem = "not an HTTP response but TLS (try wss://)"
    assert run(scenario()) == (HandshakeInvalid, problem)


def test_server_that_wants_a_certificate_of_ours(run, authority, cacert):
    """A server that refuses a client without certificate fails as TLS does."""
    context = make_server_context(authority, "127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # In a thread: asyncio would end the stream without the alert.
        server = threading.Thread(target=refuse_client, args=(listener, context))
        server.start()
        url = f"wss://127.0.0.1:{listener.getsockname()[1]}/"
        kind, problem = run(fail_to_dial(url, cacert=cacert))
        server.join(10)

    assert kind is TLSFailed
    assert problem == "tlsv13 alert certificate required"


def refuse_client(listener, context):
    """Accept a client, and refuse it in the TLS handshake."""
    accepted = listener.accept()[0]
    accepted.settimeout(10)
    with accepted, pytest.raises(ssl.SSLError):
        context.wrap_socket(accepted, server_side=True)


# Contexts.


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_cacert_that_is_none(tmp_path, content):
    """A file of authorities that can't be used is named."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UsageError) as caught:
        make_client_context(TLSOptions(cacert=str(path)))
    problem = "no such file or directory" if content is None else "no certificate in it"
    assert str(caught.value) == f"{path}: {problem}"


def test_contexts(cacert):
    """Certificates are checked unless told otherwise; old versions are off."""
    secure = make_client_context(TLSOptions(cacert=cacert))
    insecure = make_client_context(TLSOptions(insecure=True))

    assert (secure.verify_mode, secure.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert (insecure.verify_mode, insecure.check_hostname) == (ssl.CERT_NONE, False)
    assert secure.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert len(secure.get_ca_certs()) == 1
