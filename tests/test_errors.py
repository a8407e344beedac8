"""The sentences for the user."""

from __future__ import annotations

import pytest

from wstool import errors


def make_remarked(refusal, remark):
    """Make a refusal with a remark."""
    refusal.remark = remark
    return refusal


TABLE = [
    (
        errors.ExpectationFailed("3 messages", "2"),
        "expected 3 messages, got 2",
    ),
    (errors.UsageError("--count needs a number"), "--count needs a number"),
    (
        errors.ConnectFailed("localhost:1", "connection refused"),
        "can't connect to localhost:1: connection refused",
    ),
    (
        errors.ConnectFailed("::1:80", "permission denied", doing="listen on"),
        "can't listen on ::1:80: permission denied",
    ),
    (
        errors.TLSFailed("example.com", "certificate has expired"),
        "TLS with example.com failed: certificate has expired",
    ),
    (
        errors.HandshakeRefused(403, "Forbidden", detail="go away"),
        "the server refused the handshake: HTTP 403 Forbidden",
    ),
    (errors.HandshakeRefused(404, ""), "the server refused the handshake: HTTP 404"),
    (
        make_remarked(errors.HandshakeRefused(302, "Found"), "try -L to follow it"),
        "the server refused the handshake: HTTP 302 Found (try -L to follow it)",
    ),
    (
        errors.HandshakeInvalid("header Upgrade is missing", detail="HTTP/1.1 101"),
        "invalid handshake response: header Upgrade is missing",
    ),
    (
        errors.ViolationsFound(
            "2 violations", "#3", "RFC 6455, 5.1", "server frame is masked"
        ),
        "2 violations, the first at #3: server frame is masked (RFC 6455, 5.1)",
    ),
    (
        errors.ViolationsFound("1 violation", "the end", "RFC 6455, 5.5.1", "x"),
        "1 violation, the first at the end: x (RFC 6455, 5.5.1)",
    ),
    (
        errors.ProtocolViolation("RFC 6455, 5.1", "server frame is masked"),
        "the peer broke the protocol: server frame is masked (RFC 6455, 5.1)",
    ),
    (
        errors.ConnectionLost("connection reset"),
        "connection lost without a close frame (1006): connection reset",
    ),
    (
        errors.ClosedWithError(1011, "1011 (internal error) oops"),
        "the peer closed the connection: 1011 (internal error) oops",
    ),
    (
        errors.Undelivered(1, 1, "the peer closed"),
        "not all input was delivered: 1 message went out; the peer closed",
    ),
    (
        errors.Undelivered(0, 10, "the peer closed"),
        "not all input was delivered: 0 of 10 messages went out; the peer closed",
    ),
    (errors.InputInvalid("@file", "is empty"), "@file: is empty"),
    (
        errors.InputInvalid("stdin", "text isn't valid UTF-8", line=3, offset=0),
        "stdin, line 3, byte 0: text isn't valid UTF-8",
    ),
    (
        errors.InputInvalid("stdin", "length is cut off", offset=40),
        "stdin, byte 40: length is cut off",
    ),
    (
        errors.OutputFailed("stdout", "no space left on device"),
        "can't write to stdout: no space left on device",
    ),
    (
        errors.OutputFailed("stdout", "message is binary", hint="--output length"),
        "can't write to stdout: message is binary (try --output length)",
    ),
    (errors.OutputGone("stdout"), "the reader of stdout went away"),
    (
        errors.MessageTooBig("message is over the limit of 10 bytes"),
        "message is over the limit of 10 bytes; --max-size sets the limit",
    ),
    (
        errors.MessageTooBig("line 1 is over 10 bytes", option="--max-input"),
        "line 1 is over 10 bytes; --max-input sets the limit",
    ),
    (
        errors.TimedOut("waiting for a reply", 30.0, "--reply-timeout"),
        "timed out waiting for a reply (--reply-timeout 30 s)",
    ),
    (
        errors.TimedOut("connecting", 0.25, "--connect-timeout"),
        "timed out connecting (--connect-timeout 0.25 s)",
    ),
    (errors.Stopped(15, "SIGTERM"), "stopped by SIGTERM"),
]


@pytest.mark.parametrize(("error", "text"), TABLE, ids=[row[1] for row in TABLE])
def test_sentence(error, text):
    """The text of an exception is the sentence for the user."""
    assert str(error) == text
    assert isinstance(error, errors.WstoolError)


def test_every_error_is_in_the_table():
    """Each leaf of the tree has its sentence tested, and hangs under the root."""
    children = set(errors.WstoolError.__subclasses__())
    leaves = children.union(*(child.__subclasses__() for child in children))

    assert {type(error) for error, _ in TABLE} == leaves
    assert {leaf.__name__ for leaf in leaves} == {
        name for name in errors.__all__ if name[0].isupper()
    } - {"WstoolError"}


def test_detail():
    """More lines for the user travel apart from the sentence."""
    refused = errors.HandshakeRefused(403, "Forbidden", detail="go\naway")

    assert refused.detail == "go\naway"
    assert errors.HandshakeInvalid("no HTTP", detail="SSH-2.0").detail == "SSH-2.0"
    assert errors.OutputGone("stdout").detail == ""


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (errors.ConnectFailed("x", "refused"), False),
        (errors.ConnectFailed("x", "the proxy refused", permanent=True), True),
        (errors.TLSFailed("x", "closed"), False),
        (errors.HandshakeInvalid("no HTTP"), True),
        (errors.HandshakeRefused(429, "Too Many Requests"), False),
        (errors.HandshakeRefused(501, "Not Implemented"), True),
        (errors.ClosedWithError(1011, "1011"), False),
        (errors.ClosedWithError(1008, "1008"), True),
        (errors.UsageError("x"), True),
    ],
    ids=str,
)
def test_permanent(error, permanent):
    """Whether another attempt may do better is a property of what went wrong."""
    assert error.permanent is permanent


def test_connection_that_can_heal():
    """Whether and when to try again is known of a connection that failed."""
    plain = errors.ConnectFailed("a", "b")
    assert (plain.permanent, plain.retry_after, plain.detail) == (False, None, "")

    refused = errors.ConnectFailed(
        "a", "b", detail="c", permanent=True, retry_after="120"
    )
    assert (refused.permanent, refused.retry_after) == (True, "120")
    assert refused.detail == "c"
