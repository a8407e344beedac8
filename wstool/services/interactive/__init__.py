"""
A conversation with a person, over one connection after another.

``conversation`` owns the state: what is connected, why it ended, when it is dialed
again. ``link`` is the handler of one connection. What is said is numbered and kept in
``messages``, counted in ``counters``, and written to a file by ``transcript``. What a
person sees and types is the caller's: a ``View`` is told of everything, in batches.
"""

from __future__ import annotations

from wstool.services.interactive.conversation import Conversation, Dial, Phase, View
from wstool.services.interactive.counters import Counters, RoundTrips
from wstool.services.interactive.messages import Message, MessageStore, Run
from wstool.services.interactive.repeat import repeat
from wstool.services.interactive.retry import BackoffRetry, NoRetry, Retry


__all__ = [
    "BackoffRetry",
    "Conversation",
    "Counters",
    "Dial",
    "Message",
    "MessageStore",
    "NoRetry",
    "Phase",
    "Retry",
    "RoundTrips",
    "Run",
    "View",
    "repeat",
]
