"""
Transcripts of a shell: commands behind ``$``, and below each what it printed.

They are played by bash on a terminal, with an empty stdin, and compared as a whole.
Only what differs from run to run is masked, in what is written and in what comes.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import termios
import time
import tty
from pathlib import Path

from support.command import WSTOOL


__all__ = ["mask", "play", "read_commands"]

LIMIT = 30
"""Seconds that a transcript may take."""

_PROMPT = "$ "

# Between the outputs, without a change of the status that the next command may ask for.
_COLUMNS = 1000
_SEPARATOR = "\x1e"
_MARK = r"mark() { local status=$?; printf '\036'; return $status; }"

_MASKS = (
    # The rows of a comparison that depend on the machine, or on ports.
    (
        re.compile(
            r"^(latency, \w+|requests(?: without a message)?|bytes (?:a|of|to) [a-z, ]+"
            r"|  framing, or HTTP|  with TCP/IP headers|TCP segments a message"
            r"|CPU a message, \w+)  +[\d–].*$",
            re.MULTILINE,
        ),
        r"\1  FIGURES",
    ),
    (re.compile(r"(?<=127\.0\.0\.1:)\d+"), "PORT"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"), "TIME"),
    (re.compile(r"\b\d\d:\d\d:\d\d\.\d{3}\b"), "TIME"),
    (re.compile(r"(?<=< Date: ).*"), "DATE"),
    (re.compile(r"\b\d+\.\d+(?= ms\b)"), "N"),
    (re.compile(r"((?:min|median|p99|max|mdev) )\d+\.\d+"), r"\1N"),
    (re.compile(r"^[▁-█×]+  .*$", re.MULTILINE), "PLOT"),
    (re.compile(r"(?<=Sec-WebSocket-Key: ).*"), "KEY"),
    (re.compile(r"(?<=Sec-WebSocket-Accept: ).*"), "ACCEPT"),
)


def mask(transcript: str) -> str:
    """Mask ports, times and handshake keys."""
    for pattern, name in _MASKS:
        transcript = pattern.sub(name, transcript)
    return transcript


def read_commands(transcript: str) -> list[str]:
    """Read the commands of a transcript."""
    lines = transcript.splitlines()
    return [line[len(_PROMPT) :] for line in lines if line.startswith(_PROMPT)]


def play(transcript: str, folder: Path) -> str:
    """Run the commands of a transcript in a folder; return what a terminal shows."""
    commands = read_commands(transcript)
    script = "\n".join([_MARK, *(f"{command}\nmark" for command in commands)])
    outputs = _run(script, folder).split(_SEPARATOR)
    if len(outputs) != len(commands) + 1:
        raise AssertionError(f"not all of {commands} ran: {outputs}")
    return "".join(
        f"{_PROMPT}{command}\n{output}"
        for command, output in zip(commands, outputs, strict=False)
    )


def _run(script: str, folder: Path) -> str:
    ours, theirs = os.openpty()
    # Sentences that a narrower one breaks stand on one line of a document.
    termios.tcsetwinsize(theirs, (24, _COLUMNS))
    tty.setraw(theirs)
    process = subprocess.Popen(
        ["bash", "-c", script],
        cwd=folder,
        env={
            "COLUMNS": "80",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "PATH": f"{Path(WSTOOL).parent}{os.pathsep}{os.environ['PATH']}",
        },
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        return _read_all(ours)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(ours)


def _read_all(terminal: int) -> str:
    """Read until no process has the terminal any more."""
    deadline = time.monotonic() + LIMIT
    output = b""
    while select.select([terminal], [], [], deadline - time.monotonic())[0]:
        try:
            output += os.read(terminal, 1 << 16)
        except OSError:
            # Linux says EIO at the end.
            return output.decode()
    raise AssertionError(f"the transcript takes too long, after {output!r}")
