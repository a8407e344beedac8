"""nginx in front of `wstool serve`: redirects, logins, what it says by itself."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time

import pytest

from support.command import LIMIT, Outcome, run, serving


pytestmark = pytest.mark.peers

# Its workers give up root otherwise, and can't read a test's folder any more.
CONFIG = """\
daemon off;
user root;
pid DIR/pid;
error_log DIR/error.log;
events {}
http {
    server_tokens off;
    access_log off;
    client_body_temp_path DIR/body;
    proxy_temp_path DIR/proxy;
    fastcgi_temp_path DIR/fastcgi;
    uwsgi_temp_path DIR/uwsgi;
    scgi_temp_path DIR/scgi;
    server {
        listen 127.0.0.1:PORT;
        location /old { return 301 /new/?a=b; }
        location /loop { return 307 /loop; }
        location /down { proxy_pass http://127.0.0.1:1; }
        location /busy { add_header Retry-After 7 always; return 429; }
        location /new/ {
            auth_basic "here";
            auth_basic_user_file DIR/users;
            proxy_pass SERVER;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
    }
}
"""
PAGE = """\
  <html>
  <head><title>TITLE</title></head>
  <body>
  <center><h1>TITLE</h1></center>
  <hr><center>nginx</center>
  </body>
  </html>
"""


@pytest.fixture(name="nginx", scope="module")
def run_nginx(tmp_path_factory):
    """Run nginx in front of an echo server; give its address."""
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "users").write_text("me:{PLAIN}pw\n")
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    with serving("-q") as (url, _):
        server = url.replace("ws://", "http://").rstrip("/")
        config = CONFIG
        for name, value in (("DIR", folder), ("PORT", port), ("SERVER", server)):
            config = config.replace(name, str(value))
        (folder / "conf").write_text(config)
        nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        process = subprocess.Popen(
            [nginx, "-p", str(folder), "-c", "conf"], stderr=subprocess.DEVNULL
        )
        try:
            wait_for(port)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(LIMIT)


def wait_for(port):
    """Wait until somebody listens on a port."""
    deadline = time.monotonic() + LIMIT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), LIMIT).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise


@pytest.mark.parametrize(
    ("login", "options"),
    [("", ("-u", "me:pw")), ("me:pw@", ()), ("", ("--bearer", "x", "-H", "BASIC"))],
)
def test_redirect_and_login(nginx, login, options):
    """A redirect within a server takes the login along."""
    basic = "Authorization: Basic bWU6cHc="
    options = [option.replace("BASIC", basic) for option in options]
    url = f"ws://{login}{nginx}/old"
    assert run("send", "-n", "1", "-L", *options, url, "hello") == Outcome(
        0, b"hello\n", ""
    )


@pytest.mark.parametrize(
    ("path", "options", "words", "title"),
    [
        pytest.param(
            "old",
            (),
            "301 Moved Permanently (try -L to follow it)\n"
            "  Location: http://NGINX/new/?a=b",
            "301 Moved Permanently",
            id="301",
        ),
        pytest.param(
            "loop",
            ("-L",),
            "307 Temporary Redirect (not followed: --max-redirs is 50)\n"
            "  Location: http://NGINX/loop",
            "307 Temporary Redirect",
            id="loop",
        ),
        pytest.param(
            "old",
            ("-L", "-u", "me:no"),
            "401 Unauthorized (at ws://NGINX/new/?a=b, after 1 redirect)\n"
            '  WWW-Authenticate: Basic realm="here"',
            "401 Authorization Required",
            id="401",
        ),
        pytest.param(
            "busy",
            (),
            "429 Too Many Requests\n  Retry-After: 7",
            "429 Too Many Requests",
            id="429",
        ),
        pytest.param("down", (), "502 Bad Gateway", "502 Bad Gateway", id="502"),
    ],
)
def test_refusals(nginx, path, options, words, title):
    """What nginx answers by itself is shown whole."""
    outcome = run("listen", f"ws://{nginx}/{path}", *options)
    assert outcome.mask(nginx, "NGINX") == Outcome(
        5,
        b"",
        f"wstool: the server refused the handshake: HTTP {words}\n"
        + PAGE.replace("TITLE", title),
    )
