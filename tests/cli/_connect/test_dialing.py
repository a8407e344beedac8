"""How a conversation connects."""

from __future__ import annotations

import asyncio

import pytest

from wstool.cli._connect.dialing import Dialer, Home
from wstool.cli._options import ClientArguments
from wstool.cli._reconnect_options import ReconnectArguments
from wstool.cli._request import RequestArguments
from wstool.connection.options import (
    ConnectRule,
    EndpointOptions,
    RouteOptions,
    TLSOptions,
)
from wstool.services.interactive import Phase
from wstool.services.pipe import Proof
from wstool.wire.uri import parse_uri

from support.misbehaving import Peer, accept, answer_close
from support.talking import Stage
from support.tls import Issued, make_context


def make_client(*headers):
    """Make what the options of a client say."""
    return ClientArguments(
        request=RequestArguments(headers=headers, deflate=None),
        route=RouteOptions(),
        tls=TLSOptions(),
        reconnect=ReconnectArguments(None, Proof.PONG, resend=True),
        connect_timeout=10,
        max_time=None,
        fragment_size=0,
        endpoint=EndpointOptions(),
        close_code=1000,
        close_reason="",
        ok_close=frozenset({1000}),
        verbose=False,
        quiet=False,
    )


@pytest.mark.parametrize(
    ("home", "sends_credentials"), [("itself", True), ("ws://other.test/", False)]
)
def test_credentials_stay_behind(home, sends_credentials):
    """Credentials are for the server they were given for, and no other."""

    async def run(url):
        stage = Stage()
        client = make_client(("Authorization", "Basic x"), ("X-Other", "y"))
        dialer = Dialer(
            Home(parse_uri(url if home == "itself" else home), client),
            client,
            conversation=stage.conversation,
            handshake=stage.context.handshake,
            note=stage.context.tell,
        )
        stage.conversation.connect(dialer.make(parse_uri(url)))
        await stage.conversation.wait_until(Phase.OPEN)
        stage.conversation.ping(b"x")
        await stage.conversation.leave()
        return stage

    with Peer(accept(), answer_close) as peer:
        stage = asyncio.run(run(peer.url))

        assert b"X-Other: y" in peer.request
        assert (b"Authorization: Basic x" in peer.request) is sends_credentials
    told = "credentials and files of -H: for the first server only"
    assert (told in "".join(stage.screen)) is not sends_credentials
    assert stage.context.handshake.requests[0].resource_name == "/"
    assert stage.context.handshake.responses[0].status == 101
    # A ping of one byte, and two bytes of close code; masked both.
    assert stage.conversation.counters.wire_sent == 7 + 8
    assert stage.conversation.counters.wire_received == 4


def test_client_certificate_stays_behind():
    """So is a client certificate; here its file would be missed if it were read."""

    async def run(url):
        stage = Stage()
        tls = TLSOptions(cert="missing.pem", insecure=True)
        client = make_client()._replace(tls=tls)
        dialer = Dialer(
            Home(parse_uri("ws://other.test/"), client),
            client,
            conversation=stage.conversation,
            handshake=stage.context.handshake,
            note=stage.context.tell,
        )
        stage.conversation.connect(dialer.make(parse_uri(url)))
        await stage.conversation.wait_until(Phase.OPEN)
        await stage.conversation.leave()
        return stage

    server = make_context(Issued("server", names=["127.0.0.1"]))
    with Peer(accept(), answer_close, context=server) as peer:
        stage = asyncio.run(run(peer.url))
    assert "--cert: for the first server only" in "".join(stage.screen)


def test_way_of_each_server():
    """The way to the first server is its own; others are reached as options say."""

    async def run(home, other):
        stage = Stage()
        client = make_client()
        elsewhere = RouteOptions(connect_to=(ConnectRule("", None, "", other.port),))
        dialer = Dialer(
            Home(home, client),
            client._replace(route=elsewhere),
            conversation=stage.conversation,
            handshake=stage.context.handshake,
            note=stage.context.tell,
        )
        for uri in (home, parse_uri("ws://127.0.0.1:1/")):
            await stage.conversation.switch(dialer.make(uri))
            await stage.conversation.wait_until(Phase.OPEN)
        await stage.conversation.leave()

    with Peer(accept(), answer_close) as home, Peer(accept(), answer_close) as other:
        asyncio.run(run(parse_uri(home.url), parse_uri(other.url)))
    assert b"Host: 127.0.0.1:1\r\n" in other.request
    assert b"Host: 127.0.0.1:1\r\n" not in home.request
