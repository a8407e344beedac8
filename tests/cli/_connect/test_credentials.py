"""What of a request is meant for one server only."""

from __future__ import annotations

from wstool.cli._connect.credentials import without_credentials
from wstool.cli._credentials import Credentials
from wstool.cli._request import HeaderFile, RequestArguments


def test_nothing_to_drop():
    """A request without credentials stays as it is."""
    request = RequestArguments(headers=(("X-Trace", "1"),), origin="http://x")

    assert without_credentials(request) == (request, [])


def test_everything_is_dropped():
    """Whatever may prove who we are stays behind, and is named; netrc has hosts."""
    request = RequestArguments(
        headers=(
            ("X-Trace", "1"),
            ("cookie", "a=b"),
            ("X-Api-Key", "3f8a"),
            ("Proxy-Authorization", "Basic eA=="),
            ("Authorization", None),
            HeaderFile("headers"),
        ),
        header_command="make-token",
        credentials=Credentials(lambda: "a:b", "token", ("a=b",), "netrc"),
        subprotocols=("chat",),
    )

    rest, dropped = without_credentials(request)
    assert rest == RequestArguments(
        headers=(("X-Trace", "1"),),
        credentials=Credentials(netrc="netrc"),
        subprotocols=("chat",),
    )
    assert dropped == [
        *("credentials and files of -H", "-u", "--bearer", "-b", "--header-command")
    ]
