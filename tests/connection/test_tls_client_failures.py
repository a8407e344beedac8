"""TLS of a client: servers that aren't good, and how that is told."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading

import pytest

from wstool.connection import tls_client
from wstool.connection.certificates import write_pin
from wstool.connection.dial import dial
from wstool.connection.options import TLSOptions
from wstool.connection.tls_client import TLSClient
from wstool.errors import ConnectFailed, HandshakeInvalid, TLSFailed, UsageError

from support.connecting import make_connect_options
from support.connections import raw_server
from support.tls import DAY, NOW, Issued, demand, make_context


pytestmark = pytest.mark.usefixtures("descriptors")

PAST = (NOW - 2 * DAY, NOW - DAY)
ROOT = Issued("Root", authority=True)
SERVER = Issued("server", issuer=ROOT, names=["127.0.0.1"])
OTHER = Issued("other", issuer=ROOT, names=["other.example"])
EXPIRED = Issued("expired", issuer=ROOT, names=["127.0.0.1"], valid=PAST)
OWN = Issued("own", names=["127.0.0.1"])
CLIENT = Issued("client", issuer=ROOT)
STRANGER = Issued("stranger", issuer=Issued("Another", authority=True))
WANTED = "the server wants a client certificate (try --cert FILE)"


@pytest.fixture(name="cacert", scope="module")
def write_cacert(tmp_path_factory):
    """Write the authority's certificate to a file."""
    return ROOT.write_pem(tmp_path_factory.mktemp("tls") / "ca.pem", "cert")


async def fail_to_dial(url, **options):
    """Connect, which must not succeed; give the error."""

    class Nobody:
        """A handler that must not be called."""

    try:
        await dial(make_connect_options(url, **options), Nobody())
    except (TLSFailed, HandshakeInvalid, ConnectFailed) as error:
        return error
    raise AssertionError("it connected")


def refuse(run, context, **options):
    """Connect to a server with TLS, which must not succeed; give the error."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # In a thread: asyncio would end the stream without an alert.
        server = threading.Thread(target=refuse_client, args=(listener, context))
        server.start()
        url = f"wss://127.0.0.1:{listener.getsockname()[1]}/"
        error = run(fail_to_dial(url, **options))
        server.join(10)
    return error


def refuse_client(listener, context):
    """Accept a client, with which TLS won't come about."""
    accepted = listener.accept()[0]
    accepted.settimeout(10)
    with accepted, pytest.raises(OSError):
        data = context.wrap_socket(accepted, server_side=True).recv(1)
        assert data == b""
        raise ConnectionError("the client has gone")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("issued", "problem"),
    [
        pytest.param(OTHER, "it isn't for 127.0.0.1", id="wrong-name"),
        pytest.param(EXPIRED, f"it expired at {EXPIRED.validity[1]}", id="expired"),
        pytest.param(OWN, "it is self-signed (try --cacert FILE)", id="self-signed"),
        pytest.param(
            STRANGER,
            "unknown authority CN=Another (try --cacert FILE)",
            id="unknown-authority",
        ),
    ],
)
def test_bad_certificate(run, cacert, issued, problem, version):
    """A certificate that isn't good is told with what it holds, in all versions."""
    error = refuse(run, make_context(issued, version=version), cacert=cacert)

    assert error.problem == f"certificate not accepted: {problem}"
    assert error.permanent
    assert f"subject: {issued.name.rfc4514_string()}" in error.detail


def test_name_that_was_asked_for(run, cacert):
    """The name that is checked is the one that was asked for."""
    context = make_context(SERVER)
    error = refuse(run, context, cacert=cacert, server_name="a.example")

    assert error.problem == "certificate not accepted: it isn't for a.example"
    assert "checked for: a.example" in error.detail


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("client", "problem"),
    [
        pytest.param(None, WANTED, id="none"),
        pytest.param(
            STRANGER,
            "the server refused our certificate: unknown authority",
            id="stranger",
        ),
    ],
)
def test_client_certificate(run, cacert, tmp_path, version, client, problem):
    """A server that refuses a client's certificate, or its lack, says so."""
    context = demand(make_context(SERVER, version=version), ROOT)
    cert = client and client.write_pem(tmp_path / "client.pem")
    error = refuse(run, context, cacert=cacert, cert=cert)

    assert (error.problem, error.permanent) == (problem, True)


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param(lambda peer: peer.writer.close(), id="end"),
        pytest.param(lambda peer: peer.reset(), id="reset"),
    ],
)
def test_end_instead_of_an_alert(run, cacert, leave):
    """A server that just leaves for lack of a certificate had asked for one."""

    async def script(peer):
        await peer.receive_head()
        leave(peer)

    async def scenario(context):
        async with raw_server(script, context=context) as url:
            return await fail_to_dial(url, cacert=cacert)

    context = make_context(SERVER, version=ssl.TLSVersion.TLSv1_3)
    assert isinstance(run(scenario(context)), HandshakeInvalid | ConnectFailed)
    # It takes a client without one, and leaves all the same.
    context.verify_mode = ssl.CERT_OPTIONAL
    error = run(scenario(context))
    assert isinstance(error, TLSFailed)
    # Nobody knows that this was why: it may be another time.
    assert (error.problem, error.permanent) == (
        "the server closed the connection behind the handshake, "
        "having asked for a client certificate (try --cert FILE)",
        False,
    )


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"HTTP/1.1 101 No\r\n\r\n", id="response"),
        pytest.param(b"HTTP/1.1 101 No\r\n", id="part-of-one"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", id="informational"),
    ],
)
def test_response_of_a_server_that_asked(run, cacert, sent):
    """A server that responds doesn't mind that there is no certificate."""

    async def script(peer):
        await peer.receive_head()
        await peer.send(sent)
        peer.reset()

    async def scenario(context):
        async with raw_server(script, context=context) as url:
            return await fail_to_dial(url, cacert=cacert)

    context = make_context(SERVER, version=ssl.TLSVersion.TLSv1_3)
    context.verify_mode = ssl.CERT_OPTIONAL
    assert not isinstance(run(scenario(context)), TLSFailed)


@pytest.mark.parametrize(
    ("server", "options", "problem"),
    [
        pytest.param(
            {"version": ssl.TLSVersion.TLSv1_1, "ciphers": "ALL:@SECLEVEL=0"},
            {},
            "no version in common, we speak TLS 1.2 to 1.3 (try --tlsv1.0)",
            id="old-server",
        ),
        pytest.param(
            {"version": ssl.TLSVersion.TLSv1_2},
            {"minimum": "1.3"},
            "no version in common, we speak TLS 1.3 (try --tlsv1.0)",
            id="server-without-1.3",
        ),
        pytest.param(
            {"version": ssl.TLSVersion.TLSv1_3},
            {"maximum": "1.2"},
            "no version in common, we speak TLS 1.2 (try --tlsv1.0 without --tls-max)",
            id="server-with-1.3-only",
        ),
        pytest.param(
            {"version": ssl.TLSVersion.TLSv1_2, "ciphers": "AES256-SHA256:@SECLEVEL=0"},
            {},
            "the server found no cipher in common, or it wants a client certificate "
            "(try --cert FILE)",
            id="no-cipher",
        ),
    ],
)
def test_nothing_in_common(run, cacert, server, options, problem):
    """Versions and ciphers that don't meet are told with what may help."""
    error = refuse(run, make_context(SERVER, **server), cacert=cacert, **options)

    assert (error.problem, error.permanent) == (problem, True)


def test_name_that_the_server_does_not_know(run, cacert):
    """A server may refuse the name that is asked for."""
    context = make_context(SERVER)
    context.sni_callback = lambda *_: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    error = refuse(run, context, cacert=cacert, server_name="a.example")

    assert error.problem == (
        "the server doesn't know the name a.example (try --tls-server-name NAME)"
    )


@pytest.mark.parametrize("insecure", [False, True])
def test_pin_of_another_key(run, cacert, insecure):
    """A server with another key gets nothing from us; its pin is told."""
    options = {"cacert": cacert, "insecure": insecure, "pins": (bytes(32),)}
    error = refuse(run, make_context(SERVER), **options)

    pin = write_pin(SERVER.pin)
    assert error.problem == f"its public key isn't that of --pin-sha256, but {pin}"
    assert error.permanent
    assert "subject: CN=server\n" in error.detail


# Servers that speak something else.


def test_plain_server(run):
    """A server without TLS on a URL with it is told apart."""

    async def script(peer):
        await peer.reader.read(1)
        await peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async def scenario():
        async with raw_server(script) as url:
            return await fail_to_dial(url.replace("ws:", "wss:"))

    error = run(scenario())
    assert error.problem == "the server doesn't speak TLS there (try ws://)"
    assert error.permanent


@pytest.mark.parametrize("leave", ["end", "reset"])
def test_server_that_leaves(run, leave):
    """A server that breaks the stream in the TLS handshake may not do so again."""

    async def script(peer):
        await peer.reader.read(1)
        getattr(peer, leave)()

    async def scenario():
        async with raw_server(script) as url:
            return await fail_to_dial(url.replace("ws:", "wss:"))

    error = run(scenario())
    assert error.problem == "the server closed the connection in the handshake"
    assert not error.permanent


def test_tls_server_without_tls(run):
    """A server with TLS on a URL without it answers with an alert."""

    async def script(peer):
        await peer.receive_head()
        await peer.send(bytes.fromhex("15030300020250"))

    async def scenario():
        async with raw_server(script) as url:
            return await fail_to_dial(url)

    error = run(scenario())
    assert error.problem == "not an HTTP response but TLS (try wss://)"


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"cacert": "/nonexistent"}, id="cacert"),
        pytest.param({"cert": "/nonexistent"}, id="cert"),
    ],
)
def test_files_come_before_the_network(run, options):
    """A file that won't do is an error before anything is connected."""

    async def scenario():
        # This name would take a resolver some time.
        await fail_to_dial("wss://nowhere.invalid/", **options)

    with pytest.raises(UsageError, match="/nonexistent: no such file or directory"):
        run(scenario())


# Python without the hook.


class Bare(ssl.SSLContext):
    """A context of a Python that lets nobody watch its handshakes."""

    _msg_callback = property()


def test_without_the_hook(run, monkeypatch):
    """Where a handshake can't be watched, a failure is told without the certificate."""
    bare = Bare(ssl.PROTOCOL_TLS_CLIENT)
    monkeypatch.setattr(tls_client, "make_client_context", lambda _: bare)
    error = refuse(run, make_context(SERVER))

    assert error.problem == (
        "certificate not accepted: unknown authority (try --cacert FILE)"
    )
    assert error.detail == "checked for: 127.0.0.1"


def test_errors_that_are_not_explained():
    """Only an end of the stream is explained by TLS, and only if that asked."""
    client = TLSClient(TLSOptions(insecure=True), host="host", target="host:1")
    ended = HandshakeInvalid("no response", permanent=False)
    assert client.explain_end(ended) is None

    client._watch.wants_certificate = True
    for error in (
        asyncio.CancelledError(),
        TLSFailed("host:1", "problem"),
        HandshakeInvalid("no Upgrade"),
        HandshakeInvalid("half of it", detail="HTTP/1.1 1", permanent=False),
    ):
        assert client.explain_end(error) is None
    assert client.explain_end(ended) is not None
