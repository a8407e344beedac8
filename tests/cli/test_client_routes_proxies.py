"""The way through real proxies: with TLS or without, with credentials or without."""

from __future__ import annotations

import pytest
import trustme

from support.command import Outcome, run, serving
from support.misbehaving import Peer, accept, answer_close, await_frames, texts
from support.proxies import CREDENTIALS, run_proxy
from support.tunnels import make_server_context


@pytest.fixture(name="server", scope="module")
def serve():
    """Run a server; give its port."""
    with serving() as (url, _):
        yield url.rpartition(":")[2].rstrip("/")


@pytest.fixture(name="authority", scope="module")
def make_authority():
    """Make a certification authority."""
    return trustme.CA()


@pytest.fixture(name="cacert", scope="module")
def write_cacert(authority, tmp_path_factory):
    """Write the authority's certificate to a file."""
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


@pytest.fixture(name="certificate", scope="module")
def write_certificate(authority, tmp_path_factory):
    """Write a certificate and its key for the proxy to a file."""
    path = tmp_path_factory.mktemp("tls") / "proxy.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(path)
    return str(path)


PROXIES = [
    pytest.param("http", "http", id="http"),
    pytest.param("http", "https", id="https"),
    pytest.param("socks4", "socks4", id="socks4"),
    pytest.param("socks5", "socks5", id="socks5"),
    pytest.param("socks5", "socks5h", id="socks5h"),
]


@pytest.fixture(name="start_proxy")
def make_start_proxy(certificate):
    """Give what runs a proxy for a scheme."""

    def start(kind, scheme, **options):
        tls = certificate if scheme == "https" else None
        return run_proxy(kind, certificate=tls, **options)

    return start


@pytest.mark.parametrize(("kind", "scheme"), PROXIES)
def test_plain(start_proxy, cacert, server, kind, scheme):
    """A message goes through a proxy and comes back."""
    with start_proxy(kind, scheme) as place:
        outcome = run(
            *("send", f"ws://localhost:{server}", "-n", "1", "hello"),
            *("-x", f"{scheme}://{place}", "--proxy-cacert", cacert),
        )
    assert outcome == Outcome(0, b"hello\n", "")


@pytest.mark.parametrize(("kind", "scheme"), PROXIES)
def test_secure(start_proxy, authority, cacert, kind, scheme):
    """TLS with the server goes through a proxy, also through one with TLS."""
    context = make_server_context(authority)
    script = [accept(), await_frames(1), texts(b"hello"), answer_close]
    with Peer(*script, context=context) as peer, start_proxy(kind, scheme) as place:
        outcome = run(
            *("send", peer.url, "-n", "1", "hello", "--cacert", cacert),
            *("-x", f"{scheme}://{place}", "--proxy-cacert", cacert),
        )
    assert outcome == Outcome(0, b"hello\n", "")


@pytest.mark.parametrize("scheme", ["http", "https", "socks5", "socks5h"])
@pytest.mark.parametrize("where", ["url", "option", "file"])
def test_credentials(start_proxy, cacert, tmp_path, server, scheme, where):
    """Credentials are in the URL, in an option or in a file."""
    kind = scheme.removesuffix("s") if scheme == "https" else scheme.removesuffix("h")
    file = tmp_path / "credentials"
    file.write_text("me:p@ss\n")
    with start_proxy(kind, scheme, credentials="me:p@ss") as place:
        arguments = {
            "url": ["-x", f"{scheme}://{CREDENTIALS}@{place}"],
            "option": ["-x", f"{scheme}://you@{place}", "-U", "me:p@ss"],
            "file": ["-x", f"{scheme}://{place}", "-U", f"@{file}"],
        }[where]
        outcome = run(
            *("send", f"ws://localhost:{server}", "-n", "1", "hello"),
            *(*arguments, "--proxy-cacert", cacert),
        )
    assert outcome == Outcome(0, b"hello\n", "")


@pytest.mark.parametrize("user", ["", "me:wrong@"], ids=["none", "wrong"])
def test_http_credentials_refused(start_proxy, server, user):
    """An HTTP proxy that wants other credentials: status 3, and what it wants."""
    with start_proxy("http", "http", credentials="me:p@ss") as place:
        outcome = run(
            *("listen", f"ws://localhost:{server}", "-x", f"http://{user}{place}"),
        )
    hint = "" if user else " (try --proxy-user)"
    assert outcome.mask(place, "PROXY").mask(server, "PORT") == Outcome(
        3,
        b"",
        "wstool: can't connect to localhost:PORT: the proxy http://PROXY refused: "
        f"HTTP 407 Proxy Authentication Required{hint}\n"
        '  Proxy-Authenticate: Basic realm="simple"\n',
    )


@pytest.mark.parametrize("user", ["", "me:wrong@"], ids=["none", "wrong"])
def test_socks_credentials_refused(start_proxy, server, user):
    """A SOCKS proxy that wants other credentials: status 3; this one says no more."""
    with start_proxy("socks5", "socks5h", credentials="me:p@ss") as place:
        outcome = run(
            *("listen", f"ws://localhost:{server}", "-x", f"socks5h://{user}{place}"),
        )
    assert outcome.mask(place, "PROXY").mask(server, "PORT") == Outcome(
        3,
        b"",
        "wstool: can't connect to localhost:PORT: the proxy socks5h://PROXY "
        "ended the stream without a reply\n",
    )


@pytest.mark.parametrize(
    ("variable", "exempt", "is_used"),
    [
        ("http_proxy", "", True),
        ("HTTP_PROXY", "", True),
        ("ALL_PROXY", "", True),
        ("https_proxy", "", False),
        ("http_proxy", "localhost", False),
        ("http_proxy", "127.0.0.0/8", True),
    ],
)
def test_environment(start_proxy, server, variable, exempt, is_used):
    """The environment's proxy leads to this host too, unless NO_PROXY says no."""
    with start_proxy("http", "http", credentials="me:p@ss") as place:
        outcome = run(
            *("send", f"ws://localhost:{server}", "-n", "1", "hello"),
            environment={variable: f"http://{place}", "NO_PROXY": exempt},
        )
    assert outcome.status == (3 if is_used else 0)
    assert f"(from {variable}) refused" in outcome.stderr or not is_used


@pytest.mark.parametrize("arguments", [["-x", ""], ["--noproxy", "*"]])
def test_switched_off(server, arguments):
    """The environment's proxy can be switched off."""
    outcome = run(
        *("send", f"ws://localhost:{server}", "-n", "1", "hello", *arguments),
        environment={"http_proxy": "http://127.0.0.1:1"},
    )
    assert outcome == Outcome(0, b"hello\n", "")


def test_large_messages(start_proxy, cacert):
    """Nothing of megabytes gets lost in a tunnel."""
    line = b"x" * 300_000 + b"\n"
    with serving() as (url, _), start_proxy("http", "https") as place:
        outcome = run(
            *("send", url, "-n", "20", "--no-compression"),
            *("-x", f"https://{place}", "--proxy-cacert", cacert),
            stdin=line * 20,
        )
    assert outcome == Outcome(0, line * 20, "")
