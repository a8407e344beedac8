"""The modes of `serve`, and their options."""

from __future__ import annotations

import re
from signal import SIGINT, SIGTERM

import pytest

from support.command import Outcome, run, serving
from support.frames import decode_frames
from support.processes import is_gone_soon
from support.raw_client import open_client


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("echo", "--include-sender"), "--include-sender is for broadcast and rooms."),
        (("echo", "--history", "3"), "--history is for broadcast and rooms."),
        (("stream", "--ids"), "--ids is for broadcast and rooms."),
        (("echo", "--bus", "redis://h"), "--bus is for broadcast and rooms."),
        (("broadcast", "--keep", "3"), "--keep needs --ids or --bus."),
        (("rooms", "--keep-bytes", "1M"), "--keep-bytes needs --history or --ids."),
        (("rooms", "--bus-key", "mine"), "--bus-key needs --bus."),
        (("echo", "--reply", "x"), "--reply is for reply."),
        (("rooms", "--every", "1s"), "--every is for stream."),
        (("talk", "--log", "live"), "--log live is not for talk."),
        (
            ("stream", "--workers", "2"),
            "the clients of stream have to be in one process.",
        ),
        (("rooms", "--workers", "2"), "to be in one process, or on a --bus."),
        (("talk", "--message", "x"), "--message is for stream."),
        (("sink", "--profile", "chat"), "--profile is for stream."),
        (("echo", "--max-processes", "3"), "--max-processes is for exec."),
        (("echo", "--", "cat"), "echo runs no command; exec does."),
        (("exec", "--", "/no/such", "x"), "there is no program '/no/such' to run."),
        (("exec", "--", "/etc/passwd"), "there is no program '/etc/passwd' to run."),
        (("exec",), "exec needs a command: serve exec -- COMMAND [ARG]..."),
        (
            ("stream", "--message", "x", "--profile", "chat"),
            "--message and --profile exclude each other.",
        ),
        (
            ("stream", "--message", "x", "--message", "-"),
            "--message - stands alone: the messages are stdin's.",
        ),
        (("stream", "--every", "0"), "Invalid value for '--every': it takes 1ms"),
        (("stream", "--profile", "radio"), "'radio' is not one of 'chat', 'trading'"),
    ],
)
def test_usage(arguments, problem):
    """What a mode can't do is refused, and named."""
    outcome = run("serve", *arguments)
    assert outcome.status == 2
    assert problem in outcome.stderr


def test_variable_for_other_modes():
    """A variable may have an option for the modes where it means something."""
    names = ("HISTORY", "KEEP", "BUS_KEY", "EVERY", "SEED", "FAULT_RATE")
    environment = {f"WSTOOL_SERVE_{name}": "1" for name in names}
    with serving("-q", environment=environment) as (url, _):
        assert run("send", url, "-n", "1", "x") == Outcome(0, b"x\n", "")


@pytest.mark.parametrize(
    ("arguments", "log"),
    [
        pytest.param(
            ("echo", "--queue-limit", "1M", "--slow-consumer", "drop-newest"),
            "wstool: --queue-limit and --slow-consumer will change nothing: echo reads "
            "no faster than its clients do, so little waits for them\n",
            id="paced",
        ),
        pytest.param(("rooms", "--queue-limit", "1M"), "", id="fan-out"),
        pytest.param(("echo",), "", id="defaults"),
    ],
)
def test_limits_without_effect(arguments, log):
    """A limit that the mode can't come to is taken, and said to change nothing."""
    with serving(*arguments) as (_, running):
        running.send_signal(SIGTERM)
        assert running.wait().stderr == log


def test_file_that_is_not_there():
    """A message's file that can't be read ends it with status 11."""
    assert run("serve", "reply", "--port", "0", "--reply", "@/no/such") == Outcome(
        11, b"", "wstool: --reply @/no/such: can't be read: no such file or directory\n"
    )


def test_reply(tmp_path):
    """Replies come in turn, out of arguments and files."""
    file = tmp_path / "reply"
    file.write_text('{"re": {json.id}}')
    with serving("reply", "--reply", "{n}: {message}", "--reply", f"@{file}") as (
        url,
        _,
    ):
        outcome = run("send", "-n", "2", url, '{"id": 1}', '{"id": 2}')
    assert outcome == Outcome(0, b'1: {"id": 1}\n{"re": 2}\n', "")


def test_stream():
    """Messages come by themselves, with a number and the time unless told otherwise."""
    with serving("stream", "--every", "10ms") as (url, _):
        outcome = run("listen", "-n", "2", url)
    first, second = outcome.stdout.splitlines()
    assert first.startswith(b'{"n": 1, "time": "2')
    assert second.startswith(b'{"n": 2, "time": "2')


@pytest.mark.parametrize("profile", ["chat", "trading", "game", "collab"])
def test_profile(profile):
    """Each profile streams, and the same for the same seed."""
    outcomes = []
    for _ in range(2):
        with serving("stream", "--profile", profile, "--seed", "1") as (url, _running):
            outcome = run("listen", "-n", "3", "--encoding", "hex", url)
            messages = map(bytes.fromhex, outcome.stdout.decode().splitlines())
            # The times in them differ, the rest doesn't.
            outcomes.append(
                [
                    re.sub(rb'"time":.*', b"", m)[: None if m[:1] == b"{" else 4]
                    for m in messages
                ]
            )
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0]) == 3


def test_stream_of_stdin():
    """The lines of stdin go to all clients, and their end ends the server."""
    with serving("stream", "--message", "-", stdin=b"one\ntwo\n") as (url, running):
        assert run("listen", "-n", "2", url).stdout == b"one\ntwo\n"
        assert running.wait().status == 0


def test_sink():
    """It counts what came, and tells it at the end of a client and of all."""
    with serving("sink") as (url, running):
        assert run("send", "--linger", "0", url, stdin=b"one\ntwo\n").stdout == b""
        running.wait_for_stderr(b"received")
        running.send_signal(SIGTERM)
        log = running.wait().stderr
    assert log.count("received: 2 messages, 6 bytes\n") == 2
    assert "all clients received" in log


def test_rooms():
    """Clients hear those who asked for the same path."""
    with serving("rooms", "--include-sender") as (url, _):
        assert run("send", "-n", "1", f"{url}room/a", "x").stdout == b"x\n"


def test_exec():
    """A command's lines are messages, both ways; there is no shell in between."""
    with serving("exec", command=("sed", "-u", "s/$/ $HOME/")) as (url, _):
        outcome = run("send", "-n", "1", f"{url}path", "hello")
    assert outcome == Outcome(0, b"hello $HOME\n", "")


def test_exec_that_fails():
    """The status of a command that failed is told to the client, and logged."""
    with serving("exec", command=("sh", "-c", "echo oops >&2; exit 3")) as (
        url,
        running,
    ):
        outcome = run("listen", url)
        running.wait_for_stderr(b"closed")
        log = running.stderr.decode()
    assert outcome.status == 9
    assert "1011 (internal error) the process ended with status 3" in outcome.stderr
    assert "stderr: oops\n" in log
    assert "failed: the process ended with status 3\n" in log


@pytest.mark.parametrize(
    ("options", "origin", "status"),
    [
        ((), "http://evil.example", 5),
        ((), None, 0),
        (("--allow-origin", "http://*.example"), "http://evil.example", 0),
    ],
)
def test_exec_and_the_web(options, origin, status):
    """No page of the web can start a process, unless its origin is allowed."""
    arguments = () if origin is None else ("--origin", origin)
    with serving("exec", *options, command=("cat",)) as (url, _):
        outcome = run("send", "-n", "1", *arguments, url, "x")
    assert outcome.status == status


def test_bus_without_its_extra(tmp_path):
    """Without the library for the bus the extra that brings it is named."""
    missing = tmp_path / "redis"
    missing.mkdir()
    (missing / "__init__.py").write_text("raise ImportError")
    outcome = run(
        *("serve", "broadcast", "--port", "0", "--bus", "redis://localhost"),
        environment={"PYTHONPATH": str(tmp_path)},
    )
    problem = "--bus needs the extra redis: pip install 'wstool-cli[redis]'"
    assert outcome == Outcome(2, b"", f"wstool: {problem}\n")


@pytest.mark.parametrize("signals", [[SIGTERM], [SIGINT, SIGINT]], ids=["one", "two"])
def test_exec_at_the_end(signals):
    """No process outlives the server, also when it has to end at once."""
    command = ("sh", "-c", "trap '' TERM; sleep 60 & echo $!; wait; wait")
    with serving("exec", "--close-timeout", "60", command=command) as (url, running):
        sock, _ = open_client(url)
        (first, pid), *_ = decode_frames(sock.recv(100))[0]
        assert first == 0x81
        for number in signals:
            running.send_signal(number)
            if number is not signals[-1]:
                assert decode_frames(sock.recv(100))[0] == [(0x88, b"\x03\xe9")]
        sock.close()
        running.wait(10)
    assert is_gone_soon(pid)
