"""Headers from a command, which is bounded, and killed with all that it started."""

from __future__ import annotations

import os
import select
import signal

import pytest

from support.answering import Answering
from support.command import LIMIT, Outcome, run, start


def listen(server, command, *options, **more):
    """Listen with headers that a command writes."""
    arguments = ("--header-command", command, *options)
    return run("listen", f"{server.url}/", *arguments, **more)


def test_headers():
    """What it prints goes out, behind the headers of -H; stdin isn't its business."""
    with Answering() as server:
        outcome = listen(
            server,
            "echo 'X-A: 1'; echo '# none'; echo Host:; cat",
            *("-H", "X-B: 2"),
            stdin=b"X-C: 3\n",
        )
    assert outcome.status == 0
    head = server.requests[0].split("\r\n")
    assert head[-4:-2] == ["X-B: 2", "X-A: 1"]
    assert "host" not in server.find_headers()
    assert "x-c" not in server.find_headers()


def failed(*lines, status=3):
    """Write what a run leaves behind whose headers did not come."""
    return Outcome(status, b"", "".join(f"{line}\n" for line in lines))


FAILED = "wstool: can't get headers from --header-command: "


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        pytest.param("exit 3", failed(f"{FAILED}status 3"), id="status"),
        pytest.param(
            "echo X: 1; printf 'no \\033[2Jtoken\\nsorry\\n' >&2; exit 1",
            failed(f"{FAILED}status 1", "  no \\x1b[2Jtoken", "  sorry"),
            id="errors",
        ),
        pytest.param("kill -9 $$", failed(f"{FAILED}killed by SIGKILL"), id="killed"),
        pytest.param(
            "head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1",
            failed(
                f"{FAILED}status 1",
                "  " + "x" * 4096,
                "  [only the first 4096 bytes of its errors are shown]",
            ),
            id="many-errors",
        ),
        pytest.param(
            "yes X: 1",
            failed("wstool: --header-command: over 262144 bytes of output", status=11),
            id="endless",
        ),
        pytest.param(
            "echo; echo s3cret",
            failed(
                "wstool: --header-command, line 2: not NAME:VALUE, NAME: or NAME;",
                status=11,
            ),
            id="no-headers",
        ),
        pytest.param(
            "true",
            failed("wstool: --header-command: no header in it", status=11),
            id="nothing",
        ),
    ],
)
def test_failures(command, outcome):
    """What goes wrong with it is told, and nothing is connected."""
    with Answering() as server:
        assert listen(server, command) == outcome
    assert server.requests == []


def test_time_limit(tmp_path):
    """It has the time that connecting has; then all that it started is killed."""
    pids = tmp_path / "pids"
    command = f"sleep 60 & echo $$ $! >{pids}; wait"
    with Answering() as server:
        outcome = listen(server, command, "--connect-timeout", "0.4")
    assert outcome == failed(
        "wstool: timed out waiting for the output of --header-command "
        "(--connect-timeout 0.4 s)",
        status=124,
    )
    assert have_ended(pids.read_text().split())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals(tmp_path, number):
    """A signal ends it at once, with all that it started."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = f"sleep 60 & echo $$ $! >{pipe}; wait"
    with (
        Answering() as server,
        start("listen", server.url, "--header-command", command) as running,
    ):
        # Opening it waits for the command to do the same.
        pids = pipe.read_text().split()
        running.send_signal(number)
        outcome = running.wait()
    assert (outcome.status, outcome.stdout) == (128 + number, b"")
    assert have_ended(pids)


def have_ended(pids):
    """Tell whether processes end; those that were killed may take a moment."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(int(pid))
        except ProcessLookupError:
            continue
        ended, _, _ = select.select([descriptor], [], [], LIMIT)
        os.close(descriptor)
        if not ended:
            return False
    return True
