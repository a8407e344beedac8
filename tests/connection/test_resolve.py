"""Name look-ups."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from wstool.connection.resolve import Address, resolve


IPV4 = Address(socket.AF_INET, ("127.0.0.1", 80))
IPV6 = Address(socket.AF_INET6, ("::1", 80, 0, 0))


def look_up(host, port=80):
    """Resolve a host."""
    return asyncio.run(asyncio.wait_for(resolve(host, port), 10))


@pytest.fixture(name="resolver")
def replace_resolver(monkeypatch):
    """Replace the system's resolver, for names only; give what is asked of it."""
    asked = []
    answers = {}
    system = socket.getaddrinfo

    def getaddrinfo(host, port, family=0, type=0, flags=0):
        if flags & socket.AI_NUMERICHOST:
            return system(host, port, family=family, type=type, flags=flags)
        asked.append((host, port, threading.current_thread().daemon))
        answer = answers[host]
        if isinstance(answer, Exception):
            raise answer
        found = answer() if callable(answer) else answer
        return [info for info in found if family in (socket.AF_UNSPEC, info[0])]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked, answers


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        pytest.param("127.0.0.1", [IPV4], id="ipv4"),
        pytest.param("::1", [IPV6], id="ipv6"),
    ],
)
def test_numbers_need_no_resolver(resolver, host, addresses):
    """An address is taken as it is, on the spot."""
    assert look_up(host) == addresses
    assert resolver[0] == []


def test_name(resolver):
    """A name gives all its addresses, in the resolver's order, from a daemon thread."""
    asked, answers = resolver
    answers["both.example"] = [
        (IPV6.family, socket.SOCK_STREAM, 6, "", IPV6.sockaddr),
        (IPV4.family, socket.SOCK_STREAM, 6, "", IPV4.sockaddr),
    ]

    assert look_up("both.example") == [IPV6, IPV4]
    assert asked == [("both.example", 80, True)]


@pytest.mark.parametrize("address", [IPV4, IPV6])
def test_family(resolver, address):
    """Of a name with addresses of both families those are given that were asked for."""
    resolver[1]["both.example"] = [
        (each.family, socket.SOCK_STREAM, 6, "", each.sockaddr) for each in (IPV4, IPV6)
    ]
    found = asyncio.run(resolve("both.example", 80, family=address.family))

    assert found == [address]


def test_family_of_a_number():
    """An address of another family does not resolve."""
    with pytest.raises(socket.gaierror):
        asyncio.run(resolve("127.0.0.1", 80, family=socket.AF_INET6))


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        pytest.param(socket.gaierror(-2, "unknown"), "[Errno -2] unknown", id="name"),
        pytest.param(
            UnicodeError("label too long"), "label too long", id="not-encodable"
        ),
    ],
)
def test_failure(resolver, problem, text):
    """A name that doesn't resolve raises OSError, whatever the resolver raises."""
    resolver[1]["bad.example"] = problem

    with pytest.raises(OSError) as caught:
        look_up("bad.example")
    assert str(caught.value) == text


def test_resolver_that_hangs(run, resolver):
    """A time limit holds while the resolver hangs, and its late answer does no harm."""
    release, threads = threading.Event(), []

    def hang():
        threads.append(threading.current_thread())
        release.wait(10)
        return []

    resolver[1]["slow.example"] = hang

    async def scenario():
        looking_up = asyncio.ensure_future(resolve("slow.example", 80))
        _, waiting = await asyncio.wait([looking_up], timeout=0.05)
        looking_up.cancel()
        release.set()
        await asyncio.to_thread(threads[0].join, 10)
        await asyncio.sleep(0)
        return len(waiting)

    assert run(scenario()) == 1


def test_answer_after_the_loop(resolver):
    """An answer that comes when the loop is closed is dropped, without a trace."""
    release, threads = threading.Event(), []

    def hang():
        threads.append(threading.current_thread())
        release.wait(10)
        return []

    resolver[1]["slow.example"] = hang
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(resolve("slow.example", 80), 0.05))

    release.set()
    threads[0].join(10)

    assert not threads[0].is_alive()
