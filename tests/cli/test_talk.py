"""`serve talk`, on a terminal and in a pipe."""

from __future__ import annotations

import os
import re
from signal import SIGTERM

import pexpect
import pytest

from support.command import WSTOOL, run, serving
from support.frames import TEXT, decode_frames, frame
from support.raw_client import open_client


# pexpect forks, which newer Pythons warn of when other tests have left a thread; the
# child only executes the command.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


@pytest.fixture(name="terminal")
def start_on_terminal():
    """Run it on a terminal; give the terminal and the URL."""
    child = pexpect.spawn(
        WSTOOL,
        ["serve", "talk", "--port", "0"],
        encoding="utf-8",
        timeout=20,
        dimensions=(24, 100),
    )
    child.expect(r"ws://127\.0\.0\.1:\d+/")
    url = child.after
    child.expect("Ctrl-D ends")
    yield child, url
    child.close(force=True)


def test_conversation(terminal):
    """Lines go to all clients or to one, and what they send is shown, escaped."""
    child, url = terminal
    first, _ = open_client(url)
    child.expect("as #1")
    second, _ = open_client(url)
    child.expect("as #2")
    first.sendall(frame(TEXT, b"hi \x1b[2J", masking_key=b"abcd"))
    child.expect(re.escape("#1 < hi \\x1b[2J"))
    child.send("all\r")
    assert decode_frames(first.recv(100))[0] == [(0x81, b"all")]
    assert decode_frames(second.recv(100))[0] == [(0x81, b"all")]
    child.send("@2 you\r")
    assert decode_frames(second.recv(100))[0] == [(0x81, b"you")]
    child.send("@3 nobody\r")
    child.expect("there is no #3")
    child.sendcontrol("d")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    for client in (first, second):
        assert decode_frames(client.recv(100))[0] == [(0x88, b"\x03\xe9")]
        client.close()


def test_interrupt(terminal):
    """Ctrl-C at the prompt ends the server in good order."""
    child, _ = terminal
    child.sendcontrol("c")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_signal(terminal):
    """SIGTERM ends it too, and the prompt with it."""
    child, _ = terminal
    child.kill(SIGTERM)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_pipe():
    """In a pipe, lines go out as they come, and stdout has what clients send."""
    ours, theirs = os.pipe()
    with serving("talk", stdin=ours) as (url, running):
        os.close(ours)
        os.write(theirs, b"to you\n")
        assert run("send", "-n", "1", url, "to me").stdout == b"to you\n"
        running.wait_for_stdout(b"to me\n")
        os.close(theirs)
        assert run("listen", url).status == 0
        outcome = running.wait()
    assert outcome.status == 0
    assert outcome.stdout == f"{url}\nto me\n".encode()
