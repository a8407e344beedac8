"""Which values of a config file are hidden."""

from __future__ import annotations

import pytest

from wstool.cli._config_file import ConfigFile
from wstool.cli._profiles import load_config
from wstool.cli._secret_settings import find_exposure, hide_in_url, hide_setting


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        pytest.param("bearer", "x", "***", id="bearer"),
        pytest.param("user", "me:pw", "***", id="user"),
        pytest.param("user-agent", "me/1.0", "me/1.0", id="user-agent"),
        pytest.param("proxy-user", "me:pw", "***", id="proxy-user"),
        pytest.param("pass", "x", "***", id="pass"),
        pytest.param("cookie", ["a=b"], ["***"], id="cookie"),
        pytest.param("header", "Authorization: x", "Authorization: ***", id="auth"),
        pytest.param("header", "cookie:a=b", "cookie: ***", id="header-cookie"),
        pytest.param("header", "X-Api-Key: x", "X-Api-Key: ***", id="header-key"),
        pytest.param("header", "X-A: Bearer x", "X-A: ***", id="header-value"),
        pytest.param("header", "X-Trace: 42", "X-Trace: 42", id="header-plain"),
        pytest.param("header", "@headers", "@headers", id="header-file"),
        pytest.param("data", '{"token": "x"}', "***", id="data"),
        pytest.param("data", '{"subscribe": 1}', '{"subscribe": 1}', id="data-plain"),
        pytest.param("header-command", "echo password", "***", id="command"),
        pytest.param("proxy", "me:pw@h:1", "***@h:1", id="proxy"),
        pytest.param(
            "proxy", "socks5://me:p@w@h:1", "socks5://***@h:1", id="proxy-url"
        ),
        pytest.param("max-size", "16M", "16M", id="plain"),
        pytest.param("netrc", True, True, id="flag"),
        pytest.param("count", 3, 3, id="number"),
    ],
)
def test_hide(key, value, shown):
    """Whatever smells of a secret is hidden, and nothing else."""
    assert hide_setting(key, value) == shown


def test_path():
    """Where the secret is may be seen."""
    assert hide_setting("key", "client.pem", is_path=True) == "client.pem"
    assert hide_setting("cookie", ["@jar"], is_path=True) == ["@jar"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param("ws://h/p?a=b", "ws://h/p?a=b", id="plain"),
        pytest.param("ws://me:p@w@h/p@q", "ws://***@h/p@q", id="userinfo"),
        pytest.param("me@h:1", "***@h:1", id="no-scheme"),
        pytest.param("ws://me:p/w@h/", "ws://***@h/", id="slash-in-password"),
        pytest.param("ws://h:80/@p", "ws://h:80/@p", id="at-in-path"),
        pytest.param("ws://[::1]/@p", "ws://[::1]/@p", id="at-behind-ipv6"),
        pytest.param("ws://h/?a=b&token=c&d", "ws://h/?a=b&token=***&d", id="query"),
        pytest.param("ws://h/?api_key=c@d", "ws://h/?api_key=***", id="query-at"),
    ],
)
def test_url(url, shown):
    """User, password and the parameters that look secret are hidden in a URL."""
    assert hide_in_url(url) == shown


@pytest.mark.parametrize(
    ("line", "mode", "warned"),
    [
        pytest.param("bearer = 'x'", 0o644, True, id="secret"),
        pytest.param("bearer = 'x'", 0o640, True, id="group"),
        pytest.param("bearer = 'x'", 0o600, False, id="private"),
        pytest.param("bearer = '@x'", 0o644, False, id="in-a-file"),
        pytest.param("key = 'x.pem'", 0o644, False, id="path"),
        pytest.param("origin = 'x'", 0o644, False, id="none"),
        pytest.param("[profiles.a]\nurl = 'ws://u:p@h/'", 0o644, True, id="url"),
    ],
)
def test_exposure(line, mode, warned):
    """Secrets that others can read are worth one warning."""
    file = ConfigFile("c.toml", f"[defaults]\n{line}\n".encode(), 0o100000 | mode)
    assert (
        find_exposure(load_config(file))
        == ["c.toml has secrets, and others can read it (try chmod 600)"] * warned
    )
