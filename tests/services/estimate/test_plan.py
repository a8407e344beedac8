"""The plan: figures that can be computed by hand."""

from __future__ import annotations

import pytest

from wstool.services.estimate.constants import list_defaults
from wstool.services.estimate.message import Packed
from wstool.services.estimate.plan import Load, make_plan


BARE = Load(
    connections=1000,
    rate_up=1,
    rate_down=0.5,
    fan_out=10,
    size=100,
    peak=2,
    poll_interval=10,
    tls=False,
)
# Nothing but the messages.
QUIET = {"ping_interval": 0, "connection_lifetime": 1e15}


def plan_for(load=BARE, sample=None, **constants):
    """Make a plan; give its figures by name, those of WebSocket and of polling."""
    plan = make_plan(load, {**list_defaults(), **QUIET, **constants}, sample)
    return tuple(
        {figure.name: figure.value for figure in (*plan.common, *figures)}
        for figures in (plan.websocket, plan.polling)
    )


def test_messages():
    """What clients send fans out; what the server sends of its own comes on top."""
    figures, _ = plan_for()

    assert figures["messages_in"] == 1000
    assert figures["deliveries"] == 10_000
    assert figures["messages_out"] == 10_500


def test_bandwidth():
    """Acknowledgements travel against the messages; the peak multiplies both."""
    figures, _ = plan_for()

    up = 1000 * (106 + 52) + 10_500 * 52
    down = 10_500 * (102 + 52) + 1000 * 52
    assert figures["up"] == pytest.approx(up)
    assert figures["down"] == pytest.approx(down)
    assert figures["up_peak"] == pytest.approx(2 * up)
    assert figures["down_peak"] == pytest.approx(2 * down)


@pytest.mark.parametrize("tls", [False, True])
def test_layers(tls):
    """The layers add up to the whole."""
    load = BARE._replace(tls=tls)
    figures, _ = plan_for(load, ping_interval=20, connection_lifetime=60)

    names = ("payload", "framing", "tls", "tcp", "keepalive", "opening")
    for side in ("up", "down"):
        assert figures[side] == pytest.approx(
            sum(figures[f"{name}_{side}"] for name in names)
        )
    assert (figures["tls_up"] > 0) is tls


def test_keepalive():
    """A ping has 2 bytes, a pong 6, each in a segment; the pong is acknowledged."""
    figures, _ = plan_for(ping_interval=20)

    assert figures["pings"] == 50
    assert figures["keepalive_up"] == 50 * (6 + 52)
    assert figures["keepalive_down"] == 50 * (2 + 2 * 52)


def test_openings():
    """A connection is opened anew once in its lifetime; so much is what polls don't."""
    figures, _ = plan_for(connection_lifetime=100)

    assert figures["openings"] == figures["requests"] == 10
    assert figures["opening_up"] == 10 * (550 + 5 * 52)
    assert figures["opening_down"] == 10 * (129 + 5 * 52)


def test_cpu():
    """A message that fans out costs less than one by itself; bytes cost, too."""
    figures, _ = plan_for(cpu_per_message=10, cpu_per_delivery=2, cpu_per_mb=100)

    assert figures["cpu_messages"] == pytest.approx(2 * 1500 * 10e-6)
    assert figures["cpu_fan_out"] == pytest.approx(2 * 10_000 * 2e-6)
    assert figures["cpu_payload"] == pytest.approx(2 * 11_500 * 100 * 100e-12)
    assert figures["cpu_tls"] == figures["cpu_deflate"] == 0


def test_memory():
    """A connection's memory has the process's, the kernel's, TLS's and the windows'."""
    takeover = BARE._replace(tls=True, deflate="takeover")
    plain, _ = plan_for()
    full, polled = plan_for(takeover)

    assert plain["connection_memory"] == 2700 + 4096
    windows = (1 << 17) + (1 << 17) + (1 << 15) + 7000
    assert full["connection_memory"] == 2700 + 4096 + 24000 + windows
    assert polled["connection_memory"] == 2700 + 4096 + 24000
    assert plain["memory"] == 1000 * plain["connection_memory"]


def test_window_bits():
    """A smaller window takes less memory."""
    load = BARE._replace(deflate="takeover")
    figures, _ = plan_for(load, window_bits=9, memory_level=1)

    assert figures["window_memory"] == (1 << 11) + (1 << 10) + (1 << 9) + 7000


def test_deflate_once():
    """Messages by themselves are compressed once for all; with a window, for each."""
    load = BARE._replace(size=2000)
    once, _ = plan_for(load._replace(deflate="message"))
    each, _ = plan_for(load._replace(deflate="takeover"))

    assert once["compressions"] == 500 + 1000
    assert each["compressions"] == 500 + 10_000
    assert once["cpu_deflate"] < each["cpu_deflate"]


@pytest.mark.parametrize(
    ("constants", "reason"),
    [
        pytest.param({"cores_per_server": 0.1}, "by_cpu", id="cpu"),
        pytest.param({"memory_per_server": 45e6}, "by_memory", id="memory"),
        pytest.param({"network_per_server": 2}, "by_network", id="network"),
        pytest.param({"connections_per_server": 100}, "by_connections", id="count"),
    ],
)
def test_servers(constants, reason):
    """The scarcest resource says how many servers there are, besides the spare ones."""
    figures, _ = plan_for(**constants, spare_servers=2)

    wanted = max(figures, key=lambda name: figures[name] * name.startswith("by_"))
    assert wanted == reason
    assert figures["servers"] - 2 - figures[reason] == pytest.approx(0.5, abs=0.5)
    assert figures["servers"] >= 3


def test_used():
    """What is used is told of all servers, spare ones included."""
    figures, _ = plan_for(connections_per_server=100, spare_servers=10)

    assert figures["servers"] == 20
    assert figures["used_connections"] == 50
    assert figures["used_cpu"] == pytest.approx(100 * figures["cores"] / (20 * 4))


def test_cost():
    """Servers are paid by their cores and memory, traffic by what is sent."""
    figures, _ = plan_for(price_core=10, price_memory=1, price_gb=0.5)

    assert figures["servers"] == 2
    assert figures["cost_servers"] == 2 * (4 * 10 + 16 * 1)
    assert figures["traffic"] == pytest.approx(figures["down"] * 2629800 / 1e9)
    assert figures["cost"] == pytest.approx(112 + 0.5 * figures["traffic"])


def test_polling():
    """Polls come whether there is something or not; each message sent is a request."""
    _, figures = plan_for()

    assert figures["requests"] == 100 + 1000
    assert figures["waiting"] == 105
    assert figures["answer"] == 250 + 105 * 101
    up = 100 * (500 + 52 * (1 + 4)) + 1000 * (600 + 2 * 52)
    down = 100 * (250 + 105 * 101 + 8 * 52) + 1000 * (250 + 52)
    assert (figures["up"], figures["down"]) == (up, down)


def test_polling_latency():
    """A message waits for the next poll: half an interval on average, all at worst."""
    websocket, polling = plan_for(network_rtt=0.1)

    assert websocket["latency_mean"] == websocket["latency_worst"] == 0.05
    assert polling["latency_mean"] == pytest.approx(5.05)
    assert polling["latency_worst"] == pytest.approx(10.05)


def test_sample():
    """A sample stands for the size."""
    sample = [Packed(50, 50, False), Packed(150, 150, False)]
    figures, _ = plan_for(sample=sample)

    assert figures["payload_up"] == 1000 * 100
    assert figures["framing_up"] == 1000 * (6 + 8) / 2


def test_idle():
    """Nothing sent is nothing divided by: a plan comes out all the same."""
    load = Load(connections=1, rate_up=0, fan_out=0, size=0)
    plan = make_plan(load)

    assert plan.websocket[-1].value > 0
