"""HTTP responses of a server."""

from __future__ import annotations

import os

from wstool.connection.http_answer import FileBody, HTTPAnswer


def test_head():
    """The head says what the body is, and that nothing comes after it."""
    answer = HTTPAnswer(200, "text/plain", b"hello", (("X-A", "1"),))

    assert answer.serialize_head() == (
        b"HTTP/1.1 200 OK\r\n"
        b"X-A: 1\r\n"
        b"Content-Type: text/plain\r\n"
        b"Content-Length: 5\r\n"
        b"X-Content-Type-Options: nosniff\r\n"
        b"Connection: close\r\n\r\n"
    )


def test_file():
    """The body can be a file, which is closed by whoever sends it."""
    ours, theirs = os.pipe()
    os.close(theirs)
    body = FileBody(ours, 7)

    assert b"Content-Length: 7\r\n" in HTTPAnswer(200, "a/b", body).serialize_head()
    body.close()
    assert not os.path.exists(f"/proc/self/fd/{ours}")
