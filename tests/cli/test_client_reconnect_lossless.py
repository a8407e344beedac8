"""A server that is killed again and again loses nothing that isn't named."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections import Counter

import pytest

from support.command import start
from support.source import ROOT


LINES = 100_000
KILLS = 20
CHUNK = LINES // (KILLS + 1)
# A mebibyte, at 64 bytes for each line besides its payload, and what one read brings.
MAX_KEPT = (1 << 20) // 64 + (1 << 18) // len(b"line 1\n")
RECORDER = str(ROOT / "tests" / "support" / "recorder.py")
NAMED = re.compile(r"messages? (\d+)(?: to (\d+))? may have been delivered already")


class Recorder:
    """The server, its file, and the port that it comes back on."""

    def __init__(self, log, proof):
        self._log = log
        self._proof = proof
        self.port = 0
        self.start()

    def start(self):
        """Start it, and wait until it listens."""
        arguments = [str(self.port), str(self._log), self._proof]
        self._process = subprocess.Popen(
            [sys.executable, RECORDER, *arguments], stdout=subprocess.PIPE
        )
        self.port = int(self._process.stdout.readline())

    def kill(self):
        """Kill it in the middle of whatever it does."""
        self._process.kill()
        self._process.communicate()

    def wait_for_lines(self, count):
        """Wait until so many lines are in its file."""
        while self._log.read_bytes().count(b"\n") < count:
            # There is nothing to wait for in a file that grows.
            threading.Event().wait(0.005)


def feed(descriptor, first, last):
    """Write numbered lines."""
    data = b"".join(b"line %d\n" % number for number in range(first, last + 1))
    while data:
        data = data[os.write(descriptor, data) :]


def send_while_killing(recorder, proof):
    """Send all lines to a server that is killed in the middle of each chunk."""
    ours, theirs = os.pipe()
    with start(
        *("send", f"ws://127.0.0.1:{recorder.port}/", "--delivery", proof),
        *("--reconnect", "--reconnect-delay", "0.01", "--reconnect-max-delay", "0.05"),
        stdin=ours,
    ) as running:
        os.close(ours)
        for chunk in range(KILLS):
            feed(theirs, chunk * CHUNK + 1, (chunk + 1) * CHUNK)
            recorder.wait_for_lines(chunk * CHUNK + CHUNK // 3)
            recorder.kill()
            recorder.start()
        feed(theirs, KILLS * CHUNK + 1, LINES)
        os.close(theirs)
        return running.wait(120)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("proof", ["pong", "reply"])
def test_nothing_lost_and_nothing_doubled_in_silence(tmp_path, proof):
    """Every line is delivered, and none twice without being named."""
    log = tmp_path / "lines"
    log.touch()
    recorder = Recorder(log, proof)
    try:
        outcome = send_while_killing(recorder, proof)
    finally:
        recorder.kill()

    ranges = [(int(a), int(b or a)) for a, b in NAMED.findall(outcome.stderr)]
    named = {f"line {n}" for first, last in ranges for n in range(first, last + 1)}
    counts = Counter(log.read_text().splitlines())
    assert outcome.status == 0, outcome.stderr
    assert set(counts) == {f"line {number}" for number in range(1, LINES + 1)}
    assert {line for line, count in counts.items() if count > 1} <= named
    assert outcome.stderr.count("connecting again") >= KILLS
    # What is named is what was kept, which is bounded.
    assert all(last - first < MAX_KEPT for first, last in ranges)
