"""The live view of a server on a terminal."""

from __future__ import annotations

import re
from contextlib import contextmanager

from wstool.cli._serve.view import LiveView
from wstool.connection.server_event import ServerEvent
from wstool.connection.tally import Counts
from wstool.services.hub.watch import SeenMessage

from support.frames import TEXT, frame
from support.raw_client import REQUEST, connect, open_client, read_to_the_end
from support.screen import CTRL_C, terminal


COUNTS = Counts(0, 0, 0, {}, {}, 0, 0, 0, 0, 0, 0.0)


def draw(view, width=80):
    """Draw a view as text."""
    from rich.console import Console

    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(view.render())
    return [
        re.sub(r" {2,}", "  ", line).rstrip() for line in capture.get().splitlines()
    ]


@contextmanager
def serving_on_a_terminal(*options):
    """Run a server on a terminal; give it and the URL."""
    with terminal("serve", "--port", "0", *options, columns=80, rows=30) as screen:
        screen.wait_for("up 0:00:0")
        yield screen, screen.lines[0]


def test_what_it_shows():
    """Counts and rates are those of the time since; what is new is at the end."""
    now = [100.0]
    view = LiveView("echo", clock=lambda: now[0])
    counts = [COUNTS]
    view._urls, view._count = ["ws://127.0.0.1:1/"], lambda: counts[0]
    draw(view)
    now[0] += 2
    counts[0] = Counts(
        connections=2,
        arriving=1,
        opened=5,
        closed={},
        rejected={"401": 3, "none": 1},
        messages_received=3000,
        messages_sent=10,
        bytes_received=4096,
        bytes_sent=4_000_000,
        round_trips=2,
        round_trip_seconds=0.003,
    )
    view.log.note("a note")
    view.log.event(ServerEvent("opened", "client", "/"))
    view._newest.append(SeenMessage("client", True, 5, b"hello"))
    view._newest.append(SeenMessage("client", False, 2, b"\x00\xff"))
    lines = draw(view)
    lines[8] = re.sub(r"\d\d:\d\d:\d\d", "TIME", lines[8])
    assert lines == [
        "wstool serve echo",
        "  ws://127.0.0.1:1/",
        "  a note",
        "  clients  2 now, 5 in all  1 arriving, up 0:00:02",
        "  received  1,500 messages/s  2.0 KiB/s, 3,000 in all",
        "  sent  5 messages/s  1.9 MiB/s, 10 in all",
        "  round trips  1.5 ms",
        "  refused  3 × 401, 1 × none",
        "  TIME  client  opened: /",
        "  < client  5 B  hello",
        "  < client  2 B  00 ff",
    ]


def test_hostile_text():
    """What clients chose is escaped, and takes one line each."""
    view = LiveView("echo")
    view.log.event(ServerEvent("opened", "client", "/\x1b]0;x\x07\n" + "y" * 500))
    view._newest.append(SeenMessage("client", True, 9, b"\x1b[2J\n[bold]"))
    lines = draw(view)
    assert len(lines) == 3
    assert "\\x1b]0;x\\x07\\ny" in lines[1]
    assert lines[2].endswith("\\x1b[2J\\n[bold]")
    assert all(len(line) <= 80 for line in lines)


def test_on_a_terminal():
    """On a terminal the view is drawn by itself, and Ctrl-C leaves it in good order."""
    with serving_on_a_terminal("--token", "secret") as (screen, url):
        sock = connect(url)
        sock.sendall(REQUEST)
        read_to_the_end(sock)
        request = REQUEST.replace(b"/chat", b"/chat?token=secret")
        client, _ = open_client(url, request)
        client.sendall(frame(TEXT, b"hello", masking_key=b"abcd"))
        screen.wait_for("1 × 401")
        screen.wait_for("5 B  hello")
        screen.wait_for("opened: /chat?token=...")
        screen.wait_for("1 now, 1 in all")
        screen.type(CTRL_C)
        client.close()
        assert screen.wait() == 0
    # The cursor was hidden and is shown again.
    assert screen.raw.rfind(b"\x1b[?25h") > screen.raw.rfind(b"\x1b[?25l") > 0
    assert any("0 now, 1 in all" in line for line in screen.lines)


def test_interrupt_behind_a_full_line():
    """The ^C that a terminal shows behind a full last line doesn't shift the view."""
    with serving_on_a_terminal() as (screen, url):
        client, _ = open_client(url)
        client.sendall(frame(TEXT, b"y" * 125, masking_key=b"abcd"))
        screen.wait_for("125 B  yyy")
        screen.type(CTRL_C)
        client.close()
        assert screen.wait() == 0
    assert sum(line == "wstool serve echo" for line in screen.lines) == 1


def test_second_signal():
    """Also a second Ctrl-C gives the terminal back."""
    with serving_on_a_terminal("--grace", "1000") as (screen, url):
        client, _ = open_client(url)
        screen.wait_for("1 now")
        screen.type(CTRL_C)
        client.recv(100)
        screen.type(CTRL_C)
        assert screen.wait() == 130
        client.close()
    assert screen.raw.rfind(b"\x1b[?25h") > screen.raw.rfind(b"\x1b[?25l") > 0


def test_lines_on_a_terminal():
    """A line for each event can be had there too."""
    with terminal("serve", "--port", "0", "--log", "text") as screen:
        screen.wait_for("ws://")
        url = screen.lines[0]
        client, _ = open_client(url)
        screen.wait_for("opened: /chat")
        client.close()
        screen.wait_for("closed: ")
        screen.type(CTRL_C)
        assert screen.wait() == 0
    assert b"\x1b[?25l" not in screen.raw
