"""Connecting to the address that answers first."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack

import pytest

from wstool.connection.race import connect_first
from wstool.connection.resolve import Address


pytestmark = pytest.mark.usefixtures("descriptors")


def make_address(sock):
    """Make the address of a listening socket."""
    return Address(sock.family, sock.getsockname())


@pytest.fixture(name="sockets")
def make_sockets():
    """Collect what is closed in the end."""
    with ExitStack() as stack:
        yield stack


def listen(sockets, host="127.0.0.1"):
    """Listen on a free port; give its address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = sockets.enter_context(socket.create_server((host, 0), family=family))
    return make_address(listener)


def refuse():
    """Give an address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return make_address(unused)


def swallow(sockets):
    """Give an address where nobody answers: its backlog is full."""
    listener = sockets.enter_context(socket.socket())
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    for _ in range(3):
        filler = sockets.enter_context(socket.socket())
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
    return make_address(listener)


def connect(run, *addresses, head_start=0.05):
    """Connect to one of several addresses; give which it is."""

    async def scenario():
        with await connect_first(list(addresses), head_start=head_start) as sock:
            return addresses.index(Address(sock.family, sock.getpeername()))

    return run(scenario())


def test_first_address(run, sockets):
    """The first address that answers is taken."""
    assert connect(run, listen(sockets)) == 0
    assert connect(run, listen(sockets), listen(sockets)) == 0


def test_refused_address(run, sockets):
    """An address that refuses costs nothing: the next one is tried at once."""
    addresses = [refuse(), refuse(), listen(sockets)]

    assert connect(run, *addresses, head_start=1000) == 2


def test_unknown_family(run, sockets):
    """An address of a family that the system doesn't have is passed over."""
    unknown = Address(socket.AF_APPLETALK, ("1.1", 1))

    assert connect(run, unknown, listen(sockets)) == 1


def test_address_where_nobody_answers(run, sockets):
    """An address where nobody answers costs its head start, and no more."""
    assert connect(run, swallow(sockets), listen(sockets)) == 1
    assert connect(run, swallow(sockets), refuse(), listen(sockets)) == 2


def test_families_take_turns(run, sockets):
    """The second address is one of the other family, whatever the resolver says."""
    addresses = [refuse(), swallow(sockets), listen(sockets, "::1")]

    assert connect(run, *addresses, head_start=1000) == 2


def test_order_of_families(run, sockets):
    """What the resolver puts first comes first."""
    ipv4, ipv6 = listen(sockets), listen(sockets, "::1")

    assert connect(run, ipv6, ipv4) == 0
    assert connect(run, ipv4, ipv6) == 0


def test_all_fail(run):
    """When all addresses fail, each is named with its error."""
    unknown = Address(socket.AF_APPLETALK, ("1.1", 1))

    with pytest.raises(OSError) as caught:
        connect(run, refuse(), unknown)
    assert str(caught.value) == (
        "127.0.0.1: connection refused, 1.1: address family not supported by protocol"
    )
    with pytest.raises(ConnectionRefusedError):
        connect(run, refuse())


def test_many_fail(run):
    """Of very many addresses only some are named."""
    with pytest.raises(OSError) as caught:
        connect(run, *(refuse() for _ in range(20)))
    problems = str(caught.value).split(", ")
    assert problems == ["127.0.0.1: connection refused"] * 8 + ["and 12 more"]


def test_failure_makes_way(run, sockets):
    """An address that fails doesn't use up its head start."""
    addresses = [refuse(), refuse(), listen(sockets)]

    assert connect(run, *addresses, head_start=1000) == 2


def test_bind(run, sockets):
    """Each socket connects from where it is told to."""
    seen = []

    async def scenario():
        addresses = [refuse(), listen(sockets)]
        with await connect_first(addresses, bind=seen.append) as sock:
            return sock

    sock = run(scenario())
    assert len(seen) == 2
    assert seen[1] is sock


def test_no_address(run):
    """Without an address there is nothing to connect to."""
    with pytest.raises(OSError, match="the name has no address"):
        connect(run)


def test_losers_are_given_up(run, sockets):
    """Once an address has answered, the others are not tried any more."""
    addresses = [swallow(sockets), swallow(sockets), listen(sockets)]

    async def scenario():
        before = len(asyncio.all_tasks())
        with await connect_first(addresses, head_start=0.01):
            for _ in range(3):
                await asyncio.sleep(0)
            return len(asyncio.all_tasks()) - before

    assert run(scenario()) == 0


@pytest.mark.parametrize("answers", [True, False], ids=["answers", "is-silent"])
@pytest.mark.parametrize("turns", range(6))
def test_giving_up(run, sockets, turns, answers):
    """Whoever gives up, at whatever moment, leaves no socket open."""
    first = listen(sockets) if answers else swallow(sockets)
    addresses = [first, listen(sockets), listen(sockets)]

    async def scenario():
        connecting = asyncio.ensure_future(connect_first(addresses, head_start=0))
        for _ in range(turns):
            await asyncio.sleep(0)
        if not connecting.cancel():
            connecting.result().close()
        await asyncio.wait([connecting])

    run(scenario())
