"""The way through proxies from Debian, and curl as the judge of what leads to one."""

from __future__ import annotations

import os
import subprocess

import pytest
import trustme

from support.command import Outcome, run, serving
from support.debian_proxies import (
    PROXIES,
    run_dante,
    run_microsocks,
    run_squid,
    run_tinyproxy,
)
from support.misbehaving import Peer, accept, answer_close, await_frames, texts
from support.tunnels import make_server_context


pytestmark = pytest.mark.peers


@pytest.fixture(name="server", scope="module")
def serve():
    """Run a server; give its port."""
    with serving() as (url, _):
        yield url.rpartition(":")[2].rstrip("/")


@pytest.fixture(name="proxy", scope="module", params=PROXIES)
def run_proxy(request, tmp_path_factory):
    """Run a proxy; give its URL."""
    start, scheme = PROXIES[request.param]
    with start(tmp_path_factory.mktemp(request.param)) as place:
        yield f"{scheme}://{place}"


def test_plain(server, proxy):
    """Messages go through a proxy and come back."""
    lines = b"".join(b"%d\n" % number for number in range(1000))
    outcome = run(
        *("send", f"ws://localhost:{server}", "-n", "1000", "-x", proxy), stdin=lines
    )
    assert outcome == Outcome(0, lines, "")


def test_secure(proxy, tmp_path):
    """TLS with the server goes through a proxy."""
    authority = trustme.CA()
    cacert = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(cacert)
    script = [accept(), await_frames(1), texts(b"hello"), answer_close]
    with Peer(*script, context=make_server_context(authority)) as peer:
        outcome = run(
            *("send", peer.url, "-n", "1", "hello", "--cacert", str(cacert)),
            *("-x", proxy),
        )
    assert outcome == Outcome(0, b"hello\n", "")


@pytest.mark.parametrize(
    ("start", "scheme"),
    [
        pytest.param(run_tinyproxy, "http", id="tinyproxy"),
        pytest.param(run_microsocks, "socks5h", id="microsocks"),
    ],
)
def test_credentials(server, tmp_path, start, scheme):
    """A proxy that asks for credentials gets them."""
    with start(tmp_path, credentials="me:pass") as place:
        outcome = run(
            *("send", f"ws://localhost:{server}", "-n", "1", "hello"),
            *("-x", f"{scheme}://{place}", "-U", "me:pass"),
        )
    assert outcome == Outcome(0, b"hello\n", "")


def refuse(start, scheme, folder, *arguments, **options):
    """Run a proxy that refuses; give what the command leaves behind."""
    with start(folder, **options) as place:
        outcome = run(
            *("listen", "ws://127.0.0.1:1", "-x", f"{scheme}://{place}"), *arguments
        )
        return outcome.mask(place, "PROXY")


PREFIX = "wstool: can't connect to 127.0.0.1:1: the proxy "


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "no acceptable authentication methods were offered (try --proxy-user)"),
        (["-U", "me:wrong"], "username and password authentication failure"),
    ],
)
def test_socks_credentials_refused(tmp_path, arguments, reason):
    """A SOCKS proxy that wants other credentials is told of in its words."""
    outcome = refuse(
        run_microsocks, "socks5h", tmp_path, *arguments, credentials="me:pass"
    )
    assert outcome == Outcome(3, b"", f"{PREFIX}socks5h://PROXY refused: {reason}\n")


def test_socks_ruleset(tmp_path):
    """A SOCKS proxy whose rules say no is told of."""
    assert refuse(run_dante, "socks5h", tmp_path, verdict="block") == Outcome(
        3,
        b"",
        f"{PREFIX}socks5h://PROXY refused: connection not allowed by ruleset\n",
    )


def test_http_credentials_refused(tmp_path):
    """An HTTP proxy that wants credentials is shown with its page."""
    outcome = refuse(run_tinyproxy, "http", tmp_path, credentials="me:pass")
    first, header, *page = outcome.stderr.split("\n")

    assert (outcome.status, outcome.stdout) == (3, b"")
    assert first == (
        f"{PREFIX}http://PROXY refused: HTTP 407 Proxy Authentication Required "
        "(try --proxy-user)"
    )
    assert header == '  Proxy-Authenticate: Basic realm="Tinyproxy"'
    assert page[0].startswith("  <")
    assert "This proxy requires authentication" in "\n".join(page)


def test_http_rule(tmp_path):
    """An HTTP proxy whose rules say no is shown with its page."""
    outcome = refuse(run_squid, "http", tmp_path, verdict="deny")
    first, *page = outcome.stderr.split("\n")

    assert (outcome.status, outcome.stdout) == (3, b"")
    assert first == f"{PREFIX}http://PROXY refused: HTTP 403 Forbidden"
    assert "Access Denied." in "\n".join(page)


ENVIRONMENTS = [
    {},
    {"http_proxy": "PROXY"},
    {"HTTPS_PROXY": "PROXY"},
    {"all_proxy": "PROXY"},
    {"ALL_PROXY": "PROXY"},
    {"http_proxy": "PROXY", "no_proxy": "*"},
    {"http_proxy": "PROXY", "NO_PROXY": "localhost"},
    {"http_proxy": "PROXY", "NO_PROXY": ".LOCALHOST"},
    {"http_proxy": "PROXY", "NO_PROXY": "host"},
    {"http_proxy": "PROXY", "NO_PROXY": "other, localhost"},
    {"http_proxy": "PROXY", "NO_PROXY": "127.0.0.0/8"},
    {"http_proxy": "PROXY", "NO_PROXY": "localhost:PORT"},
    {"http_proxy": "PROXY", "no_proxy": "x", "NO_PROXY": "localhost"},
]


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=repr)
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_curl_agrees(tmp_path, server, environment, host):
    """Curl asks a proxy, by the same environment, exactly where wstool does."""
    with run_tinyproxy(tmp_path, credentials="me:pass") as place:
        variables = {
            name: value.replace("PROXY", place).replace("PORT", server)
            for name, value in environment.items()
        }
        place = f"{host}:{server}"
        ours = run("send", place, "-n", "1", "x", environment=variables)
        theirs = subprocess.run(
            ["curl", "-qs", "-o", "/dev/null", "-w", "%{http_code}", place],
            capture_output=True,
            env={**os.environ, **variables},
            timeout=30,
        )
    asked = theirs.stdout == b"407"
    assert ours.status == (3 if asked else 0)
    assert "HTTP 407" in ours.stderr or not asked
