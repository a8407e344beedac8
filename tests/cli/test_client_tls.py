"""TLS, as the command line tells of it."""

from __future__ import annotations

import ssl

import pytest
import trustme

from support.command import Outcome, run
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
    await_end,
    await_frames,
    meet,
    send,
    texts,
)


@pytest.fixture(name="authority", scope="module")
def make_authority(tmp_path_factory):
    """Make a certification authority: itself, and the path of its certificate."""
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority.cert_pem.write_to_path(path)
    return authority, str(path)


def make_context(authority, name):
    """Make a server's TLS context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("name", "trusts", "problem"),
    [
        pytest.param(
            "127.0.0.1", False, "unable to get local issuer certificate", id="unknown"
        ),
        pytest.param(
            "localhost",
            True,
            "IP address mismatch, certificate is not valid for '127.0.0.1'",
            id="other-name",
        ),
    ],
)
def test_certificate_not_accepted(authority, name, trusts, problem):
    """A certificate that isn't good: status 4, and what is wrong with it."""
    context = make_context(authority[0], name)
    options = ("--cacert", authority[1]) if trusts else ()
    with Peer(context=context) as peer:
        outcome = run("listen", peer.url, *options)
    assert outcome.mask(peer.target, "PEER") == Outcome(
        4, b"", f"wstool: TLS with PEER failed: certificate not accepted: {problem}\n"
    )


@pytest.mark.parametrize("trust", ["--cacert", "--insecure"])
def test_tls(authority, trust):
    """With the authority's certificate, or none wanted, TLS carries the connection."""
    options = (trust, authority[1]) if trust == "--cacert" else (trust,)
    name = "127.0.0.1" if trust == "--cacert" else "elsewhere"
    context = make_context(authority[0], name)
    script = [accept(), await_frames(1), texts(b"reply"), answer_close]
    assert meet(script, "send", "x", "-n", "1", *options, context=context) == Outcome(
        0, b"reply\n", ""
    )


def test_tls_on_a_plain_port():
    """A server without TLS: status 4, and a hint."""
    script = [
        lambda stream: stream.receive(),
        send(b"HTTP/1.1 400 Bad\r\n\r\n"),
        await_end,
    ]
    with Peer(*script) as peer:
        outcome = run("listen", peer.url.replace("ws:", "wss:"))
    assert outcome.mask(peer.target, "PEER") == Outcome(
        4,
        b"",
        "wstool: TLS with PEER failed: "
        "the server doesn't speak TLS there (try ws://)\n",
    )
