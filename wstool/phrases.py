"""Phrases that sentences for the user are made of, in every layer."""

from __future__ import annotations


__all__ = [
    "count_bytes",
    "count_messages",
    "describe_file_error",
    "describe_numbers",
    "describe_progress",
]


def describe_numbers(first: int, last: int) -> str:
    """Name messages by their numbers in the input, from 1 on."""
    return f"message {first}" if first == last else f"messages {first} to {last}"


def count_messages(count: int) -> str:
    """Write a number of messages with its unit."""
    return f"{count} message" if count == 1 else f"{count} messages"


def describe_progress(sent: int, taken: int, *, unknown: str = "") -> str:
    """
    Say how many of the messages taken from an input went out whole.

    Args:
        unknown: Names those that may have been delivered or not; without any, whatever
            went out counts.
    """
    if unknown:
        known = f"{sent} of {count_messages(taken)} known to be delivered"
        return f"{known}, unknown of {unknown}"
    if sent == taken:
        return f"{count_messages(sent)} went out"
    return f"{sent} of {count_messages(taken)} went out"


def count_bytes(count: int) -> str:
    """Write a number of bytes with its unit."""
    return f"{count} byte" if count == 1 else f"{count} bytes"


def describe_file_error(error: OSError | ValueError) -> str:
    """
    Describe what a descriptor or a file raised, in the system's words.

    Of names that no file can have, with a null byte in them, Python says so itself.
    """
    strerror = error.strerror if isinstance(error, OSError) else None
    text = strerror or str(error) or "unknown error"
    return text[:1].lower() + text[1:]
