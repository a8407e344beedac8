"""Running a server from its start to its end."""

from __future__ import annotations

import shlex
from signal import SIGINT, SIGTERM

import pytest

from support.command import Outcome, run, serving, start
from support.frames import decode_frames, frame
from support.raw_client import open_client, read_to_the_end


def test_grace():
    """At the end clients have --grace for their close frames, and no longer."""
    with serving("--grace", "0.2", "--close-timeout", "60") as (url, running):
        silent, _ = open_client(url)
        running.wait_for_stderr(b"opened")
        running.send_signal(SIGTERM)
        frames, _ = decode_frames(silent.recv(100))
        outcome = running.wait(10)
        silent.close()
    assert frames == [(0x88, b"\x03\xe9")]
    assert outcome.status == 0


def test_grace_is_not_used_up():
    """Where all clients have answered there is nothing to wait for."""
    with serving("--grace", "1000") as (url, running):
        sock, _ = open_client(url)
        running.wait_for_stderr(b"opened")
        running.send_signal(SIGTERM)
        sock.recv(100)
        sock.sendall(frame(0x8, b"\x03\xe9", masking_key=b"abcd"))
        assert read_to_the_end(sock) == b""
        assert running.wait(10).status == 0


@pytest.mark.parametrize(("number", "status"), [(SIGINT, 130), (SIGTERM, 143)])
def test_second_signal(number, status):
    """Who doesn't want to wait for the grace says so once more."""
    with serving("--grace", "1000") as (url, running):
        sock, _ = open_client(url)
        running.wait_for_stderr(b"opened")
        running.send_signal(number)
        sock.recv(100)
        running.send_signal(number)
        assert running.wait(10).status == status
        sock.close()


@pytest.mark.parametrize("tls", [(), ("--tls",)], ids=["plain", "tls"])
def test_unix_socket(tls, tmp_path):
    """The URL leads to a Unix socket; with TLS the log shows the whole command."""
    path = str(tmp_path / "a socket")
    environment = {"XDG_DATA_HOME": str(tmp_path)}
    arguments = ("serve", "--unix-socket", path, *tls)
    with start(*arguments, environment=environment) as running:
        running.wait_for_stdout(b"\n")
        words = [running.stdout.decode().rstrip("\n")]
        if tls:
            running.wait_for_stderr(b"\n")
            line = running.stderr.decode().splitlines()[0]
            words = shlex.split(line.partition(": wstool connect ")[2])
        assert run("send", "-n", "1", *words, "x") == Outcome(0, b"x\n", "")
