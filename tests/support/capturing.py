"""Captures of loopback, and what `inspect` and tshark make of them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import subprocess
from xml.etree import ElementTree

from wstool.services.inspector import AnyInspector
from wstool.wire.opcode import Opcode

from support.command import run
from support.inspecting import Recorder


__all__ = [
    "LIMIT",
    "capturing",
    "compare",
    "dissect",
    "find_port",
]

LIMIT = 30
UNMASKED = 1 << 18
"""Bytes that tshark unmasks of a payload."""
CONTENTS = (
    "websocket.payload.text",
    "websocket.payload.ping",
    "websocket.payload.pong",
    "websocket.payload.continue",
    "websocket.payload.unknown",
    "data.data",
)
"""Fields of which one has what is in a payload."""


def find_port(url):
    """Find the port of a URL."""
    return int(re.search(r":(\d+)", url)[1])


@contextlib.contextmanager
def capturing(path, port, *, closes=2):
    """Capture what a port on loopback says, until so many sides have closed."""
    # Nobody reads until the conversation is over, so there must be room for it.
    room = ("-B", "64")
    command = ["dumpcap", *room, "-i", "lo", "-f", f"tcp port {port}", "-w", "-"]
    pipe = subprocess.PIPE
    with (
        path.open("wb") as file,
        subprocess.Popen(command, stdout=pipe, stderr=pipe) as process,
    ):
        for line in process.stderr:
            if line.startswith(b"File:"):
                break
        try:
            yield
            keep(process.stdout.fileno(), file, closes)
        finally:
            process.terminate()
            process.communicate()


def keep(descriptor, file, closes):
    """Keep packets as they come, until there are so many close frames."""
    recorder = Recorder()
    inspector = AnyInspector(recorder)
    while sum(is_close(item) for item in recorder.items()) < closes:
        readable, _, _ = select.select([descriptor], [], [], LIMIT)
        assert readable, f"no more close frames in {LIMIT} s: {recorder.items()}"
        data = os.read(descriptor, 1 << 16)
        assert data, "the capture has ended"
        file.write(data)
        inspector.feed(data)


def is_close(item):
    """Tell whether a frame that was found is a close frame."""
    return item.frame.header.opcode == Opcode.CLOSE


def inspect(path, *options):
    """Inspect a capture; give the objects of the lines that are frames."""
    outcome = run("inspect", str(path), "--format", "jsonl", *options)
    assert (outcome.status, outcome.stderr) == (0, "")
    lines = map(json.loads, outcome.stdout.splitlines())
    return [line for line in lines if "number" in line]


def dissect(path):
    """Dissect a capture with tshark; give the fields of each frame, in order."""
    command = ["tshark", "-r", str(path), "-2", "-Y", "websocket", "-T", "pdml"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=LIMIT)
    return [
        read_frame(frame)
        for packet in ElementTree.fromstring(done.stdout)
        for frame in split(packet)
    ]


def split(packet):
    """Split a packet among its frames: the fields of each, and of what is in it."""
    frames = []
    for layer in packet:
        if layer.get("name") == "websocket":
            frames.append([])
        if frames:
            frames[-1] += layer.iter("field")
    return frames


def read_frame(fields):
    """Read what tshark says of a frame."""
    found = {}
    for field in fields:
        found.setdefault(field.get("name"), []).append(field)

    def show(name):
        return found[f"websocket.{name}"][0].get("show")

    length = int(show("payload_length"))
    bits = {126: 16, 127: 64}.get(length, 7)
    if bits != 7:
        length = int(show(f"payload_length_ext_{bits}"))
    opcode = int(show("opcode"))
    frame = {
        "fin": show("fin") in ("1", "True"),
        "rsv": int(show("rsv"), 0),
        "opcode": opcode,
        "masked": show("mask") in ("1", "True"),
        "length": length,
        "length_bits": bits,
        "masking_key": None,
        "content": next(
            (found[name][0].get("value") for name in CONTENTS if name in found), ""
        ),
    }
    if frame["masked"]:
        frame["masking_key"] = show("masking_key").replace(":", "")
    if opcode == Opcode.CLOSE and length:
        frame["code"] = int(show("payload.close.status_code"))
    if "websocket.payload.close.reason" in found:
        frame["content"] = found["websocket.payload.close.reason"][0].get("value")
    return frame


def compare(path):
    """Compare all that both dissectors say of a capture; give the frames."""
    ours = inspect(path)
    names = ("fin", "opcode", "masked", "length", "length_bits")
    contents = Contents()
    found = [
        {
            **{name: line[name] for name in names},
            "rsv": line["rsv1"] << 2 | line["rsv2"] << 1 | line["rsv3"],
            "masking_key": line.get("masking_key"),
            **({"code": line["code"]} if "code" in line else {}),
            "content": contents.expect(line),
        }
        for line in ours
    ]
    assert found == dissect(path)
    return ours


class Contents:
    """What tshark shows of payloads, told from our lines."""

    def __init__(self):
        self._parts = {}

    def expect(self, line):
        """Tell what tshark shows of a frame's payload, in hex."""
        payload = line["payload"]
        if line["opcode"] == Opcode.CLOSE:
            return payload[4:]
        if line["opcode"] > Opcode.CLOSE or "message" not in line:
            return payload
        parts = self._parts.setdefault((line["connection"], line["direction"]), [])
        if line["fragment"] == 1:
            parts.clear()
        parts.append(payload)
        if not line["fin"]:
            # It shows the first fragment only with the last one.
            return "" if line["fragment"] == 1 else payload
        if line["fragment"] > 1:
            # It doesn't inflate what comes in fragments.
            return "".join(parts) if payload else ""
        if line["masked"] and line["length"] > UNMASKED:
            return payload[: 2 * UNMASKED]
        # What inflates to nothing it shows as it is.
        return line.get("inflated") or payload
