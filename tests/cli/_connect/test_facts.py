"""What the opening of a connection showed."""

from __future__ import annotations

from types import SimpleNamespace

from wstool.cli._connect.facts import HandshakeLog
from wstool.connection.facts import CertificateFacts, Route, TLSFacts
from wstool.wire.handshake import Request, Response


def test_everything():
    """Route, TLS, both heads and what was agreed are shown."""
    log = HandshakeLog()
    log.set_route(Route("127.0.0.1:443", "127.0.0.1:5", proxy="http://proxy:3128"))
    certificate = CertificateFacts("CN=x", "CN=ca", "2026", "2027", ("x",), "pin")
    log.set_tls(TLSFacts("x", "TLS 1.3", "AES", None, True, certificate))
    log.add_request(Request("/path", [("Host", "x")]))
    log.add_response(Response("HTTP/1.1", 101, "", [("Upgrade", "w")], ["bad"]))
    connection = SimpleNamespace(
        subprotocol="chat", endpoint=SimpleNamespace(deflater=SimpleNamespace())
    )

    assert log.render(connection).rows == [
        ("address", "127.0.0.1:443"),
        ("proxy", "http://proxy:3128"),
        ("TLS", "1.3, AES, certificate verified"),
        ("certificate", "subject: CN=x"),
        ("certificate", "issuer: CN=ca"),
        ("certificate", "valid: 2026 to 2027"),
        ("certificate", "names: x"),
        ("certificate", "pin: pin"),
        (">", "GET /path HTTP/1.1"),
        (">", "Host: x"),
        ("<", "HTTP/1.1 101"),
        ("<", "Upgrade: w"),
        ("<", "bad"),
        ("subprotocol", "chat"),
        ("compression", "permessage-deflate"),
    ]


def test_cleared():
    """A new attempt begins with nothing."""
    log = HandshakeLog()
    log.add_request(Request("/", []))
    log.clear()

    assert log.render(None).rows == []
