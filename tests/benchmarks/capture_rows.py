"""The rows of `inspect FILE`: a large capture of small frames, beside tshark."""

from __future__ import annotations

import os
import struct
import subprocess
import time
from functools import partial
from pathlib import Path

from programs import LIMIT, WSTOOL, Programs
from rows import Kind, Row

from support.captures import Talk, pcap
from support.frames import TEXT, frame
from support.inspecting import REQUEST_HEAD, RESPONSE_HEAD


__all__ = ["make_capture_rows"]

_FRAMES = 1_000_000
_TEXT = b"The quick brown fox jumps over t"
_FIELDS = (
    "frame.time_epoch",
    "tcp.stream",
    "websocket.fin",
    "websocket.rsv",
    "websocket.opcode",
    "websocket.mask",
    "websocket.payload_length",
    "websocket.payload",
)


def make_capture_rows(programs: Programs) -> list[Row]:
    """Make all rows, in the order of the table."""
    return [
        Row(
            f"capture-{in_packet}",
            f"`inspect FILE --format summary`: {_FRAMES:,} frames of {len(_TEXT)} B,"
            f" {in_packet} to a packet",
            Kind.SPEED,
            "s",
            target,
            partial(_summarize, programs, in_packet),
            "tshark",
            partial(_dissect, programs, in_packet),
            runs=3,
        )
        for in_packet, target in ((1, 2), (8, 1))
    ]


def _summarize(programs: Programs, in_packet: int) -> float:
    """Measure the seconds that a summary takes; all frames must be in it."""
    path = _find_capture(programs, in_packet)
    words = [WSTOOL, "inspect", "--format", "summary", str(path)]
    seconds, output = _time(programs, words)
    frames = sum(b" FIN " in line for line in output.splitlines())
    if frames != _FRAMES:
        raise RuntimeError(f"wstool shows {frames} frames")
    return seconds


def _dissect(programs: Programs, in_packet: int) -> float:
    """Measure the seconds that tshark takes for the same fields."""
    path = _find_capture(programs, in_packet)
    words = ["tshark", "-r", str(path), "-Y", "websocket", "-T", "fields"]
    for field in _FIELDS:
        words += ["-e", field]
    seconds, output = _time(programs, words)
    frames = sum(line.split(b"\t")[4].count(b"1") for line in output.splitlines())
    if frames != _FRAMES:
        raise RuntimeError(f"tshark shows {frames} frames")
    return seconds


def _time(programs: Programs, words: list[str]) -> tuple[float, bytes]:
    """Run a program with its output in a file; give the seconds and the output."""
    path = programs.folder / "output"
    with open(path, "wb") as output:
        start = time.perf_counter()
        subprocess.run(
            words, stdout=output, stderr=subprocess.DEVNULL, check=True, timeout=LIMIT
        )
        seconds = time.perf_counter() - start
    return seconds, path.read_bytes()


def _find_capture(programs: Programs, in_packet: int) -> Path:
    """Find the capture; make it if there is none."""
    path = programs.folder / f"frames-{in_packet}.pcap"
    if path.exists():
        return path
    talk = Talk().send(REQUEST_HEAD).receive(RESPONSE_HEAD)
    for _ in range(_FRAMES // in_packet // 2):
        talk.send(
            b"".join(
                frame(TEXT, _TEXT, masking_key=os.urandom(4)) for _ in range(in_packet)
            )
        )
        talk.receive(frame(TEXT, _TEXT) * in_packet)
    records = []
    for number, packet in enumerate(talk.packets):
        seconds, fraction = divmod(number, 10_000)
        size = len(packet)
        records += [struct.pack("<IIII", seconds, fraction * 100, size, size), packet]
    path.write_bytes(pcap() + b"".join(records))
    return path
