"""What only both directions of a connection show together."""

from __future__ import annotations

import pytest

from wstool.wire.dialogue import Answer, Dialogue
from wstool.wire.dissector import Dissector

from support.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame


CLIENT, SERVER = True, False
KEY = b"efgh"


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


def follow(*steps):
    """Take frames at the time 0; give the dialogue."""
    dialogue = Dialogue()
    dissectors = {side: Dissector() for side in (CLIENT, SERVER)}
    for number, (client, data) in enumerate(steps, 1):
        (item,) = dissectors[client].feed(data)
        dialogue.take(client, number, item, 0.0)
    return dialogue


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
    "pong of a ping that is too long": (
        [plain(PING, b"a" * 200), masked(PONG, b"a" * 200)],
        [[], []],
    ),
    "pong shorter than a ping that is too long": (
        [plain(PING, b"a" * 200), masked(PONG, b"a" * 199)],
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


@pytest.mark.parametrize(
    ("opcode", "options", "plain_before", "plain_after"),
    [
        (TEXT, {"key": b"zzzz"}, True, True),
        (BINARY, {"key": b"zzzz"}, True, True),
        (TEXT, {"key": b"abcd"}, False, True),
        (TEXT, {"key": b"zzzz", "fin": False}, False, False),
        (CONTINUATION, {"key": b"zzzz"}, False, True),
        (PING, {"key": b"zzzz"}, False, True),
        (CLOSE, {"key": b"zzzz"}, False, False),
    ],
)
def test_plain_frames(opcode, options, plain_before, plain_after):
    """Frames are taken together only if there is nothing to say of any of them."""
    dialogue, dissector = Dialogue(), Dissector()
    first, second, third = (
        dissector.feed(data)
        for _, data in (
            masked(TEXT, b"a"),
            masked(opcode, b"", **options),
            masked(TEXT, b"a", b"\0\1\2\3"),
        )
    )

    assert dialogue.take_plain(CLIENT, first, 1.0)
    assert dialogue.take_plain(CLIENT, second, 2.0) is plain_before
    if not plain_before:
        dialogue.take(CLIENT, 2, second[0], 2.0)
    assert dialogue.take_plain(CLIENT, third, 3.0) is plain_after


def test_plain_frames_all_or_none():
    """Where there is something to say of one frame, none is taken."""
    dialogue, dissector = Dialogue(), Dissector()
    keys = (b"\0\0\0\1", b"\0\0\0\2", b"\0\0\0\3")
    frames = [
        item for key in keys for item in dissector.feed(masked(TEXT, b"a", key)[1])
    ]

    assert not dialogue.take_plain(CLIENT, frames, 1.0)
    said = [dialogue.take(CLIENT, 1, item, 1.0).violations for item in frames]
    assert [[found.rule for found in each] for each in said] == [
        [],
        [],
        ["masking_key_predictable"],
    ]


def test_plain_frames_take_the_time():
    """What is owed at the end counts to the last of them."""
    dialogue = follow(plain(PING))
    dialogue.take_plain(SERVER, Dissector().feed(plain(TEXT)[1]), 9.0)

    assert [found.rule for _, found in dialogue.finish()] == ["ping_unanswered"]


def test_answers():
    """A pong answers the earliest ping with its payload, a close frame the other's."""
    _, answers, _ = converse(
        plain(PING, b"a"),
        plain(PING, b"a"),
        masked(PONG, b"a"),
        masked(CLOSE, NORMAL, b"efgh"),
        plain(CLOSE, NORMAL),
        times=[1, 2, 4.5, 5, 6],
    )

    assert answers == [None, None, Answer(1, 3.5), None, Answer(4, None)]


def test_flood():
    """Pings with one payload, many at once, have a pong each."""
    pings = [plain(PING, b"a")] * 3
    pongs = [masked(PONG, b"a", bytes((0, 0, key, 0))) for key in (3, 1, 7)]

    rules, answers, _ = converse(*pings, *pongs)

    assert rules == [[]] * 6
    assert [answer.number for answer in answers[3:]] == [1, 2, 3]


def test_one_pong_for_pings_that_are_alike():
    """A peer may answer the latest ping only; the next pong isn't taken for another."""
    steps = [plain(PING), plain(PING), masked(PONG), plain(PING), masked(PONG, key=KEY)]

    _, answers, ending = converse(*steps, times=[0, 1, 2, 30, 31])

    assert (answers[2], answers[4]) == (Answer(1, 2), Answer(4, 1))
    assert ending == []
    assert converse(*steps[:3], plain(TEXT), times=[0, 1, 2, 30])[2] == []


def test_partial():
    """Where frames are missing, a pong may answer one of those."""
    rules, _, ending = converse(plain(PONG, b"a"), masked(CLOSE, NORMAL), partial=True)

    assert (rules, ending) == ([[], []], [])


@pytest.mark.parametrize(
    ("steps", "times", "ending"),
    [
        pytest.param(
            [plain(PING), plain(CLOSE, NORMAL), masked(CLOSE, NORMAL)],
            [0, 4.9, 4.9],
            [],
            id="soon",
        ),
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


def test_lost():
    """A ping just before a connection is lost is worth a remark, and no violation."""
    assert [
        (found.rule, found.legal, found.text)
        for _, found in follow(plain(PING)).finish(0.5)
    ] == [("ping_unanswered", True, "ping #1 got no pong in 0.5 s")]


def test_end():
    """The end counts from when it came, not from the last frame."""
    (_, pong), (_, close) = follow(plain(PING), plain(CLOSE, NORMAL)).finish(9.0)

    assert (pong.text, pong.legal) == ("ping #1 got no pong in 9.0 s", False)
    assert close.text.endswith("; that was 9.0 s later")


def test_pings_are_bounded():
    """A peer that pings without end fills no memory."""
    pings = [plain(PING, number.to_bytes(2, "big")) for number in range(1100)]
    rules, answers, _ = converse(*pings, masked(PONG, b"\0\0"))

    assert (rules[-1], answers[-1]) == (["pong_unsolicited"], None)
