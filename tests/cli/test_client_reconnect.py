"""What --reconnect does, and what it says meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest

from support.command import Outcome, run, start
from support.frames import CLOSE, PING, PONG, TEXT, close_frame, decode_frames, frame
from support.misbehaving import (
    Peer,
    accept,
    answer_close,
    close,
    end_stream,
    mark,
    meet,
    reply,
    reset,
    texts,
)


NOW = ("--reconnect", "--reconnect-delay", "0")
UNANSWERED = "the peer did not answer our close frame"
AGAIN = "connecting again in 0.00 s, attempt"
LOST = "wstool: connection lost without a close frame (1006): "
CLOSED = "wstool: the peer closed the connection: "
REFUSED = "wstool: the server refused the handshake: "
UNAVAILABLE = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nlate"
FINAL_TEXT, FINAL_PING = 0x80 | TEXT, 0x80 | PING


def take(count, *, pong=True):
    """Take text messages until there are so many, and the ping behind them."""

    def step(stream):
        taken, pinged, rest = 0, not pong, b""
        while taken < count or not pinged:
            data = stream.receive()
            assert data, f"the client ended the stream after {taken} messages"
            frames, rest = decode_frames(rest + data)
            stream.peer.frames += frames
            for first, payload in frames:
                taken += first == FINAL_TEXT
                if first == FINAL_PING and pong:
                    stream.socket.sendall(frame(PONG, payload))
                    pinged = True

    return step


def await_close(stream):
    """Take everything up to the client's close frame, and answer nothing."""
    stream.receive_frames(lambda frames: frames and frames[-1][0] & 0x0F == CLOSE)


def take_to_the_end(*, pong=True, answer=None):
    """Take everything up to the client's close frame, and answer that."""

    def step(stream):
        rest = b""
        while data := stream.receive():
            frames, rest = decode_frames(rest + data)
            stream.peer.frames += frames
            for first, payload in frames:
                if first == FINAL_PING and pong:
                    stream.socket.sendall(frame(PONG, payload))
                elif first == FINAL_TEXT and answer is not None:
                    stream.socket.sendall(frame(TEXT, answer))
                elif first & 0x0F == CLOSE:
                    stream.socket.sendall(close_frame(1000))
                    return

    return step


def run_against(*scripts, command="send", arguments=(), **options):
    """Run a command against a peer with a script for each connection."""
    first, *then = scripts
    with Peer(*first, then=tuple(then)) as peer:
        outcome = run(command, peer.url, *NOW, *arguments, **options)
    sent = [data for kind, data in peer.frames if kind == FINAL_TEXT]
    return outcome.mask(peer.target, "PEER"), sent


def test_lines_are_sent_again():
    """What may have been lost with a connection is sent again, and named."""
    outcome, sent = run_against(
        [accept(), await_close, reset],
        [accept(), take_to_the_end()],
        arguments=["--linger", "0"],
        stdin=b"a\nb\nc\n",
    )
    assert outcome.status == 0
    assert sent == [b"a", b"b", b"c"] * 2
    assert outcome.stderr.splitlines() == [
        "wstool: not all input was delivered: 0 of 3 messages known to be delivered, "
        f"unknown of messages 1 to 3; {UNANSWERED}; {AGAIN} 1",
        "wstool: messages 1 to 3 may have been delivered already; sending again",
    ]


def test_delivered_lines_are_not_sent_again():
    """What a pong has proved isn't sent twice."""
    outcome, sent = run_against(
        [accept(), take(1), end_stream],
        [accept(), take_to_the_end()],
        arguments=["--until", "never", "--reply-timeout", "0.2"],
        stdin=b"a\n",
    )
    # The second connection gets no message: there is nothing left to send.
    assert sent == [b"a"]
    assert outcome.status == 124


def test_no_resend():
    """What may have been delivered is only named, and the status says so."""
    outcome, sent = run_against(
        [accept(), await_close, reset],
        [accept(), take_to_the_end()],
        arguments=["--linger", "0", "--no-resend"],
        stdin=b"a\nb\n",
    )
    assert (outcome.status, sent) == (10, [b"a", b"b"])
    assert outcome.stderr.splitlines() == [
        "wstool: not all input was delivered: 0 of 2 messages known to be delivered, "
        f"unknown of messages 1 to 2; {UNANSWERED}; {AGAIN} 1",
        "wstool: messages 1 to 2 may have been delivered or not; not sending again",
        "wstool: not all input was delivered: 0 of 2 messages known to be delivered, "
        "unknown of messages 1 to 2; the peer closed with 1000 (normal closure)",
    ]


def test_arguments_are_sent_once():
    """Messages given as arguments are input like any other."""
    outcome, sent = run_against(
        [reply(UNAVAILABLE)],
        [accept(), take_to_the_end(answer=b"ok")],
        arguments=["-n", "2", "one", "two"],
    )
    assert (outcome.status, outcome.stdout, sent) == (0, b"ok\nok\n", [b"one", b"two"])
    assert outcome.stderr == f"{REFUSED}HTTP 503 Busy; {AGAIN} 1\n"


def test_replies_as_proof():
    """With --delivery reply, a message is delivered when its reply has come."""
    outcome, sent = run_against(
        [accept(), take(2, pong=False), texts(b"ok"), end_stream],
        [accept(), take_to_the_end(answer=b"ok")],
        arguments=["--delivery", "reply"],
        stdin=b"a\nb\n",
    )
    assert (outcome.status, sent) == (0, [b"a", b"b", b"b"])
    assert outcome.stdout == b"ok\nok\n"
    assert outcome.stderr.splitlines()[1:] == [
        "wstool: message 2 may have been delivered already; sending again"
    ]


def test_replies_that_never_come():
    """A reply that doesn't come is a time limit with a name, not a hang."""
    outcome, _ = run_against(
        [accept(), take_to_the_end()],
        arguments=["--delivery", "reply", "--reply-timeout", "0.2", "a"],
    )
    assert outcome == Outcome(
        124,
        b"",
        "wstool: 0 of 1 message known to be delivered, unknown of message 1\n"
        "wstool: timed out waiting for a reply (--reply-timeout 0.2 s)\n",
    )


def test_replies_that_never_come_before_the_end_of_the_input():
    """An input that waits for a reply, since too much is unknown, has the limit too."""
    outcome, _ = run_against(
        [accept(), take_to_the_end()],
        arguments=["--delivery", "reply", "--reply-timeout", "0.2"],
        stdin=b"0123456789abcdef\n" * 100_000,
    )
    told, error = outcome.stderr.splitlines()
    assert outcome.status == 124
    assert told.endswith("; the input was not at its end")
    assert error == "wstool: timed out waiting for a reply (--reply-timeout 0.2 s)"


def test_peer_without_close_frame():
    """Who ends the stream instead of answering our close frame may have lost lines."""
    outcome, sent = run_against(
        [accept(), await_close, reset],
        [accept(), take_to_the_end()],
        arguments=["--linger", "0"],
        stdin=b"a\n",
    )
    assert (outcome.status, sent) == (0, [b"a", b"a"])


def test_closed_in_the_middle():
    """A peer that closes before the input's end is asked again."""
    outcome, sent = run_against(
        [accept(), take(1), close(1000)],
        [accept(), take_to_the_end()],
        arguments=["--linger", "0", "--fragment-size", "0"],
        stdin=b"a\n" + b"b" * (8 << 20) + b"\n",
    )
    assert outcome.status == 0, outcome.stderr
    assert sent[0] == b"a"
    assert sent[-1] == b"b" * (8 << 20)
    assert AGAIN in outcome.stderr


def test_greeting_is_sent_on_each_connection():
    """A subscription of ``listen -d`` is sent again."""
    outcome, sent = run_against(
        [accept(), take(1, pong=False), texts(b"1"), reset],
        [accept(), take(1, pong=False), texts(b"2"), close(1001, "restart")],
        [accept(), take(1, pong=False), texts(b"3"), close(1000)],
        command="listen",
        arguments=["-d", "subscribe"],
    )
    assert (outcome.status, outcome.stdout) == (0, b"1\n2\n3\n")
    assert sent == [b"subscribe"] * 3
    assert outcome.stderr.splitlines() == [
        f"{LOST}connection reset by peer; {AGAIN} 1",
        f"{CLOSED}1001 (going away) restart; {AGAIN} 2",
        f"{CLOSED}1000 (normal closure)",
    ]


def test_count_goes_on():
    """Messages of all connections count for -n."""
    outcome, _ = run_against(
        [accept(), texts(b"1", b"2"), reset],
        [accept(), texts(b"3", b"4"), answer_close],
        command="listen",
        arguments=["-n", "3", "-q"],
    )
    assert outcome == Outcome(0, b"1\n2\n3\n", "")


@pytest.mark.parametrize(
    ("script", "status", "problem"),
    [
        pytest.param(
            [reply(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")],
            5,
            f"{REFUSED}HTTP 401 No\n",
            id="401",
        ),
        pytest.param(
            [reply(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")],
            5,
            f"{REFUSED}HTTP 404 No\n",
            id="404",
        ),
        pytest.param(
            [accept(), close(1008, "banned")],
            9,
            f"{CLOSED}1008 (policy violation) banned\n",
            id="1008",
        ),
        pytest.param(
            [accept(), close(1000)], 0, f"{CLOSED}1000 (normal closure)\n", id="1000"
        ),
    ],
)
def test_what_does_not_heal(script, status, problem):
    """What the peer would say again ends it at once."""
    assert meet(script, "listen", *NOW) == Outcome(status, b"", problem)


def test_on_any():
    """Unless every end is to be followed by another attempt."""
    outcome, _ = run_against(
        [reply(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")],
        [accept(), close(1000)],
        [accept(), texts(b"1"), take_to_the_end()],
        command="listen",
        arguments=["-n", "1", "--reconnect-on-any"],
    )
    assert (outcome.status, outcome.stdout) == (0, b"1\n")
    assert outcome.stderr.splitlines() == [
        f"{REFUSED}HTTP 401 No; {AGAIN} 1",
        f"{CLOSED}1000 (normal closure); {AGAIN} 2",
    ]


def test_limit():
    """After --max-reconnects attempts in a row the last error is told whole."""
    outcome = meet(
        [reply(UNAVAILABLE)],
        *("listen", *NOW, "--max-reconnects", "1"),
        then=([reply(UNAVAILABLE)],),
    )
    assert outcome == Outcome(
        5,
        b"",
        f"{REFUSED}HTTP 503 Busy; {AGAIN} 1 of 1\n{REFUSED}HTTP 503 Busy\n  late\n",
    )


def test_given_up_with_lines_left():
    """Whoever gives up says which lines are delivered, and which may be."""
    outcome, _ = run_against(
        [accept(), await_close, reset],
        [reply(UNAVAILABLE)],
        arguments=["--linger", "0", "--max-reconnects", "1"],
        stdin=b"a\nb\n",
    )
    assert outcome.status == 5
    assert outcome.stderr.splitlines() == [
        "wstool: not all input was delivered: 0 of 2 messages known to be delivered, "
        f"unknown of messages 1 to 2; {UNANSWERED}; {AGAIN} 1 of 1",
        "wstool: 0 of 2 messages known to be delivered, unknown of messages 1 to 2",
        f"{REFUSED}HTTP 503 Busy",
        "  late",
    ]


def test_jsonl():
    """Each connection has its events; our own pings and their pongs aren't shown."""
    outcome, _ = run_against(
        [accept(), take(2, pong=False), reset],
        [accept(), take_to_the_end(answer=b"ok")],
        arguments=["-n", "1", "--output", "jsonl"],
        stdin=b"a\nb\n",
    )
    kinds = [json.loads(line)["type"] for line in outcome.stdout.splitlines()]
    assert outcome.status == 0, outcome.stderr
    assert kinds[:3] == ["open", "error", "open"]
    assert "pong" not in kinds


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_during_a_pause(number):
    """A pause before the next attempt ends at once with a signal."""
    with Peer(accept(), take(1, pong=False), reset) as peer:
        ours, theirs = os.pipe()
        with start(
            *("send", peer.url, "--reconnect", "--reconnect-delay", "1000000"),
            *("--reconnect-max-delay", "1000000"),
            stdin=ours,
        ) as running:
            os.close(ours)
            os.write(theirs, b"a\n")
            running.wait_for_stderr(b"connecting again")
            running.send_signal(number)
            outcome = running.wait(5)
        os.close(theirs)
    assert outcome.status == 128 + number
    assert outcome.stderr.splitlines()[1:] == [
        "wstool: 0 of 1 message known to be delivered, unknown of message 1; the input "
        "was not at its end",
        f"wstool: stopped by {number.name}",
    ]


def test_max_time_during_a_pause():
    """So does the limit for everything."""
    outcome = run(
        *("listen", "ws://127.0.0.1:1/", "--reconnect", "--reconnect-delay", "1000000"),
        *("--reconnect-max-delay", "1000000", "-m", "0.5"),
    )
    assert outcome.status == 124
    assert outcome.stderr.splitlines()[-1] == (
        "wstool: timed out as a whole (--max-time 0.5 s)"
    )


def test_reader_that_goes_away_during_a_pause():
    """Whoever reads the output can end a pause too."""
    ours, theirs = os.pipe()
    with (
        Peer(accept(), texts(b"1"), mark, reset) as peer,
        start(
            *("listen", peer.url, "--reconnect", "--reconnect-delay", "1000000"),
            *("--reconnect-max-delay", "1000000"),
            stdout=theirs,
            stderr=subprocess.PIPE,
        ) as running,
    ):
        os.close(theirs)
        running.wait_for_stderr(b"connecting again")
        os.close(ours)
        assert running.wait(5).status == 141
