"""The mode `exec`."""

from __future__ import annotations

import asyncio
import sys

import pytest

from support.connections import raw_client, until
from support.frames import BINARY, CLOSE, TEXT, close_frame
from support.modes import ask_for, serving_mode
from support.processes import is_alive, is_gone_soon
from support.rooms import mask


FIN = 0x80
# Python without what it reads at its start: a process that begins fast.
PYTHON = (sys.executable, "-ISc")

pytestmark = pytest.mark.usefixtures("descriptors")


def executing(*command, **options):
    """Run a server that runs a command."""
    return serving_mode("exec", command=command, **options)


def test_lines(run):
    """Messages are lines of stdin, lines of stdout are messages."""

    async def scenario():
        async with executing("cat") as served, raw_client(served.listener) as peer:
            await peer.send(mask(TEXT, "zwölf".encode()) + mask(BINARY, b"\xff"))
            await peer.send(mask(TEXT, b"$(id); `id` \\"))
            return await peer.receive_frames(3)

    assert run(scenario()) == [
        (FIN | TEXT, "zwölf".encode()),
        (FIN | BINARY, b"\xff"),
        (FIN | TEXT, b"$(id); `id` \\"),
    ]


def test_a_process_for_each_client(run):
    """Each client has a process of its own, with the data of its request."""

    async def scenario():
        async with (
            executing("sh", "-c", 'echo "$$ $PATH_INFO"; cat') as served,
            raw_client(served.listener, request=ask_for("/one")) as first,
            raw_client(served.listener, request=ask_for("/two")) as second,
        ):
            lines = []
            for peer in (first, second):
                await peer.receive_head()
                lines.append((await peer.receive_frames(1))[0][1].split())
            assert served.mode.describe_health() == {"processes": 2}
            return lines

    (first_id, first), (second_id, second) = run(scenario())
    assert first_id != second_id
    assert (first, second) == (b"/one", b"/two")


@pytest.mark.parametrize(
    ("script", "expected", "log"),
    [
        pytest.param("echo a; printf b", (1000, ""), [], id="ok"),
        pytest.param(
            "echo a; printf b; exit 3",
            (1011, "the process ended with status 3"),
            [("failed", "the process ended with status 3")],
            id="status",
        ),
        pytest.param(
            "echo a; printf b; kill -TERM $$",
            (1011, "the process was killed by SIGTERM"),
            [("failed", "the process was killed by SIGTERM")],
            id="signal",
        ),
    ],
)
def test_end_of_the_process(run, script, expected, log):
    """All that it wrote is sent, then the connection closes and says how it ended."""

    async def scenario():
        async with (
            executing("sh", "-c", script) as served,
            raw_client(served.listener) as peer,
        ):
            return await peer.receive_frames(3), served.log

    frames, seen = run(scenario())
    close = (FIN | CLOSE, close_frame(*expected)[2:])
    assert frames == [(FIN | TEXT, b"a"), (FIN | TEXT, b"b"), close]
    assert seen == log


def test_stderr(run):
    """Lines of stderr are for the log, also one that isn't ended."""

    async def scenario():
        async with (
            executing("sh", "-c", "echo one >&2; printf two >&2") as served,
            raw_client(served.listener) as peer,
        ):
            await peer.receive_frames(1)
            return served.log

    assert run(scenario()) == [("stderr", "one"), ("stderr", "two")]


def test_end_of_the_client(run):
    """A process ends with its connection, and so do its children."""

    async def scenario():
        async with executing("sh", "-c", "sleep 60 & echo $!; wait") as served:
            async with raw_client(served.listener) as peer:
                child = int((await peer.receive_frames(1))[0][1])
                assert is_alive(child)
            await until(lambda: not is_alive(child))
            await until(lambda: served.mode.describe_health() == {"processes": 0})

    run(scenario())


@pytest.mark.parametrize("ending", ["client", "server", "process"])
def test_child_in_a_session_of_its_own(run, ending):
    """What has left the process's session ends with the connection, too."""
    script = (
        "import subprocess, sys; null = subprocess.DEVNULL;"
        "child = subprocess.Popen(['sleep', '60'], stdin=null, stdout=null,"
        " stderr=null, start_new_session=True);"
        "print(child.pid, flush=True)"
    )
    wait = "" if ending == "process" else "; sys.stdin.read()"

    async def scenario():
        async with executing(*PYTHON, script + wait) as served:
            async with raw_client(served.listener) as peer:
                child = int((await peer.receive_frames(1))[0][1])
                if ending == "server":
                    await served.mode.stop()
                    return is_gone_soon(child)
            await until(lambda: served.mode.describe_health() == {"processes": 0})
            return is_gone_soon(child)

    assert run(scenario())


def test_process_that_does_not_end(run):
    """One that ignores SIGTERM is killed when the server stops."""
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "import os; print(os.getpid(), flush=True)\nwhile True: time.sleep(60)"
    )

    async def scenario():
        async with executing(*PYTHON, script) as served:
            async with raw_client(served.listener) as peer:
                process = int((await peer.receive_frames(1))[0][1])
            await until(lambda: served.mode._ending)
            assert is_alive(process)
        return is_gone_soon(process)

    assert run(scenario())


def test_full(run):
    """Who comes when all processes are taken gets 503, and when one ends a place."""

    async def scenario():
        async with executing("cat", max_processes=1) as served:
            async with (
                raw_client(served.listener),
                raw_client(served.listener, request=ask_for("/")) as other,
            ):
                refused = await other.reader.read()
            await until(lambda: served.mode.describe_health() == {"processes": 0})
            async with raw_client(served.listener) as peer:
                await peer.send(mask(TEXT, b"a"))
                await peer.receive_frames(1)
            return refused

    refused = run(scenario())
    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nRetry-After: 1\r\n" in refused
    assert refused.endswith(b"all 1 processes are taken\n")


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("/no/such/program", "no such file or directory"),
        ("/etc/passwd", "permission denied"),
    ],
)
def test_cannot_run(run, command, problem):
    """A program that can't be run closes the connection, and the log says why."""

    async def scenario():
        async with executing(command) as served, raw_client(served.listener) as peer:
            await peer.send(mask(TEXT, b"a"))
            frames = await peer.receive_frames(1)
            return frames, served.log

    frames, log = run(scenario())
    assert frames == [(FIN | CLOSE, b"\x03\xf3the process can't run")]
    assert log == [("failed", f"can't run {command}: {problem}")]


def test_client_that_does_not_read(run):
    """The process of a client that doesn't read is not read from: it waits."""
    script = "import sys\nwhile True: sys.stdout.write('x' * 1023 + '\\n')"

    async def scenario():
        async with (
            executing(*PYTHON, script) as served,
            raw_client(served.listener, receive_buffer=1 << 16) as peer,
        ):
            (connection,) = served.listener.connections
            await until(lambda: connection.writing_is_paused)
            await asyncio.sleep(0.2)
            assert connection.pending_bytes() < 2 << 20
            assert len(await peer.receive_frames(10_000)) >= 10_000

    run(scenario())


def test_process_that_does_not_read(run):
    """Nothing is read from a client whose process doesn't read, and nothing is lost."""
    script = (
        "import sys, time; time.sleep(0.3); count = 0\n"
        "while (line := sys.stdin.readline()) != 'end\\n': count += len(line)\n"
        "print(count)"
    )
    payload = b"x" * 65_535

    async def scenario():
        async with (
            executing(*PYTHON, script) as served,
            raw_client(served.listener) as peer,
        ):
            sent = 0
            while not peer.writer.transport.get_write_buffer_size():
                peer.writer.write(mask(TEXT, payload))
                sent += 1
                await asyncio.sleep(0)
                assert sent < 5000
            (process,) = served.mode._processes.values()
            assert process._find_pipe(0).get_write_buffer_size() < 4 << 20
            await peer.send(mask(TEXT, b"end"))
            return sent, await peer.receive_frames(1)

    sent, frames = run(scenario())
    assert frames[0] == (FIN | TEXT, b"%d" % (sent * 65_536))


def test_endless_line(run):
    """A line over the limit ends the process: nothing is kept without end."""
    script = "import sys\nwhile True: sys.stdout.write('x' * 1000)"

    async def scenario():
        async with (
            executing(*PYTHON, script, max_line=100_000) as served,
            raw_client(served.listener) as peer,
        ):
            frames = await peer.receive_frames(1)
            return frames, served.log

    frames, log = run(scenario())
    problem = "a line of the process is over 100000 bytes"
    assert frames == [(FIN | CLOSE, b"\x03\xf3" + problem.encode())]
    assert log == [("failed", problem)]


def test_client_that_leaves_at_once(run):
    """A process that has not even begun ends with a client that left."""

    async def scenario():
        async with executing("cat") as served:
            for _ in range(5):
                async with raw_client(served.listener, request=ask_for("/")):
                    pass
            await until(lambda: not served.listener.connections)
            await until(lambda: served.mode.describe_health() == {"processes": 0})

    run(scenario())
