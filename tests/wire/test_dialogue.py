"""What only both directions of a connection show together."""

from __future__ import annotations

import pytest

from wstool.wire.dialogue import Answer, Dialogue
from wstool.wire.dissector import Dissector

from support.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame


CLIENT, SERVER = True, False


def converse(*steps, partial=False, times=None):
    """Take frames in order; give for each the rules it breaks and what it answers."""
    dialogue = Dialogue(partial=partial)
    dissectors = {side: Dissector() for side in (CLIENT, SERVER)}
    rules, answers = [], []
    for number, (client, data) in enumerate(steps, 1):
        (item,) = dissectors[client].feed(data)
        time = None if times is None else times[number - 1]
        violations, answer = dialogue.take(client, number, item, time)
        rules.append([violation.rule for violation in violations])
        answers.append(answer)
    ending = [(client, found.rule) for client, found in dialogue.finish()]
    return rules, answers, ending


def masked(opcode, payload=b"", key=b"abcd", **options):
    """Make a step of the client."""
    return (CLIENT, frame(opcode, payload, masking_key=key, **options))


def plain(opcode, payload=b"", **options):
    """Make a step of the server."""
    return (SERVER, frame(opcode, payload, **options))


NORMAL, AWAY, FAILED = b"\x03\xe8", b"\x03\xe9", b"\x03\xea"

TABLE = {
    "nothing wrong": ([masked(TEXT, b"a"), plain(TEXT, b"a")], [[], []]),
    "pong of a ping": ([plain(PING, b"a"), masked(PONG, b"a")], [[], []]),
    "pong of nothing": ([plain(PONG, b"a")], [["pong_unsolicited"]]),
    "pong of one's own ping": (
        [masked(PING, b"a"), masked(PONG, b"a", b"efgh")],
        [[], ["pong_unsolicited"]],
    ),
    "pong with another payload": (
        [plain(PING, b"a"), masked(PONG, b"b")],
        [[], ["pong_unsolicited"]],
    ),
    "one pong for two pings": (
        [plain(PING, b"a"), plain(PING, b"b"), masked(PONG, b"b")],
        [[], [], []],
    ),
    "pong of a ping that is answered with a later one": (
        [
            plain(PING, b"a"),
            plain(PING, b"b"),
            masked(PONG, b"b"),
            masked(PONG, b"a", b"efgh"),
        ],
        [[], [], [], ["pong_unsolicited"]],
    ),
    "close": ([masked(CLOSE, NORMAL), plain(CLOSE, NORMAL + b"bye")], [[], []]),
    "close, answered with another code": (
        [masked(CLOSE, NORMAL), plain(CLOSE, AWAY)],
        [[], ["close_code_not_echoed"]],
    ),
    "close, answered without a code": (
        [masked(CLOSE, NORMAL), plain(CLOSE)],
        [[], ["close_code_not_echoed"]],
    ),
    "close, while the other side fails the connection": (
        [plain(CLOSE, NORMAL), masked(CLOSE, b"\x03\xea")],
        [[], []],
    ),
    "data after close": (
        [plain(CLOSE, NORMAL), plain(BINARY), masked(CLOSE, NORMAL)],
        [[], ["data_after_close"], []],
    ),
    "data before the close frame's answer": (
        [plain(CLOSE, NORMAL), masked(BINARY), masked(CLOSE, NORMAL, b"efgh")],
        [[], [], []],
    ),
    "close twice": (
        [plain(CLOSE, NORMAL), plain(CLOSE, NORMAL), masked(CLOSE, NORMAL)],
        [[], ["second_close"], []],
    ),
    "key that repeats": (
        [masked(TEXT), masked(TEXT)],
        [[], ["masking_key_predictable"]],
    ),
    "key that counts up": (
        [masked(TEXT, key=bytes((0, 0, 0, number))) for number in (1, 2, 3)],
        [[], [], ["masking_key_predictable"]],
    ),
    "key that counts down": (
        [masked(TEXT, key=bytes((0, 0, 9, number))) for number in (9, 6, 3)],
        [[], [], ["masking_key_predictable"]],
    ),
    "tiny fragments": (
        [
            plain(TEXT, b"a", fin=False),
            plain(CONTINUATION, b"b", fin=False),
            plain(CONTINUATION, b"c", fin=False),
            plain(CONTINUATION, b"d"),
        ],
        [[], [], ["fragments_tiny"], []],
    ),
    "small messages": ([plain(TEXT, b"a")] * 4, [[]] * 4),
    "fragments, some of them tiny": (
        [
            plain(TEXT, b"a", fin=False),
            plain(CONTINUATION, b"b", fin=False),
            plain(CONTINUATION, b"cd", fin=False),
            plain(CONTINUATION),
        ],
        [[]] * 4,
    ),
}


@pytest.mark.parametrize(("steps", "rules"), TABLE.values(), ids=TABLE)
def test_rules(steps, rules):
    """Frames that are right by themselves can be wrong in the dialogue."""
    assert converse(*steps)[0] == rules


def test_answers():
    """A pong answers the latest ping with its payload, a close frame the other's."""
    _, answers, _ = converse(
        plain(PING, b"a"),
        plain(PING, b"a"),
        masked(PONG, b"a"),
        masked(CLOSE, NORMAL, b"efgh"),
        plain(CLOSE, NORMAL),
        times=[1, 2, 4.5, 5, 6],
    )

    assert answers == [None, None, Answer(2, 2.5), None, Answer(4, None)]


def test_partial():
    """Where frames are missing, a pong may answer one of those."""
    rules, _, ending = converse(plain(PONG, b"a"), masked(CLOSE, NORMAL), partial=True)

    assert (rules, ending) == ([[], []], [])


@pytest.mark.parametrize(
    ("steps", "times", "ending"),
    [
        pytest.param([plain(PING), plain(TEXT)], [0, 4.9], [], id="soon"),
        pytest.param(
            [plain(PING), plain(TEXT)], [0, 5], [(CLIENT, "ping_unanswered")], id="ping"
        ),
        pytest.param([plain(PING), plain(TEXT)], None, [], id="unknown-times"),
        pytest.param(
            [plain(CLOSE, NORMAL)], [0], [(CLIENT, "close_unanswered")], id="close"
        ),
        pytest.param(
            [masked(CLOSE)], [0], [(SERVER, "close_unanswered")], id="close-no-code"
        ),
        pytest.param([masked(CLOSE, FAILED)], [0], [], id="failed"),
    ],
)
def test_ending(steps, times, ending):
    """At the end, what never came is held against the side that owes it."""
    assert converse(*steps, times=times)[2] == ending


def test_pings_are_bounded():
    """A peer that pings without end fills no memory."""
    pings = [plain(PING, number.to_bytes(2, "big")) for number in range(1100)]
    rules, answers, _ = converse(*pings, masked(PONG, b"\0\0"))

    assert (rules[-1], answers[-1]) == (["pong_unsolicited"], None)
