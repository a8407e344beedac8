"""Captures of loopback, and what `inspect` and tshark make of them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import subprocess

from wstool.services.inspector import AnyInspector
from wstool.wire.opcode import Opcode

from support.command import run
from support.inspecting import Recorder


__all__ = [
    "LIMIT",
    "capturing",
    "compare",
    "compare_payloads",
    "dissect",
    "find_port",
]

LIMIT = 30
FIELDS = (
    "fin",
    "rsv",
    "opcode",
    "mask",
    "payload_length",
    "payload_length_ext_16",
    "payload_length_ext_64",
    "masking_key",
    "payload.close.status_code",
    "payload.close.reason",
    "payload.text",
    "payload.ping",
    "payload.pong",
    "payload.unknown",
)


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
    return [found for layers in read(path) for found in split(layers)]


def read(path):
    """Read a capture with tshark; give the fields of each packet."""
    options = [word for name in FIELDS for word in ("-e", f"websocket.{name}")]
    command = ["tshark", "-r", str(path), "-2", "-Y", "websocket", "-T", "json"]
    done = subprocess.run(
        [*command, "--no-duplicate-keys", *options],
        capture_output=True,
        check=True,
        timeout=LIMIT,
    )
    return [packet["_source"]["layers"] for packet in json.loads(done.stdout)]


def split(layers):
    """Split the fields of a packet among its frames."""
    columns = {name: list(layers.get(f"websocket.{name}", ())) for name in FIELDS}
    frames = []
    for opcode in columns["opcode"]:
        length = int(columns["payload_length"].pop(0))
        bits = {126: 16, 127: 64}.get(length, 7)
        if bits != 7:
            length = int(columns[f"payload_length_ext_{bits}"].pop(0))
        masked = columns["mask"].pop(0) in ("1", "True")
        found = {
            "fin": columns["fin"].pop(0) in ("1", "True"),
            "rsv": int(columns["rsv"].pop(0), 0),
            "opcode": int(opcode, 0),
            "masked": masked,
            "length": length,
            "length_bits": bits,
            "masking_key": columns["masking_key"].pop(0).replace(":", "")
            if masked
            else None,
        }
        if found["opcode"] == Opcode.CLOSE and length:
            found["code"] = int(columns["payload.close.status_code"].pop(0))
        frames.append(found)
    return frames


def compare(path):
    """Compare what both dissectors say of a capture; give the frames."""
    ours = inspect(path)
    names = ("fin", "opcode", "masked", "length", "length_bits")
    found = [
        {
            **{name: line[name] for name in names},
            "rsv": line["rsv1"] << 2 | line["rsv2"] << 1 | line["rsv3"],
            "masking_key": line.get("masking_key"),
            **({"code": line["code"]} if "code" in line else {}),
        }
        for line in ours
    ]
    assert found == dissect(path)
    return ours


def compare_payloads(path, lines):
    """Compare the payloads of frames that are whole messages, and of control frames."""
    found = {name: [] for name in ("text", "ping", "pong", "close.reason")}
    for packet in read(path):
        for name, values in found.items():
            values += packet.get(f"websocket.payload.{name}", ())
    ours = {
        name: [line[key] for line in lines if line["type"] == kind and line.get(key)]
        for name, kind, key in (
            ("text", "text", "data"),
            ("ping", "ping", "payload"),
            ("pong", "pong", "payload"),
            ("close.reason", "close", "reason"),
        )
    }
    for name in ("ping", "pong"):
        found[name] = [value.replace(":", "") for value in found[name]]
    assert ours == found
