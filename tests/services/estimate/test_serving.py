"""The server of a calibration: the real one, and commands that are none."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from wstool.errors import ConnectFailed
from wstool.services.estimate.serving import serve

from support.command import WSTOOL


SHOW = "import os; print('ws://h' + os.environ.get('WSTOOL_SERVE_PORT', '')"


def visit(command, *, tls=False, see=lambda served: served):
    """Run a server; give what is seen of it."""

    async def scenario():
        async with serve(command, tls=tls) as served:
            return see(served)

    return asyncio.run(scenario())


def test_served():
    """A server says where it is, and ends with the block."""
    served = visit((WSTOOL, "serve", "--port", "0", "--quiet"))

    assert (served.uri.secure, served.authority) == (False, None)
    with pytest.raises(ProcessLookupError):
        os.kill(served.pid, 0)


def test_authority(tmp_path, monkeypatch):
    """With TLS, its authority is its own, and goes with it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    command = (WSTOOL, "serve", "--port", "0", "--quiet", "--tls")
    texts = []

    def see(served):
        texts.append(Path(served.authority).read_text())
        return served

    served = visit(command, tls=True, see=see)
    assert served.uri.secure
    assert texts[0].startswith("-----BEGIN CERTIFICATE-----")
    assert not Path(served.authority).exists()
    assert list(tmp_path.iterdir()) == []


def test_settings(tmp_path, monkeypatch):
    """What is set for servers elsewhere doesn't change this one."""
    config = tmp_path / "config.toml"
    config.write_text('[serve]\nmode = "chat"\nport = 1\n')
    monkeypatch.setenv("WSTOOL_CONFIG", str(config))
    monkeypatch.setenv("WSTOOL_SERVE_PORT", "99999")

    served = visit((WSTOOL, "serve", "--port", "0", "--quiet"))
    shown = visit((sys.executable, "-c", f"{SHOW})"))
    assert served.uri.port > 1
    assert (shown.uri.host, shown.uri.port) == ("h", 80)


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        pytest.param(("/nonexistent/wstool",), "no such file", id="missing"),
        pytest.param((sys.executable, "-c", ""), "isn't its URL", id="silent"),
        pytest.param(
            (sys.executable, "-c", "print('no URL')"), "isn't its URL", id="no-url"
        ),
        pytest.param(
            (sys.executable, "-c", r"print('\udcff')"), "isn't its URL", id="no-text"
        ),
    ],
)
def test_no_server(command, problem):
    """A server that can't be started is an error with a sentence."""
    with pytest.raises(ConnectFailed, match=f"can't start the server: .*{problem}"):
        visit(command)
