"""What processes leave behind."""

from __future__ import annotations

import asyncio
import subprocess
import sys

from wstool.services.hub.descendants import VARIABLE, Hunter, kill_marked, new_mark


# Starts a process in a session of its own, and leaves.
LEAVING = "import subprocess; subprocess.Popen(['cat'], start_new_session=True)"


def start(mark):
    """Start a process that leaves another behind; give the pipe that holds it."""
    process = subprocess.Popen(
        [sys.executable, "-c", LEAVING],
        env={VARIABLE: mark, "PATH": "/bin:/usr/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    process.wait()
    return process


def is_left(process):
    """Tell whether what was left behind still answers."""
    try:
        process.stdin.write(b"x\n")
    except BrokenPipeError:
        return False
    return process.stdout.readline() == b"x\n"


def close(*processes):
    """Close the pipes, which ends what is left."""
    for process in processes:
        process.stdout.close()
        process.stdin.close()


def test_marked():
    """What has the mark is killed, wherever it has gone; nothing else is."""
    mark, other = new_mark(), new_mark()
    marked, spared = start(mark), start(other)
    assert is_left(marked)

    assert kill_marked(frozenset({mark})) >= 1
    assert not is_left(marked)
    assert is_left(spared)
    assert kill_marked(frozenset({mark})) == 0
    assert kill_marked(frozenset({other[:-1]})) == 0
    close(marked, spared)


def test_hunter():
    """Marks that come together, or meanwhile, are all looked for."""
    processes = {new_mark(): None for _ in range(3)}
    for mark in processes:
        processes[mark] = start(mark)
    done = []

    async def scenario():
        hunter = Hunter()
        await hunter.finish()
        first, *others = processes
        hunter.hunt(first, lambda: done.append(first))
        await asyncio.sleep(0)
        for mark in others:
            hunter.hunt(mark, lambda mark=mark: done.append(mark))
        await hunter.finish()

    asyncio.run(scenario())
    assert done == list(processes)
    assert not any(map(is_left, processes.values()))
    close(*processes.values())
