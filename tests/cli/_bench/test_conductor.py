"""Processes that run together, heard and ended by their parent."""

from __future__ import annotations

import asyncio
import multiprocessing
from types import SimpleNamespace

import pytest

from wstool.cli._bench.conductor import Conductor
from wstool.cli._bench.crew import Child
from wstool.errors import ConnectFailed, ConnectionLost, Stopped


LIMIT = 10
"""Seconds after which a run counts as hanging."""


class Process:
    """A process that was killed, as far as anybody asks."""

    exitcode = -9

    def join(self, limit):
        """Have ended."""


class Other:
    """The other end of a child's pipe."""

    def __init__(self):
        ours, self.pipe = multiprocessing.Pipe()
        self.child = Child(Process(), ours)

    def heard(self):
        """Give all that the parent has said so far."""
        said = []
        while self.pipe.poll():
            said.append(self.pipe.recv())
        return said


class Listening(Conductor):
    """Keep what is heard."""

    def __init__(
        self, *arguments, complete=True, excused=False, spared=False, **options
    ):
        super().__init__(*arguments, **options)
        self.said = []
        self.complete = complete
        self.excused = excused
        self.spared = spared

    def hear(self, child, message):
        """Keep it; the last word completes the run."""
        self.said.append(message)
        self.complete = True
        self.check_end()

    def is_complete(self):
        """Tell whether that was heard."""
        return self.complete

    def is_spared(self, child):
        """Let the others go on, or don't."""
        return self.spared

    def is_excused(self):
        """Excuse failures, or don't."""
        return self.excused


def conduct(script, *, serving=(), count=2, **options):
    """Run a script beside a conductor; give both sides, and what it raises."""
    others = [Other() for _ in range(count)]
    names = {other.child: f"child {n}" for n, other in enumerate(others, 1)}

    async def run():
        stop = SimpleNamespace(requested=asyncio.get_running_loop().create_future())
        served = [others[number].child for number in serving]
        conductor = Listening(names, stop, serving=served, **options)
        running = asyncio.ensure_future(conductor.run())
        await script(others, stop.requested)
        error = None
        try:
            await asyncio.wait_for(running, LIMIT)
        except ConnectFailed as failure:
            error = failure
        return conductor, error

    conductor, error = asyncio.run(run())
    return others, conductor, error


async def turn():
    """Let what was said be heard."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_together():
    """All begin at one time, once all are ready; the end is that of the last."""
    begun = []

    async def script(others, stop):
        others[0].pipe.send(("ready",))
        await turn()
        begun.append(others[0].heard())
        others[1].pipe.send(("ready",))
        await turn()
        begun.append([other.heard() for other in others])
        others[0].pipe.send(("sample", 1))
        for other in others:
            other.pipe.send(("done",))

    _, conductor, error = conduct(script)

    ((first,), (second,)) = begun[1]
    assert (begun[0], first, error) == ([], second, None)
    assert first[0] == "begin"
    assert (conductor.said, conductor.lost) == ([("sample", 1)], None)


@pytest.mark.parametrize("excused", [False, True])
def test_failed(excused):
    """What one of them can't do ends the others, and is raised unless excused."""
    failure = ConnectFailed("h:1", "refused")

    async def script(others, stop):
        parts = (type(failure), failure.args, vars(failure))
        others[0].pipe.send(("failed", *parts))
        await turn()
        assert others[1].heard() == [("stop",)]
        others[1].pipe.send(("done",))

    _, conductor, error = conduct(script, excused=excused)

    assert str(error) == str(None if excused else failure)
    assert conductor.lost is None


@pytest.mark.parametrize("ready", [False, True])
def test_spared(ready):
    """Where the others go on, they don't wait for one that has failed."""
    failure = ConnectFailed("h:1", "refused")

    async def script(others, stop):
        if ready:
            others[0].pipe.send(("ready",))
        parts = (type(failure), failure.args, vars(failure))
        others[0].pipe.send(("failed", *parts))
        await turn()
        assert others[1].heard() == []
        others[1].pipe.send(("ready",))
        await turn()
        assert [message[0] for message in others[1].heard()] == ["begin"]
        others[1].pipe.send(("done",))

    _, conductor, error = conduct(script, excused=True, spared=True)

    assert (conductor.lost, error) == (None, None)


def test_lost():
    """One that ends without a word is named, and ends the others."""

    async def script(others, stop):
        others[1].pipe.close()
        await turn()
        assert others[0].heard() == [("stop",)]
        others[0].pipe.send(("done",))

    _, conductor, error = conduct(script)

    assert error is None
    assert isinstance(conductor.lost, ConnectionLost)
    assert conductor.lost.problem == "child 2 ended with status -9"


def test_stopped():
    """Who is asked to stop isn't lost."""

    async def script(others, stop):
        await turn()
        stop.set_result(Stopped(2, "SIGINT"))
        await turn()
        for other in others:
            assert other.heard() == [("stop",)]
            other.pipe.close()

    _, conductor, error = conduct(script)

    assert (conductor.lost, error) == (None, None)


def test_serving():
    """Who serves the others isn't waited for, but for its last word."""

    async def script(others, stop):
        others[0].pipe.send(("done",))
        others[1].pipe.send(("done",))
        await turn()
        assert others[2].heard() == []
        others[2].pipe.send(("usage", 1.0))

    _, conductor, _ = conduct(script, count=3, serving=[2], complete=False)

    assert conductor.said == [("usage", 1.0)]
