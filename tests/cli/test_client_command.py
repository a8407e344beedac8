"""The client command that gets to a server of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from wstool.cli._client_command import describe_way


CA = Path("/my data/ca.pem")


@pytest.mark.parametrize(
    ("url", "ca_path", "words"),
    [
        pytest.param("ws://127.0.0.1:8765/", None, None, id="plain"),
        pytest.param(
            "wss://localhost:8765/",
            CA,
            "its certificate is of an own authority: "
            "wstool connect --cacert '/my data/ca.pem' wss://localhost:8765/",
            id="tls",
        ),
        pytest.param("ws+unix:/tmp/a b:/", None, None, id="unix"),
        pytest.param(
            "wss+unix:/tmp/a b:/",
            CA,
            "its certificate is of an own authority: wstool connect "
            "--cacert '/my data/ca.pem' 'wss+unix:/tmp/a b:/'",
            id="tls-unix",
        ),
    ],
)
def test_way(url, ca_path, words):
    """What the URL doesn't say is in the command, quoted for a shell."""
    assert describe_way(url, ca_path=ca_path) == words
