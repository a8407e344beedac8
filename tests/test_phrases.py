"""Phrases that sentences for the user are made of."""

from __future__ import annotations

import pytest

from wstool import phrases


@pytest.mark.parametrize(
    ("sent", "taken", "text"),
    [
        (0, 0, "0 messages went out"),
        (1, 1, "1 message went out"),
        (0, 1, "0 of 1 message went out"),
        (3, 5, "3 of 5 messages went out"),
    ],
)
def test_progress(sent, taken, text):
    """How far it came is told with the whole, unless that is the same."""
    assert phrases.describe_progress(sent, taken) == text


@pytest.mark.parametrize(
    ("count", "messages", "size"),
    [
        (0, "0 messages", "0 bytes"),
        (1, "1 message", "1 byte"),
        (2, "2 messages", "2 bytes"),
    ],
)
def test_units(count, messages, size):
    """A number is written with its unit."""
    assert phrases.count_messages(count) == messages
    assert phrases.count_bytes(count) == size


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(28, "No space left on device"), "no space left on device"),
        (OSError("odd"), "odd"),
        (OSError(), "unknown error"),
        (ValueError("embedded null byte"), "embedded null byte"),
    ],
)
def test_describe_file_error(error, text):
    """The system's words stand in lower case; there are always some."""
    assert phrases.describe_file_error(error) == text


def test_progress_with_unknown_messages():
    """Where it is unknown of some whether they arrived, only what is known counts."""
    numbers = phrases.describe_numbers(2, 3)

    assert phrases.describe_progress(1, 3, unknown=numbers) == (
        "1 of 3 messages known to be delivered, unknown of messages 2 to 3"
    )


def test_one_number():
    """A single message has no range."""
    assert phrases.describe_numbers(7, 7) == "message 7"
