"""Certificates: found, read, described, whatever a peer has put into them."""

from __future__ import annotations

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from wstool.connection.certificates import (
    describe_certificate,
    find_certificates,
    hash_public_key,
    read_certificate,
    shorten,
    write_pin,
)
from wstool.connection.facts import CertificateFacts

from support.tls import Issued


ROOT = Issued("Root", authority=True)
LEAF = Issued(
    "host.example",
    issuer=ROOT,
    names=["host.example", "*.xn--mnchen-3ya.example", "127.0.0.1", "2001:db8::1"],
)
NOTHING = CertificateFacts("", "", "", "", (), "")


def write_message(certificates, *, context=None):
    """Write a Certificate message; with a context as TLS 1.3 does."""
    entries = b""
    for der in certificates:
        entries += len(der).to_bytes(3) + der
        if context is not None:
            entries += b"\0\3ext"
    body = len(entries).to_bytes(3) + entries
    if context is not None:
        body = bytes((len(context),)) + context + body
    return b"\x0b" + len(body).to_bytes(3) + body


@pytest.mark.parametrize(
    "context", [pytest.param(None, id="1.2"), pytest.param(b"", id="1.3")]
)
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_find_certificates(context, count):
    """Both forms of the message give the certificates in their order."""
    chain = [LEAF.der, ROOT.der, b"odd"][:count]

    assert find_certificates(write_message(chain, context=context)) == chain


@pytest.mark.parametrize("context", [None, b""])
def test_message_that_is_cut_off(context):
    """Of a message that ends too soon, the certificates that are whole are found."""
    message = write_message([LEAF.der, ROOT.der], context=context)

    for end in range(len(message)):
        found = find_certificates(message[:end])
        assert found in ([], [LEAF.der], [LEAF.der, ROOT.der])
    assert find_certificates(b"") == []


@given(st.binary(max_size=64))
def test_message_of_any_bytes(data):
    """No message does any harm."""
    for certificate in find_certificates(data):
        assert certificate in data


def test_pin():
    """A pin is the digest of the key as the library writes it, and as curl does."""
    assert hash_public_key(LEAF.der) == LEAF.pin
    assert write_pin(bytes(32)) == f"sha256//{'A' * 43}="


def test_pin_of_a_key_that_can_be_written_in_two_ways():
    """A pin is of the bytes in the certificate, not of a key written anew."""
    der = trustme.CA(key_type=trustme.KeyType.RSA).cert_pem.bytes()
    certificate = x509.load_pem_x509_certificate(der)
    plain = certificate.public_bytes(serialization.Encoding.DER)
    # rsaEncryption becomes RSASSA-PSS, which the library drops when it writes the key.
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    oid = bytes.fromhex("2a864886f70d010101")
    start = plain.index(oid)
    pss = plain[:start] + oid[:-1] + b"\x0a" + plain[start + len(oid) :]

    assert hash_public_key(plain) != hash_public_key(pss)


@pytest.mark.parametrize(
    "der",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x30", id="no-length"),
        pytest.param(b"\x30\x84\xff\xff\xff\xff", id="too-long"),
        pytest.param(b"\x30\x03\x30\x01\x30", id="element-cut-off"),
        pytest.param(b"\x30\x02\x30\x00", id="no-fields"),
        pytest.param(bytes.fromhex("300e300c") + b"\x02\x00" * 6, id="no-key"),
    ],
)
def test_no_pin(der):
    """What has no public key has no pin, and is no bug."""
    with pytest.raises(ValueError, match=r"cut off|no public key"):
        hash_public_key(der)


def test_read_certificate():
    """What a certificate holds is read; international names stay as they are in it."""
    assert read_certificate(LEAF.der) == CertificateFacts(
        subject="CN=host.example",
        issuer="CN=Root",
        not_before=LEAF.validity[0],
        not_after=LEAF.validity[1],
        names=(
            "host.example",
            "*.xn--mnchen-3ya.example",
            "127.0.0.1",
            "2001:db8::1",
        ),
        pin=write_pin(LEAF.pin),
    )


def test_certificate_without_names():
    """An old certificate has its name in the subject only."""
    assert read_certificate(ROOT.der).names == ()


@pytest.mark.parametrize("der", [b"", b"\x30\x00", LEAF.der[:-1], LEAF.der + b"\0"])
def test_certificate_beyond_reading(der):
    """What is no certificate is none."""
    assert read_certificate(der) is None


@given(
    st.integers(0, len(LEAF.der) - 1), st.integers(0, 255), st.integers(1, 8), st.data()
)
def test_certificate_with_errors(position, byte, size, data):
    """A certificate with errors is read as far as it goes, or not at all."""
    der = LEAF.der[:position] + bytes((byte,)) * size + LEAF.der[position + size :]
    facts = read_certificate(der)
    if facts is not None:
        assert len(describe_certificate(facts)) == 5


def test_description():
    """Each fact has its line."""
    assert describe_certificate(read_certificate(LEAF.der)) == [
        "subject: CN=host.example",
        "issuer: CN=Root",
        f"valid: {LEAF.validity[0]} to {LEAF.validity[1]}",
        "names: host.example, *.xn--mnchen-3ya.example, 127.0.0.1, 2001:db8::1",
        f"pin: {write_pin(LEAF.pin)}",
    ]


def test_description_of_nothing():
    """A fact that isn't there is said to be missing."""
    assert describe_certificate(NOTHING) == [
        "subject: none",
        "issuer: none",
        "valid: ? to ?",
        "names: none",
        "pin: ?",
    ]


def test_description_is_bounded():
    """However much a certificate holds, and with whatever breaks, it takes 5 lines."""
    names = tuple(f"{'n' * 300}{number}\r\nX" for number in range(500))
    facts = NOTHING._replace(subject="CN=a\nb" + "c" * 1000, names=names)
    lines = describe_certificate(facts)

    assert lines[0] == f"subject: CN=a\\nb{'c' * 249}..."
    assert lines[3].startswith(f"names: {'n' * 256}..., ")
    assert lines[3].endswith("..., and 480 more")
    assert not any("\n" in line or "\r" in line for line in lines)
    assert sum(map(len, lines)) < 6000


def test_certificate_that_is_warned_of(recwarn):
    """A certificate that is odd but readable is read without a word on stderr."""
    der = Issued("odd", serial=0x7F << 64).der
    negative = der.replace(b"\x02\x09\x7f", b"\x02\x09\x80", 1)

    assert negative != der
    assert read_certificate(negative).subject == "CN=odd"
    assert list(recwarn) == []


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [("abc", 3, "abc"), ("abcd", 3, "abc..."), ("a\r\nb", 9, "a\\r\\nb")],
)
def test_shorten(text, limit, shown):
    """A text of a peer's stays in its line, and within its limit."""
    assert shorten(text, limit=limit) == shown
