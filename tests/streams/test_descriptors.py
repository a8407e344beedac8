"""Standard streams before and without an event loop."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import select
import subprocess
import sys
import termios
import threading
import time

import pytest

from wstool.streams.descriptors import (
    enlarge_pipe,
    open_missing_descriptors,
    reopen_nonblocking,
    write_bounded,
)


REPORT = """
import fcntl, json, os, sys
from wstool.streams.descriptors import open_missing_descriptors
open_missing_descriptors()
report = [
    [
        os.readlink(f"/proc/self/fd/{descriptor}"),
        fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE,
        os.get_inheritable(descriptor),
    ]
    for descriptor in range(3)
]
with open(sys.argv[1], "w") as file:
    json.dump(report, file)
"""

OTHER_USER = """
import fcntl, os, sys, termios
from wstool.streams.descriptors import reopen_nonblocking
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
if os.geteuid() == 0:
    os.setuid(65534)
try:
    os.open("/proc/self/fd/1", os.O_WRONLY | os.O_NOCTTY)
except PermissionError:
    os.write(1, b"refused, then ")
reopened = reopen_nonblocking(1)
if reopened is None:
    os.write(1, b"none")
elif not os.get_blocking(reopened) and os.get_blocking(1):
    os.write(reopened, b"non-blocking")
"""


def fill(descriptor):
    """Write to a pipe until it takes no more."""
    os.set_blocking(descriptor, False)
    try:
        while True:
            os.write(descriptor, b"x" * 65536)
    except BlockingIOError:
        os.set_blocking(descriptor, True)


@pytest.mark.parametrize("closed", range(8), ids=lambda n: f"closed-{n:03b}")
def test_open_missing_descriptors(tmp_path, closed):
    """Closed standard streams are on the null device, open ones where they were."""
    other = tmp_path / "other"
    other.touch()
    streams = ["<&-" if closed & 1 else f"<'{other}'"]
    streams += [
        f"{descriptor}>&-" if closed & 1 << descriptor else f"{descriptor}>'{other}'"
        for descriptor in (1, 2)
    ]
    command = f'exec "$0" -c "$1" "$2" {" ".join(streams)}'
    report = tmp_path / "report"

    subprocess.run(
        ["/bin/sh", "-c", command, sys.executable, REPORT, report],
        check=True,
        timeout=30,
    )

    assert json.loads(report.read_text()) == [
        ["/dev/null" if closed & 1 << n else str(other), int(n > 0), True]
        for n in range(3)
    ]
    assert other.read_bytes() == b""


def test_open_missing_descriptors_when_none_is(descriptors):
    """Nothing is opened when nothing is missing."""
    before = os.listdir("/proc/self/fd")
    open_missing_descriptors()
    assert os.listdir("/proc/self/fd") == before


@pytest.mark.parametrize("kind", ["pipe", "terminal-output"])
def test_reopen_nonblocking(make_ends, descriptors, kind):
    """The new descriptor is non-blocking; the old one and the terminal stay as is."""
    peer, target = make_ends(kind)
    flags = fcntl.fcntl(target, fcntl.F_GETFL)
    modes = None if kind == "pipe" else termios.tcgetattr(target)

    reopened = reopen_nonblocking(target)

    assert reopened is not None
    descriptors.append(reopened)
    assert fcntl.fcntl(target, fcntl.F_GETFL) == flags
    new_flags = fcntl.fcntl(reopened, fcntl.F_GETFL)
    assert new_flags & os.O_NONBLOCK
    assert new_flags & os.O_ACCMODE == os.O_WRONLY
    assert os.get_inheritable(reopened) is False
    assert modes is None or termios.tcgetattr(target) == modes
    os.write(reopened, b"a")
    assert os.read(peer, 10) == b"a"
    os.write(target, b"b")
    assert os.read(peer, 10) == b"b"


def test_reopen_nonblocking_refuses(make_ends, open_path, tmp_path):
    """What keeps its place in a file, or would be another thing, isn't opened again."""
    assert reopen_nonblocking(make_ends("socket")[1]) is None
    assert reopen_nonblocking(make_ends("terminal-input")[1]) is None
    assert reopen_nonblocking(open_path(tmp_path / "file", os.O_RDWR)) is None
    assert reopen_nonblocking(open_path("/dev/null", os.O_WRONLY)) is None


def test_reopen_nonblocking_reading_end(make_ends):
    """The reading end of a pipe doesn't become one for writing."""
    with pytest.raises(OSError) as caught:
        reopen_nonblocking(make_ends("pipe")[0])

    assert caught.value.errno == errno.EBADF


@pytest.mark.parametrize(
    ("controls", "said"),
    [
        pytest.param(True, b"refused, then non-blocking", id="controlling"),
        pytest.param(False, b"refused, then none", id="another"),
    ],
)
def test_reopen_nonblocking_terminal_of_another_user(make_ends, controls, said):
    """A terminal that we may not open is opened if it controls the process."""
    peer, terminal = make_ends("terminal-output")
    _, other = make_ends("terminal-output")
    os.fchmod(terminal, 0)

    subprocess.run(
        [sys.executable, "-c", OTHER_USER],
        stdin=terminal if controls else other,
        stdout=terminal,
        start_new_session=True,
        check=True,
        timeout=30,
    )

    assert os.read(peer, 100) == said


def test_enlarge_pipe(make_ends, open_path):
    """A pipe becomes larger but never smaller; others are left alone."""
    source, _ = make_ends("pipe")
    fcntl.fcntl(source, fcntl.F_SETPIPE_SZ, 4096)
    enlarge_pipe(source)
    size = fcntl.fcntl(source, fcntl.F_GETPIPE_SZ)
    assert size > 4096
    enlarge_pipe(source, 4096)
    assert fcntl.fcntl(source, fcntl.F_GETPIPE_SZ) == size
    enlarge_pipe(open_path("/dev/null", os.O_RDONLY))


@pytest.mark.parametrize("kind", ["pipe", "socket", "terminal-output"])
def test_write_bounded(make_ends, kind):
    """Everything goes out, more than fits at once too; flags and descriptors stay."""
    peer, target = make_ends(kind)
    flags = fcntl.fcntl(target, fcntl.F_GETFL)
    data = bytes(range(256)) * 2048
    received = bytearray()

    def receive():
        while len(received) < len(data):
            received.extend(os.read(peer, 65536))

    count = len(os.listdir("/proc/self/fd"))
    thread = threading.Thread(target=receive, daemon=True)
    thread.start()

    assert write_bounded(target, data, timeout=20) is True
    thread.join(20)
    assert bytes(received) == data
    assert len(os.listdir("/proc/self/fd")) == count
    assert fcntl.fcntl(target, fcntl.F_GETFL) == flags


def test_write_bounded_to_file(open_path, tmp_path):
    """A file takes everything, at the place that is shared with others."""
    target = open_path(tmp_path / "file", os.O_RDWR)

    os.write(target, b"a")
    assert write_bounded(target, b"b" * 10_000, timeout=0) is True
    assert write_bounded(target, b"", timeout=0) is True
    os.write(target, b"c")

    assert (tmp_path / "file").read_bytes() == b"a" + b"b" * 10_000 + b"c"


@pytest.mark.parametrize("kind", ["pipe", "socket"])
@pytest.mark.parametrize("size", [1, 10_000])
def test_write_bounded_gives_up(make_ends, kind, size):
    """A stream that takes nothing is given up when the time is over."""
    _, target = make_ends(kind)
    fill(target)
    start = time.monotonic()

    assert write_bounded(target, b"x" * size, timeout=0.05) is False
    assert time.monotonic() - start >= 0.05


@pytest.mark.parametrize("problem", ["closed", "negative", "full", "gone", "reading"])
def test_write_bounded_never_raises(make_ends, open_path, problem):
    """What refuses data is given up at once, without an exception."""
    peer, target = make_ends("pipe")
    if problem == "closed":
        os.close(target)
    elif problem == "negative":
        target = -1
    elif problem == "full":
        target = open_path("/dev/full", os.O_WRONLY)
    elif problem == "gone":
        os.close(peer)
    else:
        target = peer

    assert write_bounded(target, b"x", timeout=20) is False


def test_pipe_buf_fits_when_writable(make_ends):
    """A pipe that polls as writable takes PIPE_BUF bytes: not one less."""
    peer, target = make_ends("pipe")
    fill(target)
    os.read(peer, select.PIPE_BUF)

    poll = select.poll()
    poll.register(target, select.POLLOUT)
    assert poll.poll(0)
    os.set_blocking(target, False)
    assert os.write(target, b"x" * select.PIPE_BUF) == select.PIPE_BUF
