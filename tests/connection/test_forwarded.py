"""Clients behind proxies."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from wstool.connection.forwarded import find_client, is_in


TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("host", "header", "value", "client"),
    [
        pytest.param("10.0.0.1", "X-Forwarded-For", "1.2.3.4", "1.2.3.4", id="one"),
        pytest.param(
            "10.0.0.1", "x-forwarded-for", "9.9.9.9, 1.2.3.4", "1.2.3.4", id="forged"
        ),
        pytest.param(
            "10.0.0.1",
            "X-Forwarded-For",
            "9.9.9.9, 1.2.3.4, 10.0.0.2",
            "1.2.3.4",
            id="chain",
        ),
        pytest.param(
            "10.0.0.1", "X-Forwarded-For", "10.0.0.3, 10.0.0.2", "10.0.0.3", id="inside"
        ),
        pytest.param("1.1.1.1", "X-Forwarded-For", "1.2.3.4", None, id="not-trusted"),
        pytest.param("10.0.0.1", "X-Forwarded-For", "rubbish", None, id="rubbish"),
        pytest.param(
            "10.0.0.1", "X-Forwarded-For", "1.2.3.4, rubbish", None, id="rubbish-last"
        ),
        pytest.param(
            "10.0.0.1",
            "X-Forwarded-For",
            "rubbish, 10.0.0.2",
            "10.0.0.2",
            id="rubbish-first",
        ),
        pytest.param("10.0.0.1", "X-Real-IP", "1.2.3.4", "1.2.3.4", id="real-ip"),
        pytest.param("10.0.0.1", "Forwarded", "for=1.2.3.4", "1.2.3.4", id="forwarded"),
        pytest.param(
            "10.0.0.1",
            "Forwarded",
            'for=9.9.9.9, proto=http;For="[2001:db8::1]:4711";by=x',
            "2001:db8::1",
            id="forwarded-ipv6",
        ),
        pytest.param("10.0.0.1", "Forwarded", "for=_hidden", None, id="obfuscated"),
        pytest.param("10.0.0.1", "Forwarded", "by=1.2.3.4", None, id="no-for"),
        pytest.param(
            "10.0.0.1", "X-Forwarded-For", "1.2.3.4:5000", "1.2.3.4", id="with-port"
        ),
        pytest.param(
            "::ffff:10.0.0.1",
            "X-Forwarded-For",
            "::ffff:1.2.3.4",
            "1.2.3.4",
            id="mapped",
        ),
        pytest.param(
            "fd00::1", "X-Forwarded-For", "2001:db8::1", "2001:db8::1", id="ipv6"
        ),
        pytest.param("", "X-Forwarded-For", "1.2.3.4", "1.2.3.4", id="unix-socket"),
        pytest.param("10.0.0.1", "Host", "1.2.3.4", None, id="other-header"),
    ],
)
def test_find_client(host, header, value, client):
    """The client is the first address, from the end, that no trusted proxy has."""
    assert find_client(host, [(header, value)], TRUSTED) == client


def test_which_header_counts():
    """Forwarded says most; several lines of a header are one list."""
    headers = [
        ("X-Real-IP", "1.1.1.1"),
        ("X-Forwarded-For", "2.2.2.2"),
        ("X-Forwarded-For", "3.3.3.3"),
    ]

    assert find_client("10.0.0.1", headers, TRUSTED) == "3.3.3.3"
    headers.append(("Forwarded", "for=4.4.4.4"))
    assert find_client("10.0.0.1", headers, TRUSTED) == "4.4.4.4"


def test_nobody_is_trusted():
    """Without trusted proxies nothing is believed."""
    assert find_client("10.0.0.1", [("X-Forwarded-For", "1.2.3.4")], ()) is None
    assert find_client("", [("X-Forwarded-For", "1.2.3.4")], ()) is None


def test_long_lists_are_bounded():
    """Only the last addresses of a list are looked at."""
    value = ", ".join(["1.2.3.4"] + ["10.0.0.2"] * 60)

    assert find_client("10.0.0.1", [("X-Forwarded-For", value)], TRUSTED) == "10.0.0.2"


def test_is_in():
    """What is no address is in no network."""
    assert is_in("10.1.1.1", TRUSTED)
    assert not is_in("rubbish", TRUSTED)
    assert not is_in("", TRUSTED)
