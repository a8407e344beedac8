"""`connect` on a terminal, with servers by others."""

from __future__ import annotations

import pytest

from support.chromium import serve_devtools
from support.screen import CTRL_D, terminal
from support.servers import serve_with


READY = "Ctrl-D closes, /help lists more"
PLAIN = ("--timestamps", "off")


@pytest.mark.parametrize(
    "name", ["websocat", pytest.param("ws", marks=pytest.mark.peers)]
)
def test_echo(name):
    """What is typed comes back, and both sides close."""
    with (
        serve_with(name) as url,
        terminal("connect", url, *PLAIN) as shown,
    ):
        shown.wait_for(READY)
        shown.type("grüße\r")
        shown.wait_for_line("#2 < text 7 bytes  grüße")
        shown.type('{"a": [1, 2.50]}\r')
        shown.wait_for("#4 < text 16 bytes")
        shown.type("/fragment 2 fragments\r")
        shown.wait_for_line("#6 < text 9 bytes  fragments")
        shown.type("/ping\r")
        shown.wait_for("wstool: pong after ")
        shown.type(CTRL_D)
        assert shown.wait() == 0


@pytest.mark.peers
def test_compressed():
    """With permessage-deflate the toolbar shows how much it saves."""
    with (
        serve_with("ws") as url,
        terminal("connect", url, *PLAIN, columns=120) as shown,
    ):
        shown.wait_for(READY)
        shown.type(f"/text {'long ' * 1000}\r")
        shown.wait_for("/show 2 for all")
        shown.wait_for("  deflate ")
        (bar,) = [line for line in shown.lines if "  deflate " in line]
        assert float(bar.rpartition("deflate ")[2].rstrip("x")) > 10
        shown.type(CTRL_D)
        assert shown.wait() == 0


@pytest.mark.peers
@pytest.mark.timeout(120)
def test_devtools():
    """Chromium's DevTools answer, and JSON is laid out."""
    with (
        serve_devtools() as url,
        terminal("connect", url, *PLAIN, columns=200, rows=50) as shown,
    ):
        shown.wait_for(READY)
        shown.type('{"id": 1, "method": "Browser.getVersion"}\r')
        shown.wait_for_line('  "id": 1,')
        shown.wait_for('    "protocolVersion": "1.3",')
        shown.wait_for('    "jsVersion": ')
        shown.type('{"id": 2, "method": "No.such"}\r')
        shown.wait_for("'No.such' wasn't found")
        # Keys that were seen are completed.
        shown.type('{"protocolV\t')
        shown.wait_for('> {"protocolVersion":')
        shown.type("\x15" + CTRL_D)
        assert shown.wait() == 0
