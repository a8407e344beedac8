"""The password of a proxy, asked for on the terminal."""

from __future__ import annotations

import pexpect
import pytest

from support.command import WSTOOL, serving
from support.proxies import run_proxy


@pytest.fixture(name="client")
def start_client():
    """Run a client that has to ask; give the terminal."""
    with serving() as (url, _), run_proxy("http", credentials="me:p@ss") as place:
        terminal = pexpect.spawn(
            WSTOOL,
            ["send", url, "-n", "1", "hello", "-x", f"http://{place}", "-U", "me"],
            timeout=20,
        )
        terminal.expect_exact("Proxy password for me: ")
        terminal.waitnoecho()
        yield terminal
        terminal.close(force=True)


def finish(client):
    """Wait for the end; give status and the rest of the screen."""
    client.expect_exact(pexpect.EOF)
    client.wait()
    return client.exitstatus, client.before.decode().replace("\r\n", "\n")


def test_password(client):
    """A missing password is asked for, and doesn't show."""
    client.sendline("p@ss")

    assert finish(client) == (0, "\nhello\n")


def test_wrong_password(client):
    """A wrong one is refused by the proxy, not asked for again."""
    client.sendline("wrong")

    status, screen = finish(client)
    assert status == 3
    assert "refused: HTTP 407 Proxy Authentication Required\n" in screen


def test_interrupted(client):
    """Ctrl-C at the prompt ends it with 130."""
    client.sendintr()

    status, screen = finish(client)
    assert (status, "stopped by SIGINT" in screen) == (130, True)
