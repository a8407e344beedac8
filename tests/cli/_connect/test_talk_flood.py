"""The conversation on a terminal when more arrives than anyone can read."""

from __future__ import annotations

import json
import re

from support.frames import TEXT, frame
from support.misbehaving import Peer, Stream, accept, answer_close, wait_for
from support.screen import CTRL_C, CTRL_D, terminal


COUNT = 200_000


def flood(stream: Stream) -> None:
    """Send numbered messages as fast as they are taken."""
    frames = [frame(TEXT, b"%07d" % number) for number in range(1, COUNT + 1)]
    for start in range(0, COUNT, 5000):
        stream.socket.sendall(b"".join(frames[start : start + 5000]))


def test_flood(tmp_path):
    """Keys work, the screen says how much isn't drawn, the transcript has it all."""
    path = tmp_path / "log"
    options = ("--timestamps", "off", "--record", str(path))
    with (
        Peer(accept(), wait_for, flood, answer_close) as peer,
        terminal("connect", peer.url, *options, columns=120) as shown,
    ):
        shown.wait_for("/help lists more")
        shown.type("half a ")
        shown.wait_for_line("> half a")
        peer.released.set()
        shown.wait_for("messages not drawn")
        shown.type("line")
        shown.wait_for_line("> half a line")
        shown.wait_for_line(f"#{COUNT} < text 7 bytes  {COUNT:07}")
        shown.type(CTRL_C + "/stats\r")
        shown.wait_for(f"received     {COUNT} messages, {7 * COUNT} bytes")
        not_drawn = re.search(r"not drawn    (\d+) messages", "\n".join(shown.lines))
        shown.type(CTRL_D)
        assert shown.wait() == 0

    text = re.sub(r"\x1b\[[\d;]*m", "", shown.raw.decode())
    told = re.findall(r"(\d+) messages? not drawn: #(\d+) to #(\d+)", text)
    drawn = set(map(int, re.findall(r"#(\d+) < text", text)))
    assert sum(int(count) for count, _, _ in told) == int(not_drawn[1])
    assert len(drawn) + int(not_drawn[1]) == COUNT
    for _, first, last in told:
        assert not drawn & set(range(int(first), int(last) + 1))
    received = [
        event["data"]
        for event in map(json.loads, path.read_text().splitlines())
        if event["type"] == "text"
    ]
    assert received == [f"{number:07}" for number in range(1, COUNT + 1)]


def test_interrupted_in_a_flood():
    """Ctrl-C is heard in the middle of a flood."""

    def endless(stream: Stream) -> None:
        frames = frame(TEXT, b"x" * 98) * 5000
        try:
            while True:
                stream.socket.sendall(frames)
        except OSError:
            return

    with (
        Peer(accept(), endless) as peer,
        terminal("connect", peer.url, "--timestamps", "off") as shown,
    ):
        shown.wait_for(" not drawn")
        shown.type(CTRL_C)
        shown.wait_for("Ctrl-C again leaves")
        shown.type(CTRL_C)
        assert shown.wait() == 130
