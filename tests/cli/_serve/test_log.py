"""A server's log on stderr."""

from __future__ import annotations

import json
import re
from signal import SIGTERM

from wstool.cli._serve.log import describe_event
from wstool.connection.server_event import ServerEvent

from support.command import run, serving
from support.frames import frame
from support.raw_client import (
    REQUEST,
    connect,
    mask_ports,
    open_client,
    read_to_the_end,
)


TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_json():
    """Each line is an event for programs: time, kind, peer, text and facts."""
    with serving("--log", "json", "--token", "secret") as (url, running):
        assert run("send", f"{url}?token=secret", "-n", "1", "x").status == 0
        sock = connect(url)
        sock.sendall(REQUEST.replace(b"/chat", b"/\x1b"))
        read_to_the_end(sock)
        running.wait_for_stderr(b"rejected")
        running.send_signal(SIGTERM)
        events = [json.loads(line) for line in running.wait().stderr.splitlines()]
    assert all(TIME.fullmatch(event.pop("time")) for event in events)
    assert all(mask_ports(event.pop("peer")) == "CLIENT" for event in events)
    assert events == [
        {
            "event": "opened",
            "text": "/?token=...",
            "resource_name": "/?token=...",
            "subprotocol": None,
            "secure": False,
        },
        {
            "event": "closed",
            "text": "1000 (normal closure)",
            "messages_received": 1,
            "bytes_received": 15,
            "bytes_sent": 7,
            "code": 1000,
            "reason": "",
        },
        {
            "event": "rejected",
            "text": "GET /\x1b HTTP/1.1: missing token",
            "status": 401,
        },
    ]


def test_event_names():
    """A kind of two words is one word for programs."""
    event = ServerEvent("cut off", "client", "reads too slowly", {"n": 1})

    assert describe_event(event) == {
        "event": "cut_off",
        "peer": "client",
        "text": "reads too slowly",
        "n": 1,
    }


def test_quiet():
    """With -q nothing is logged, whatever the form."""
    with serving("-q", "--log", "json") as (url, running):
        assert run("send", url, "-n", "1", "x").status == 0
        running.send_signal(SIGTERM)
        assert running.wait().stderr == ""


def test_line_ends_of_clients():
    """A client can't forge lines of the log: each event has one."""
    forged = b"\nwstool: 10.0.0.1:80 opened: /"
    reason = b"\x03\xe8" + forged
    with serving() as (url, running):
        sock = connect(url)
        sock.sendall(b"HELO" + forged + b"\r\n\r\n")
        read_to_the_end(sock)
        running.wait_for_stderr(b"rejected")
        sock, _ = open_client(url)
        sock.sendall(frame(0x8, reason, masking_key=b"abcd"))
        read_to_the_end(sock)
        running.wait_for_stderr(b"closed")
        running.send_signal(SIGTERM)
        lines = mask_ports(running.wait().stderr).splitlines()
    kinds = [re.sub(r"wstool: CLIENT (\w+): .*", r"\1", line) for line in lines]
    assert kinds == ["rejected", "opened", "closed"]
