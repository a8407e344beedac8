"""Two servers and a real Redis: one broadcast, whatever goes away in the middle."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import ExitStack
from signal import SIGKILL, SIGTERM
from urllib.request import urlopen

import pytest

from support.command import run, serving, start
from support.redis import running_redis
from support.subscribers import Publisher, Subscriber, read_numbers


COUNT = 100_000
CLIENTS = 100
# The opening of an object with an id takes most of a message's bytes.
LEAST_SIZE = 50

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]


@pytest.fixture(name="redis")
def run_redis(tmp_path):
    """Run a Redis."""
    with running_redis(tmp_path) as server:
        yield server


def port_of(url):
    """Find the port in a URL."""
    return int(re.search(r":(\d+)/", url)[1])


class Scene:
    """Two servers, and clients on both."""

    def __init__(self, stack, redis):
        """Start two servers."""
        arguments = ("broadcast", "--bus", redis.url, "--ids", "--keep", "200000")
        served = [stack.enter_context(serving(*arguments)) for _ in range(2)]
        self.servers = [running for _, running in served]
        self.ports = [port_of(url) for url, _ in served]
        self.clients = []

    async def gather(self):
        """Let the clients come, half of them to each server."""
        self.clients = [Subscriber(keep=number < 2) for number in range(CLIENTS)]
        for number, client in enumerate(self.clients):
            await client.come(self.ports[number % 2])

    async def until_size(self, size, clients=None):
        """Wait until all clients have got so many bytes."""
        while min(client.size for client in clients or self.clients) < size:
            await asyncio.sleep(0.01)

    async def until_complete(self):
        """Wait until every client has the last message."""
        for number, first in enumerate(self.clients[:2]):
            while not first.data.endswith(b'"data":"%06d"}' % (COUNT - 1)):
                await asyncio.sleep(0.05)
            await self.until_size(first.size, self.clients[number::2])

    def check(self, *, same_ids=True):
        """Check that every client got everything, in order, and nothing twice."""
        for number, first in enumerate(self.clients[:2]):
            ids, numbers = read_numbers(first.data)
            assert numbers == list(range(COUNT))
            assert ids == sorted(set(ids))
            theirs = {client.digest for client in self.clients[number::2]}
            assert theirs == {first.digest}
        assert not same_ids or self.clients[0].digest == self.clients[1].digest


def play(redis, disturb, **check):
    """Let 100,000 messages go to 100 clients, and disturb that in the middle."""

    async def scenario(scene):
        publisher = await Publisher.open(scene.ports[0])
        try:
            await scene.gather()
            speaking = asyncio.ensure_future(publisher.say(0, COUNT))
            await disturb(scene)
            await speaking
            await scene.until_complete()
            scene.check(**check)
        finally:
            for client in (publisher, *scene.clients):
                client.leave()

    with ExitStack() as stack:
        scene = Scene(stack, redis)
        asyncio.run(asyncio.wait_for(scenario(scene), 240))
        return [running.stderr.decode() for running in scene.servers]


def test_complete_and_in_order(redis):
    """100,000 messages reach 100 clients on two servers, complete and in order."""

    async def nothing(scene):
        return

    play(redis, nothing)


def test_server_killed(redis):
    """The clients of a server that is killed come back to the other one."""

    async def kill(scene):
        theirs = scene.clients[1::2]
        await scene.until_size(COUNT // 4 * LEAST_SIZE, theirs)
        scene.servers[1].send_signal(SIGKILL)
        while any(client.is_connected for client in theirs):
            await asyncio.sleep(0.01)
        for client in theirs:
            await client.come(scene.ports[0])

    play(redis, kill)


@pytest.mark.parametrize("number", [SIGTERM, SIGKILL])
def test_redis_restarted(redis, number):
    """While Redis is away clients stay; what was said meanwhile comes in order."""

    async def restart(scene):
        await scene.until_size(COUNT // 4 * LEAST_SIZE)
        redis.stop(number)
        await asyncio.sleep(0.5)
        assert all(client.is_connected for client in scene.clients)
        redis.start()

    # What was not yet on the disk when it was killed is published again, with new ids.
    for log in play(redis, restart, same_ids=number is not SIGKILL):
        assert "is away, so messages wait: " in log
        assert "is back\n" in log


def test_redis_that_forgets(redis):
    """Even if Redis comes back empty, what it had confirmed is said again."""

    async def forget(scene):
        await scene.until_size(COUNT // 4 * LEAST_SIZE)
        redis.stop(SIGTERM)
        for file in redis.folder.rglob("*"):
            if file.is_file():
                file.unlink()
        redis.start()

    # What one server had read already, and the other one not, has another id there.
    play(redis, forget, same_ids=False)


def test_history_outlives_servers(redis):
    """History and ids are in the stream: a new server has them all."""
    options = ("broadcast", "--bus", redis.url, "--ids", "--include-sender")
    with serving(*options) as (url, _):
        said = run("send", "-n", "2", url, "one", "two").stdout
    first = re.search(rb'"id":"([^"]+)"', said)[1].decode()
    with serving(*options, "--history", "1") as (url, _):
        assert (
            run("listen", "-n", "1", f"{url}?since={first}").stdout
            == (said.splitlines(keepends=True)[1])
        )
        assert run("listen", "-n", "1", url).stdout == said.splitlines(True)[1]
        assert run("listen", "-n", "2", f"{url}?since=0").stdout == said
        gone = run("listen", "-n", "1", f"{url}?since=1-1").stdout
        assert gone.startswith(b'{"type":"gone","since":"1-1","oldest":')


def test_rooms(redis):
    """Rooms reach over servers too, and don't mix."""
    with (
        serving("rooms", "--bus", redis.url, "--history", "9") as (one, _),
        serving("rooms", "--bus", redis.url, "--history", "9") as (two, _),
    ):
        run("send", "--linger", "0.5", f"{one}a", "to a")
        run("send", "--linger", "0.5", f"{one}b", "to b")
        assert run("listen", "-n", "1", f"{two}a").stdout == b"to a\n"
        assert run("listen", "-n", "1", f"{two}b").stdout == b"to b\n"


def test_plain_broadcast(redis):
    """Without ids messages are as they were said, and go to all but who said them."""
    with (
        serving("broadcast", "--bus", redis.url) as (one, _),
        serving("broadcast", "--bus", redis.url) as (two, running),
        start("listen", "-n", "2", two) as listener,
    ):
        running.wait_for_stderr(b"opened")
        sent = run("send", "--linger", "0.5", one, "a", "b")
        assert sent.stdout == b""
        assert listener.wait().stdout == b"a\nb\n"


def test_bounded_stream(redis):
    """The stream keeps what it is told to keep, and little more."""
    with serving("broadcast", "--bus", redis.url, "--keep", "100") as (url, _):
        lines = b"".join(b"%d\n" % number for number in range(5000))
        run("send", "--linger", "0.5", url, stdin=lines)
        length = int(redis.tell("XLEN wstool").strip(b":\r\n"))
    assert 100 <= length < 1000


def test_no_redis(redis):
    """Without a Redis it doesn't start: status 3, and the reason."""
    redis.stop()
    outcome = run("serve", "broadcast", "--port", "0", "--bus", redis.url)
    assert outcome.status == 3
    assert outcome.stdout == b""
    assert f"can't connect to {redis.url}: " in outcome.stderr
    assert "refused" in outcome.stderr


def test_wrong_key(redis):
    """A key that is no stream is named as what it is."""
    redis.tell("SET wstool x")
    outcome = run("serve", "broadcast", "--port", "0", "--bus", redis.url)
    assert outcome.status == 3
    assert "wrong kind of value" in outcome.stderr


def test_health(redis):
    """Whether Redis is there, and how much waits, is shown in /healthz."""
    with serving("broadcast", "--bus", redis.url, "--history", "5") as (url, running):
        run("send", "--linger", "0.5", url, "a")
        assert ask_health(url)["bus"] == {"state": "connected", "waiting": 0, "lost": 0}
        assert ask_health(url)["history"]["messages"] == 1
        redis.stop(SIGKILL)
        running.wait_for_stderr(b"is away")
        run("send", "--linger", "0", url, "b", "c")
        away = ask_health(url)["bus"]
        redis.start()
        running.wait_for_stderr(b"is back")
        assert run("listen", "-n", "3", url).stdout == b"a\nb\nc\n"
    assert (away["state"], away["waiting"], away["lost"]) == ("away", 2, 0)
    assert "connect" in away["problem"].lower()


def ask_health(url):
    """Ask a server how it is."""
    with urlopen(url.replace("ws://", "http://") + "healthz", timeout=10) as answer:
        return json.load(answer)


def test_workers(redis):
    """The workers of one server are one through the bus too."""
    options = ("broadcast", "--bus", redis.url, "--workers", "2")
    with serving(*options) as (url, running):
        for number in range(8):
            with start("listen", "-n", "1", url) as listener:
                running.wait_for_stderr(b"opened", times=2 * number + 1)
                run("send", "--linger", "0.3", url, "x")
                assert listener.wait().stdout == b"x\n"


def test_stopped_while_redis_is_away(redis):
    """A server that can't publish any more says how much is lost, and ends."""
    with serving("broadcast", "--bus", redis.url) as (url, running):
        redis.stop(SIGKILL)
        running.wait_for_stderr(b"is away")
        run("send", "--linger", "0", url, "a", "b")
        running.send_signal(SIGTERM)
        outcome = running.wait(10)
    assert outcome.status == 0
    assert "2 messages could not be published\n" in outcome.stderr
