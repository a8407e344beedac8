"""TLS of a client: which servers are good, and what is known of them."""

from __future__ import annotations

import ssl

import pytest

from wstool.connection.certificates import read_certificate
from wstool.connection.options import Observer
from wstool.connection.tls_client import TLSClient
from wstool.errors import TLSFailed

from support.connecting import make_connect_options
from support.connections import accept_request, dialed, raw_server
from support.frames import BINARY, TEXT, frame
from support.tls import PASSPHRASE, Issued, demand, make_context


pytestmark = pytest.mark.usefixtures("descriptors")

ROOT = Issued("Root", authority=True)
MIDDLE = Issued("Middle", issuer=ROOT, authority=True)
SERVER = Issued("server", issuer=MIDDLE, names=["127.0.0.1", "::1", "localhost"])
OTHER = Issued("other", issuer=ROOT, names=["other.example"])
FOREIGN = Issued("foreign", issuer=ROOT, names=["xn--mnchen-3ya.example"])
CLIENT = Issued("client", issuer=MIDDLE)
NO_PIN = bytes(32)


@pytest.fixture(name="cacert", scope="module")
def write_cacert(tmp_path_factory):
    """Write the authority's certificate to a file."""
    return ROOT.write_pem(tmp_path_factory.mktemp("tls") / "ca.pem", "cert")


async def greet(peer):
    """Open a WebSocket connection and say hello."""
    await accept_request(peer, behind=frame(TEXT, b"hello"))
    await peer.reader.read()


def greeting(run, context, *, host="127.0.0.1", **options):
    """Connect to a server on a host that says hello; give what it said."""

    async def scenario():
        async with (
            raw_server(greet, context=context, host=host) as url,
            dialed(url, **options) as (_, recorder),
        ):
            await recorder.until(lambda: recorder.messages)
            return recorder.messages

    return run(scenario())


# Good servers.


@pytest.mark.parametrize(
    ("host", "options"),
    [
        pytest.param("127.0.0.1", {}, id="address"),
        pytest.param("::1", {}, id="ipv6"),
        pytest.param("localhost", {}, id="name"),
        pytest.param("127.0.0.1", {"server_name": "localhost"}, id="other-name"),
        pytest.param("127.0.0.1", {"server_name": "::1"}, id="other-address"),
        pytest.param("127.0.0.1", {"pins": (NO_PIN, SERVER.pin)}, id="pin"),
        pytest.param("127.0.0.1", {"minimum": "1.3"}, id="minimum"),
    ],
)
def test_good_server(run, cacert, host, options):
    """A certificate of a trusted authority for the right name is good."""
    context = make_context(SERVER)

    assert greeting(run, context, host=host, cacert=cacert, **options) == [b"hello"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_client_certificate(run, cacert, tmp_path, version):
    """A server that demands a certificate gets it, with its chain."""
    context = demand(make_context(SERVER, version=version), ROOT)
    path = tmp_path / "client.pem"
    cert = CLIENT.write_pem(path, "cert", "chain", "key", passphrase=PASSPHRASE)
    options = {"cert": cert, "passphrase": lambda: PASSPHRASE}

    assert greeting(run, context, cacert=cacert, **options) == [b"hello"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_server(run, cacert, version):
    """A server that speaks an old version only is reached by who asks for that."""
    context = make_context(SERVER, version=version, ciphers="ALL:@SECLEVEL=0")

    assert greeting(run, context, cacert=cacert, minimum="1.0") == [b"hello"]


def test_intermediate_authority_is_trusted(run, tmp_path):
    """What is trusted need not be a root."""
    cacert = MIDDLE.write_pem(tmp_path / "middle.pem", "cert")

    assert greeting(run, make_context(SERVER), cacert=cacert) == [b"hello"]


def test_own_certificate_is_trusted(run, tmp_path):
    """A self-signed certificate is good for who trusts just that."""
    own = Issued("own", names=["127.0.0.1"])
    cacert = own.write_pem(tmp_path / "own.pem", "cert")

    assert greeting(run, make_context(own), cacert=cacert) == [b"hello"]


def test_insecure(run):
    """Any certificate for any name will do, if so told."""
    assert greeting(run, make_context(OTHER), insecure=True) == [b"hello"]


def test_international_name(run, cacert):
    """An international name is asked for, and checked, as it is looked up."""
    asked = []
    context = make_context(FOREIGN)
    context.sni_callback = lambda _, name, __: asked.append(name)

    name = "xn--mnchen-3ya.example"
    greeting(run, context, cacert=cacert, server_name=name)
    assert asked == [name]


def test_http_1_1_is_asked_for(run, cacert):
    """A server that would rather speak HTTP/2 is told not to."""
    context = make_context(SERVER)
    context.set_alpn_protocols(["h2", "http/1.1"])
    facts = []

    greeting(run, context, cacert=cacert, observer=Observer(secured=facts.append))
    assert facts[0].alpn == "http/1.1"


def test_large_message_both_ways(run, cacert):
    """Messages of many TLS records arrive whole."""
    payload = bytes(range(256)) * 8000

    async def scenario():
        received = []

        async def script(peer):
            await accept_request(peer)
            received.extend(await peer.receive_frames(1))
            await peer.send(frame(BINARY, payload))
            await peer.reader.read()

        async with (
            raw_server(script, context=make_context(SERVER)) as url,
            dialed(url, cacert=cacert) as (connection, recorder),
        ):
            connection.send(BINARY, [payload])
            await recorder.until(lambda: recorder.messages)
            assert received == [(0x82, payload)]
            return list(recorder.messages)

    assert run(scenario()) == [payload]


# What is known of them.


@pytest.mark.parametrize("insecure", [False, True])
def test_facts(run, cacert, insecure):
    """What TLS settled is told before the request, whether it was checked or not."""
    told = []
    observer = Observer(
        secured=told.append, request_sent=lambda _: told.append("request")
    )
    context = make_context(SERVER, version=ssl.TLSVersion.TLSv1_3)
    greeting(run, context, cacert=cacert, insecure=insecure, observer=observer)

    facts, *rest = told
    assert rest == ["request"]
    assert facts.peer.startswith("127.0.0.1:")
    assert facts._replace(peer="") == (
        "",
        "TLS 1.3",
        "TLS_AES_256_GCM_SHA384",
        None,
        not insecure,
        read_certificate(SERVER.der),
    )


def test_nothing_is_watched_afterwards(run, cacert):
    """Once the handshake is done, no code of ours runs for the records of data."""
    contexts = []

    async def scenario():
        async with (
            raw_server(greet, context=make_context(SERVER)) as url,
            dialed(url, cacert=cacert) as (connection, _),
        ):
            contexts.append(connection.transport.get_extra_info("sslcontext"))

    run(scenario())
    assert contexts[0]._msg_callback is None


# Pins.


class NoCertificate:
    """A transport to a peer that has no certificate."""

    def get_extra_info(self, name):
        """Give itself as TLS, too."""
        return self

    def getpeercert(self, *, binary_form):
        """Give none."""
        return


def test_pin_of_no_key(tmp_path):
    """A pin isn't fulfilled by a peer that shows no key."""
    options = make_connect_options(pins=(NO_PIN,)).tls
    client = TLSClient(options, host="host", target="host:1")

    with pytest.raises(TLSFailed, match="can't be read") as caught:
        client.check(NoCertificate())
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("host", "name"),
    [("host", "host"), ("host.", "host"), ("fe80::1%eth0", "fe80::1")],
)
def test_name(host, name):
    """A zone and the dot of the root are no part of the name in a certificate."""
    options = make_connect_options().tls

    assert TLSClient(options, host=host, target="").name == name
