"""TLS, as the command line tells of it: a row for each way in which it fails."""

from __future__ import annotations

import ssl

import pytest

from wstool.connection.certificates import write_pin

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
from support.tls import DAY, NOW, PASSPHRASE, Issued, demand, make_context


PAST, FUTURE = (NOW - 9 * DAY, NOW - DAY), (NOW + DAY, NOW + 9 * DAY)
NAMES = ["127.0.0.1", "localhost"]
ROOT = Issued("Root", authority=True)
MIDDLE = Issued("Middle", issuer=ROOT, authority=True)
SERVER = Issued("server", issuer=MIDDLE, names=NAMES)
OTHER = Issued("other", issuer=ROOT, names=["other.example", "::1"])
EXPIRED = Issued("expired", issuer=ROOT, names=NAMES, valid=PAST)
EARLY = Issued("early", issuer=ROOT, names=NAMES, valid=FUTURE)
OLD_MIDDLE = Issued("Old", issuer=ROOT, authority=True, valid=PAST)
INHERITING = Issued("heir", issuer=OLD_MIDDLE, names=NAMES)
OWN = Issued("own", names=NAMES)
HOSTILE = Issued("a\x1b[31m\nwstool: \u202eall is well", names=["b\x1b]0;c\x07"])
CLIENT = Issued("client", issuer=ROOT)
STRANGER = Issued("stranger", issuer=Issued("Another", authority=True))
V1_1, V1_2, V1_3 = (
    ssl.TLSVersion.TLSv1_1,
    ssl.TLSVersion.TLSv1_2,
    ssl.TLSVersion.TLSv1_3,
)
OLD_CIPHERS = "ALL:@SECLEVEL=0"
ECHO = [accept(), await_frames(1), texts(b"reply"), answer_close]
FAILED = "wstool: TLS with PEER failed: "
CACERT = ("--cacert", "root.pem")


@pytest.fixture(autouse=True)
def write_files(tmp_path, monkeypatch):
    """Write the files that the tests name, and go where they are."""
    monkeypatch.chdir(tmp_path)
    ROOT.write_pem("root.pem", "cert")
    CLIENT.write_pem("client.pem")
    CLIENT.write_pem("cert.pem", "cert")
    CLIENT.write_pem("locked.pem", "key", passphrase=PASSPHRASE)
    STRANGER.write_pem("stranger.pem")
    (tmp_path / "phrase").write_text(f"{PASSPHRASE}\n")


def describe(issued, *names, checked="127.0.0.1", issuer="Root"):
    """Write the lines that an error has for a certificate."""
    checked = [f"checked for: {checked}"] if checked else []
    return [
        *checked,
        f"subject: {issued.name.rfc4514_string()}",
        f"issuer: CN={issuer}",
        f"valid: {issued.validity[0]} to {issued.validity[1]}",
        f"names: {', '.join(names or NAMES)}",
        f"pin: {write_pin(issued.pin)}",
    ]


REFUSED = f"{FAILED}certificate not accepted: "
WANTED = f"{FAILED}the server wants a client certificate (try --cert FILE)"


def row(name, context, stderr, lines=(), *arguments):
    """Write a row of the table; CACERT is given unless other arguments are."""
    text = "".join([f"{stderr}\n", *(f"  {line}\n" for line in lines)])
    return pytest.param(context, arguments or CACERT, Outcome(4, b"", text), id=name)


@pytest.mark.parametrize(
    ("context", "arguments", "outcome"),
    [
        row(
            "wrong-name",
            make_context(OTHER),
            f"{REFUSED}it isn't for 127.0.0.1",
            describe(OTHER, "other.example", "::1"),
        ),
        row(
            "wrong-name-of-ours",
            make_context(SERVER),
            f"{REFUSED}it isn't for xn--mnchen-3ya.example",
            describe(SERVER, checked="xn--mnchen-3ya.example", issuer="Middle"),
            *(*CACERT, "--tls-server-name", "m\xfcnchen.example"),
        ),
        row(
            "expired",
            make_context(EXPIRED),
            f"{REFUSED}it expired at {EXPIRED.validity[1]}",
            describe(EXPIRED),
        ),
        row(
            "not-yet-valid",
            make_context(EARLY),
            f"{REFUSED}it isn't valid before {EARLY.validity[0]}",
            describe(EARLY),
        ),
        row(
            "expired-authority",
            make_context(INHERITING),
            f"{REFUSED}that of CN=Old expired at {OLD_MIDDLE.validity[1]}",
            describe(INHERITING, issuer="Old"),
        ),
        row(
            "unknown-authority",
            make_context(SERVER),
            f"{REFUSED}unknown authority CN=Root (try --cacert FILE)",
            describe(SERVER, issuer="Middle"),
            *("--connect-timeout", "9"),
        ),
        row(
            "chain-missing",
            make_context(SERVER, chain=False),
            f"{REFUSED}unknown authority CN=Middle (try --cacert FILE)",
            describe(SERVER, issuer="Middle"),
        ),
        row(
            "self-signed",
            make_context(OWN),
            f"{REFUSED}it is self-signed (try --cacert FILE)",
            describe(OWN, issuer="own"),
        ),
        row(
            "hostile",
            make_context(HOSTILE),
            f"{REFUSED}it is self-signed (try --cacert FILE)",
            [
                "checked for: 127.0.0.1",
                r"subject: CN=a\x1b[31m\nwstool: \u202eall is well",
                r"issuer: CN=a\x1b[31m\nwstool: \u202eall is well",
                f"valid: {HOSTILE.validity[0]} to {HOSTILE.validity[1]}",
                r"names: b\x1b]0;c\x07",
                f"pin: {write_pin(HOSTILE.pin)}",
            ],
        ),
        row(
            "pin",
            make_context(SERVER),
            f"{FAILED}its public key isn't that of --pin-sha256, "
            f"but {write_pin(SERVER.pin)}",
            describe(SERVER, checked=None, issuer="Middle"),
            *("-k", "--pin-sha256", "00" * 32),
        ),
        *(
            row(f"client-certificate-missing-{version.name}", context, WANTED)
            for version in (V1_2, V1_3)
            for context in [demand(make_context(SERVER, version=version), ROOT)]
        ),
        *(
            row(
                f"client-certificate-refused-{version.name}",
                demand(make_context(SERVER, version=version), ROOT),
                f"{FAILED}the server refused our certificate: unknown authority",
                [],
                *(*CACERT, "--cert", "stranger.pem"),
            )
            for version in (V1_2, V1_3)
        ),
        row(
            "old-server",
            make_context(SERVER, version=V1_1, ciphers=OLD_CIPHERS),
            f"{FAILED}no version in common, we speak TLS 1.2 to 1.3 (try --tlsv1.0)",
        ),
        row(
            "too-old-for-us",
            make_context(SERVER, version=V1_2),
            f"{FAILED}no version in common, we speak TLS 1.3 (try --tlsv1.0)",
            [],
            *(*CACERT, "--tlsv1.3"),
        ),
    ],
)
def test_failure(context, arguments, outcome):
    """A failure of TLS: status 4, what failed, and what the certificate holds."""
    assert meet([], "listen", *arguments, context=context) == outcome


@pytest.mark.parametrize(
    ("server", "arguments"),
    [
        pytest.param(SERVER, CACERT, id="cacert"),
        pytest.param(OTHER, ("--insecure",), id="insecure"),
        pytest.param(
            OTHER, (*CACERT, "--tls-server-name", "other.example"), id="server-name"
        ),
        pytest.param(
            OTHER, ("-k", "--pin-sha256", f"{write_pin(OTHER.pin)}"), id="pin"
        ),
        pytest.param(SERVER, (*CACERT, "--tls-max", "1.2"), id="tls-max"),
    ],
)
def test_success(server, arguments):
    """With what makes a certificate good, TLS carries the connection."""
    context = make_context(server)
    command = ("send", "x", "-n", "1", *arguments)
    assert meet(ECHO, *command, context=context) == Outcome(0, b"reply\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--cert", "client.pem"), id="one-file"),
        pytest.param(
            ("--cert", "cert.pem", "--key", "locked.pem", "--pass", PASSPHRASE),
            id="passphrase",
        ),
        pytest.param(
            ("--cert", "cert.pem", "--key", "locked.pem", "--pass", "@phrase"),
            id="passphrase-file",
        ),
    ],
)
def test_client_certificate(arguments):
    """A server that demands a certificate gets ours."""
    context = demand(make_context(SERVER), ROOT)
    command = ("send", "x", "-n", "1", *CACERT, *arguments)
    assert meet(ECHO, *command, context=context) == Outcome(0, b"reply\n", "")


@pytest.mark.parametrize(
    ("arguments", "status", "problem"),
    [
        (("--cacert", "none.pem"), 2, "none.pem: no such file or directory"),
        (("--cert", "none.pem"), 2, "none.pem: no such file or directory"),
        (("--cert", "cert.pem"), 2, "cert.pem: no private key in it (try --key FILE)"),
        (
            ("--cert", "cert.pem", "--key", "stranger.pem"),
            2,
            "stranger.pem: the key doesn't belong to the certificate in cert.pem",
        ),
        (
            ("--cert", "cert.pem", "--key", "locked.pem", "--pass", "wrong"),
            2,
            "locked.pem: the passphrase is wrong",
        ),
        (
            ("--cert", "cert.pem", "--key", "locked.pem", "--pass", "@none"),
            11,
            "@none: can't be read: no such file or directory",
        ),
    ],
)
def test_files_that_do_not_fit(arguments, status, problem):
    """A file that won't do is named before anything is connected."""
    # Nobody listens there.
    outcome = run("listen", "wss://127.0.0.1:1/", *arguments)
    assert outcome == Outcome(status, b"", f"wstool: {problem}\n")


def test_key_log(tmp_path):
    """SSLKEYLOGFILE gets the keys of a connection; one that can't be had is named."""
    context = make_context(SERVER)
    command = ("send", "x", "-n", "1", *CACERT)
    log = {"SSLKEYLOGFILE": "keys"}
    assert meet(ECHO, *command, context=context, environment=log).status == 0
    assert "SERVER_TRAFFIC_SECRET_0" in (tmp_path / "keys").read_text()

    no_log = {"SSLKEYLOGFILE": "none/keys"}
    outcome = run("listen", "wss://127.0.0.1:1/", environment=no_log)
    assert outcome == Outcome(
        2, b"", "wstool: SSLKEYLOGFILE=none/keys: no such file or directory\n"
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
        4, b"", f"{FAILED}the server doesn't speak TLS there (try ws://)\n"
    )
