"""TLS failures: the words for each, and whether another attempt may succeed."""

from __future__ import annotations

import errno
import ssl

import pytest

from wstool.connection.options import TLSOptions
from wstool.connection.tls_failures import Attempted, explain_tls_error

from support.tls import DAY, NOW, Issued


TARGET = "host:1"
PAST, FUTURE = (NOW - 9 * DAY, NOW - DAY), (NOW + DAY, NOW + 9 * DAY)
ROOT = Issued("Root", authority=True)
OLD_ROOT = Issued("Old Root", authority=True, valid=PAST)
LEAF = Issued("leaf", issuer=ROOT, names=["leaf.example"])
OLD = Issued("old", issuer=ROOT, valid=PAST)
EARLY = Issued("early", issuer=ROOT, valid=FUTURE)
STRANGER = Issued("stranger", issuer=Issued("s" * 64, authority=True))
OURS = TLSOptions(cert="client.pem")


def make_error(reason, kind=ssl.SSLError):
    """Make what OpenSSL's errors become."""
    error = kind(1, f"[SSL: {reason}] as OpenSSL says it (_ssl.c:1)")
    error.reason = reason
    return error


def make_certificate_error(code, message="as OpenSSL says it"):
    """Make what a certificate that isn't good raises."""
    error = make_error("CERTIFICATE_VERIFY_FAILED", ssl.SSLCertVerificationError)
    error.verify_code = code
    error.verify_message = message
    return error


def explain(error, attempted=None):
    """Explain an error of an attempt."""
    return explain_tls_error(error, TARGET, attempted or Attempted(), now=NOW)


@pytest.mark.parametrize(
    ("code", "chain", "problem"),
    [
        pytest.param(62, [LEAF], "it isn't for name.example", id="name"),
        pytest.param(64, [], "it isn't for name.example", id="address"),
        pytest.param(10, [OLD], f"it expired at {OLD.validity[1]}", id="expired"),
        pytest.param(
            10,
            [LEAF, OLD_ROOT],
            f"that of CN=Old Root expired at {OLD_ROOT.validity[1]}",
            id="expired-authority",
        ),
        pytest.param(10, [], "it has expired", id="expired-unseen"),
        pytest.param(10, [LEAF], "it has expired", id="expired-elsewhere"),
        pytest.param(
            9, [EARLY], f"it isn't valid before {EARLY.validity[0]}", id="early"
        ),
        pytest.param(9, [LEAF], "it isn't valid yet", id="early-unseen"),
        pytest.param(
            18, [ROOT], "it is self-signed (try --cacert FILE)", id="self-signed"
        ),
        pytest.param(
            19,
            [LEAF, ROOT],
            "unknown authority CN=Root (try --cacert FILE)",
            id="root-not-trusted",
        ),
        pytest.param(
            20,
            [STRANGER],
            f"unknown authority CN={'s' * 64} (try --cacert FILE)",
            id="issuer-not-found",
        ),
        pytest.param(
            21, [], "unknown authority (try --cacert FILE)", id="issuer-unseen"
        ),
        pytest.param(23, [LEAF], "it was revoked", id="revoked"),
        pytest.param(66, [LEAF], "EE certificate key too weak", id="in-their-words"),
    ],
)
def test_certificate(code, chain, problem):
    """A certificate error says which check failed, and what that is about."""
    attempted = Attempted(name="name.example", chain=tuple(each.der for each in chain))
    failed = explain(
        make_certificate_error(code, "EE certificate key too weak."), attempted
    )

    assert str(failed) == f"TLS with host:1 failed: certificate not accepted: {problem}"
    assert failed.permanent
    assert failed.detail.startswith("checked for: name.example")
    assert ("\nsubject: " in failed.detail) is bool(chain)


def test_certificate_in_other_words():
    """What OpenSSL says of other checks fits into our sentence."""
    failed = explain(make_certificate_error(24, "Invalid CA certificate."))

    assert failed.problem == "certificate not accepted: invalid CA certificate"


def test_certificate_that_nothing_is_known_of():
    """Without the certificate and the name, the check that failed is what is left."""
    failed = explain(make_certificate_error(62))

    assert failed.problem == "certificate not accepted: it isn't for this name"
    assert failed.detail == ""


def test_certificate_beyond_reading():
    """What can't be read is left out; the rest of the chain is read."""
    attempted = Attempted(chain=(b"odd", LEAF.der))
    failed = explain(make_certificate_error(20), attempted)

    assert "unknown authority CN=Root " in failed.problem


def test_name_that_breaks_lines():
    """A name in an error stays in its line, however it is written."""
    breaking = "Another\r\nwstool: all is well"
    hostile = Issued("leaf", issuer=Issued(breaking, authority=True))
    failed = explain(make_certificate_error(20), Attempted(chain=(hostile.der,)))

    assert failed.problem == (
        r"certificate not accepted: unknown authority CN=Another\r\nwstool: all is well"
        " (try --cacert FILE)"
    )


WANTED = "the server wants a client certificate (try --cert FILE)"
BROKE = "the server closed the connection in the handshake"
REFUSED = "the server refused our certificate: "


@pytest.mark.parametrize(
    ("reason", "attempted", "problem"),
    [
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", Attempted(), WANTED),
        ("SSLV3_ALERT_BAD_CERTIFICATE", Attempted(), WANTED),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", Attempted(wants_certificate=True), WANTED),
        (
            "SSLV3_ALERT_HANDSHAKE_FAILURE",
            Attempted(),
            "the server found no cipher in common, or it wants a client certificate "
            "(try --cert FILE)",
        ),
        (
            "SSLV3_ALERT_HANDSHAKE_FAILURE",
            Attempted(OURS),
            "the server found no cipher in common",
        ),
        (
            "SSL/TLS_ALERT_HANDSHAKE_FAILURE",
            Attempted(OURS, wants_certificate=True),
            f"{REFUSED}handshake failure",
        ),
        ("TLSV1_ALERT_UNKNOWN_CA", Attempted(OURS), f"{REFUSED}unknown authority"),
        (
            "SSLV3_ALERT_CERTIFICATE_EXPIRED",
            Attempted(OURS),
            f"{REFUSED}certificate expired",
        ),
        ("TLSV1_ALERT_ACCESS_DENIED", Attempted(OURS), f"{REFUSED}access denied"),
        ("TLSV1_ALERT_ACCESS_DENIED", Attempted(wants_certificate=True), WANTED),
        (
            "TLSV1_ALERT_ACCESS_DENIED",
            Attempted(),
            "the server refused us: access denied",
        ),
        (
            "TLSV1_UNRECOGNIZED_NAME",
            Attempted(name="a.example"),
            "the server doesn't know the name a.example (try --tls-server-name NAME)",
        ),
        (
            "TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
            Attempted(),
            "the server doesn't speak HTTP/1.1 there (ALPN)",
        ),
        (
            "TLSV1_ALERT_PROTOCOL_VERSION",
            Attempted(),
            "no version in common, we speak TLS 1.2 to 1.3 (try --tlsv1.0)",
        ),
        (
            "UNSUPPORTED_PROTOCOL",
            Attempted(TLSOptions(minimum="1.3")),
            "no version in common, we speak TLS 1.3 (try --tlsv1.0)",
        ),
        (
            "UNSUPPORTED_PROTOCOL",
            Attempted(TLSOptions(maximum="1.2")),
            "no version in common, we speak TLS 1.2 (try --tlsv1.0 without --tls-max)",
        ),
        (
            "WRONG_SSL_VERSION",
            Attempted(TLSOptions(minimum="1.0")),
            "no version in common, we speak TLS 1.0 to 1.3",
        ),
        ("DH_KEY_TOO_SMALL", Attempted(), "dh key too small"),
        *(
            (reason, Attempted(), "the server doesn't speak TLS there (try ws://)")
            for reason in (
                "WRONG_VERSION_NUMBER",
                "HTTP_REQUEST",
                "RECORD_LAYER_FAILURE",
            )
        ),
    ],
)
def test_lasting_reason(reason, attempted, problem):
    """What another attempt won't change says what will."""
    failed = explain(make_error(reason), attempted)

    assert (failed.problem, failed.permanent) == (problem, True)


@pytest.mark.parametrize(
    ("error", "attempted", "problem"),
    [
        (make_error("TLSV1_ALERT_INTERNAL_ERROR"), Attempted(), None),
        (make_error("DECRYPTION_FAILED_OR_BAD_RECORD_MAC"), Attempted(), None),
        (ConnectionResetError(errno.ECONNRESET, "reset"), Attempted(), BROKE),
        (BrokenPipeError(errno.EPIPE, "pipe"), Attempted(), BROKE),
        (ssl.SSLEOFError(8, "EOF occurred"), Attempted(), BROKE),
        (
            ssl.SSLEOFError(8, "EOF occurred"),
            Attempted(wants_certificate=True),
            f"{BROKE}, having asked for a client certificate (try --cert FILE)",
        ),
        (
            ssl.SSLEOFError(8, "EOF occurred"),
            Attempted(OURS, wants_certificate=True),
            f"{BROKE}, having seen our certificate",
        ),
        (
            TimeoutError(errno.ETIMEDOUT, "late"),
            Attempted(),
            "connection timed out",
        ),
    ],
)
def test_passing_reason(error, attempted, problem):
    """What may be gone the next time is told apart."""
    failed = explain(error, attempted)

    expected = problem or error.reason.replace("_", " ").lower()
    assert (failed.problem, failed.permanent) == (expected, False)
