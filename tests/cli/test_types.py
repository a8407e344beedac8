"""Types of arguments: what they take, and what they say of the rest."""

from __future__ import annotations

import click
import pytest

from wstool.cli._types import BYTES, DURATION, SECONDS, URL


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("65536", 65536),
        ("64K", 64 << 10),
        ("64k", 64 << 10),
        ("64KB", 64 << 10),
        ("64KiB", 64 << 10),
        ("16M", 16 << 20),
        ("1G", 1 << 30),
        ("12b", 12),
    ],
)
def test_bytes(text, size):
    """A number of bytes may have a unit, which is a power of 1024."""
    assert BYTES.convert(text, None, None) == size


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0.0), ("1", 1.0), ("0.25", 0.25), ("1e3", 1000.0)]
)
def test_seconds(text, seconds):
    """A number of seconds may have a fraction."""
    assert SECONDS.convert(text, None, None) == seconds


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        (BYTES, "", "'' isn't a number of bytes, such as 64K"),
        (BYTES, "K", "'K' isn't a number of bytes, such as 64K"),
        (BYTES, "-1", "'-1' isn't a number of bytes, such as 64K"),
        (BYTES, "1.5M", "'1.5M' isn't a number of bytes, such as 64K"),
        (BYTES, "12kk", "'12kk' isn't a number of bytes, such as 64K"),
        (BYTES, "٣", "'٣' isn't a number of bytes, such as 64K"),
        (DURATION, "", "'' isn't a time, such as 100ms or 2s"),
        (DURATION, "soon", "'soon' isn't a time, such as 100ms or 2s"),
        (DURATION, "-1s", "'-1s' isn't a time, such as 100ms or 2s"),
        (DURATION, "1sm", "'1sm' isn't a time, such as 100ms or 2s"),
        (DURATION, "nan", "'nan' isn't a time, such as 100ms or 2s"),
        (SECONDS, "", "'' isn't a number of seconds from 0 on"),
        (SECONDS, "-1", "'-1' isn't a number of seconds from 0 on"),
        (SECONDS, "nan", "'nan' isn't a number of seconds from 0 on"),
        (SECONDS, "inf", "'inf' isn't a number of seconds from 0 on"),
        (URL, "ws://x:0/", "ws://x:0/: port '0' isn't a number from 1 to 65535"),
        (
            URL,
            "ws://x/#y",
            "ws://x/#y: fragment '#y' isn't allowed in a WebSocket URL",
        ),
    ],
)
def test_refused(kind, text, problem):
    """What is no such thing is refused with its spelling."""
    with pytest.raises(click.BadParameter) as caught:
        kind.convert(text, None, None)

    assert caught.value.message == problem


def test_url():
    """A URL is parsed once: Click may convert a value twice."""
    uri = URL.convert(":8765/chat", None, None)

    assert str(uri) == "ws://localhost:8765/chat"
    assert URL.convert(uri, None, None) is uri


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("100ms", 0.1), ("2s", 2.0), ("0.5", 0.5), ("1m", 60.0), ("2H", 7200.0), ("0", 0)],
)
def test_duration(text, seconds):
    """A time has a unit, or is in seconds."""
    assert DURATION.convert(text, None, None) == pytest.approx(seconds)
