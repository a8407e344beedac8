"""Redirects: where a client goes, what it takes along, and what it says."""

from __future__ import annotations

import pytest

from support.answering import Answering, redirect, respond
from support.command import Outcome, run


REFUSED = "wstool: the server refused the handshake: HTTP "
CLOSED = "wstool: the peer closed the connection: 1000 (normal closure)\n"


def listen(server, *arguments, path="/", **options):
    """Listen to a path of a server; its address is ``SERVER`` in the outcome."""
    outcome = run("listen", f"{server.url}{path}", *arguments, **options)
    return outcome.mask(server.target, "SERVER")


@pytest.mark.parametrize(
    "status",
    [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ],
)
def test_not_asked(status):
    """Without -L a redirect is a refusal that says where it leads and how to follow."""
    with Answering({"/": redirect("/there", status=status)}) as server:
        assert listen(server) == Outcome(
            5,
            b"",
            f"{REFUSED}{status} (try -L to follow it)\n  Location: /there\n",
        )
        assert listen(server, "-L") == Outcome(0, b"", CLOSED)
        assert len(server.requests) == 3


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary"])
@pytest.mark.parametrize(
    ("options", "followed"),
    [((), 50), (("--max-redirs", "3"), 3), (("--max-redirs", "0"), 0)],
)
def test_loop(status, options, followed):
    """A loop ends with the limit, which is named; it's 50 unless told otherwise."""
    with Answering({"/": redirect("/", status=status)}) as server:
        assert listen(server, "-L", *options) == Outcome(
            5,
            b"",
            f"{REFUSED}{status} (not followed: --max-redirs is {followed})\n"
            "  Location: /\n",
        )
    assert len(server.requests) == followed + 1


def test_slow_loop():
    """All redirects together have one time limit."""
    with Answering({"/": redirect("/"), "/slow": b"HTTP/1.1 302"}) as server:
        server.answers["/"] = redirect("/slow")
        assert listen(server, "-L", "--connect-timeout", "0.4") == Outcome(
            124,
            b"",
            "wstool: timed out waiting for the handshake response of SERVER "
            "(--connect-timeout 0.4 s)\n  HTTP/1.1 302\n",
        )


@pytest.mark.parametrize(
    ("location", "problem"),
    [
        pytest.param(
            "ftp://x/", "scheme 'ftp' isn't ws, wss, http or https", id="scheme"
        ),
        pytest.param(
            "ws://a b/",
            "host 'a b' has a character that can't stand in it",
            id="host",
        ),
        pytest.param(
            "//\x1b7x\x07/",
            "host '\\x1b7x\\x07' has a character that can't stand in it",
            id="escape-sequence",
        ),
    ],
)
def test_location_that_leads_nowhere(location, problem):
    """A Location that can't be followed is told, escaped, and so is why."""
    with Answering({"/": redirect(location)}) as server:
        outcome = listen(server, "-L")
    shown = location.replace("\x1b", "\\x1b").replace("\x07", "\\x07")
    assert outcome == Outcome(
        5,
        b"",
        f"{REFUSED}302 Found (not followed: {problem})\n  Location: {shown}\n",
    )


def test_no_response_splitting():
    """Line breaks in a Location break out of nothing, there or here."""
    answer = respond(
        "302 Found", "Location: /a%0d%0aX-Evil:%201\r\nX-More: \rY: 2", body=b""
    )
    with Answering({"/": answer}) as server:
        assert listen(server, "-L").status == 0
    assert server.requests[1].startswith("GET /a%0d%0aX-Evil:%201 HTTP/1.1\r\nHost: ")
    assert set(server.find_headers(1)) == set(server.find_headers(0))


SECRETS = ("-H", "Authorization: Bearer x", "-b", "a=b", "-H", "X-Kept: 1")


def test_same_origin():
    """What was meant for a server goes to all its paths."""
    with Answering({"/": redirect("/there")}) as server:
        assert listen(server, "-L", *SECRETS).status == 0
    for index in (0, 1):
        headers = server.find_headers(index)
        assert headers["authorization"] == "Bearer x"
        assert (headers["cookie"], headers["x-kept"]) == ("a=b", "1")


@pytest.mark.parametrize(
    ("options", "userinfo", "dropped"),
    [
        pytest.param(
            ("-H", "authorization: x", "-H", "Host: h"),
            "",
            "Cookie, authorization, Host",
            id="header",
        ),
        pytest.param(("-u", "me:pw"), "", "Authorization, Cookie", id="user"),
        pytest.param(("--bearer", "x"), "", "Authorization, Cookie", id="bearer"),
        pytest.param((), "me:pw@", "Authorization, Cookie", id="userinfo"),
    ],
)
def test_other_origin(options, userinfo, dropped):
    """Credentials don't go to another port; what is missing is told if it's refused."""
    refusal = respond("401 Unauthorized", body=b"who?")
    with Answering({"/x": refusal}) as other, Answering() as server:
        server.answers["/"] = redirect(f"{other.url}/x")
        url = f"ws://{userinfo}{server.target}/"
        outcome = run("listen", url, "-L", *options, "-b", "a=b", "-H", "X-Kept: 1")
    assert outcome.mask(other.target, "OTHER") == Outcome(
        5,
        b"",
        f"{REFUSED}401 Unauthorized (at ws://OTHER/x, after 1 redirect to another "
        f"origin, without {dropped})\n  who?\n",
    )
    assert {"authorization", "cookie"} <= set(server.find_headers())
    there = other.find_headers()
    assert {"authorization", "cookie"}.isdisjoint(there)
    assert (there["host"], there["x-kept"]) == (other.target, "1")


def test_stored_credentials(tmp_path):
    """Netrc and cookie files are searched anew for each place."""
    netrc, cookies = tmp_path / "netrc", tmp_path / "cookies"
    netrc.write_text(
        "machine 127.0.0.1 login one password a\n"
        "machine localhost login two password b\n"
    )
    cookies.write_text(
        "127.0.0.1\tFALSE\t/\tFALSE\t0\ta\t1\nlocalhost\tFALSE\t/\tFALSE\t0\tb\t2\n"
    )
    with Answering() as server:
        server.answers["/"] = redirect(f"http://localhost:{server.port}/there")
        files = ("--netrc-file", str(netrc), "-b", str(cookies))
        assert listen(server, "-L", *files).status == 0
    first, second = server.find_headers(0), server.find_headers(1)
    assert (first["authorization"], first["cookie"]) == ("Basic b25lOmE=", "a=1")
    assert (second["authorization"], second["cookie"]) == ("Basic dHdvOmI=", "b=2")


def test_verbose():
    """-v shows each request and response, where each redirect leads, and what stays."""
    with Answering() as server:
        server.answers["/"] = redirect(f"http://localhost:{server.port}/x?y")
        outcome = listen(server, "-L", "-v", "-u", "me:pw")
    told = [
        line
        for line in outcome.stderr.splitlines()
        if line[0] not in "><" and not line.startswith("* connected to ")
    ]
    assert told == [
        f"* HTTP 302 leads to ws://localhost:{server.port}/x?y",
        "* another origin, so these are left out: Authorization",
        "* offered: no subprotocol; permessage-deflate; client_max_window_bits",
        "* agreed: no subprotocol; no extension",
        CLOSED.rstrip("\n"),
    ]
    assert outcome.stderr.count("* connected to ") == 2
    assert outcome.stderr.count("> GET /") == 2
    assert outcome.stderr.count("< HTTP/1.1 ") == 2
