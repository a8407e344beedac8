"""Several processes that serve the same ports."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
from pathlib import Path
from urllib.request import urlopen

import pytest

from wstool.cli._serve.workers import reserve_ports
from wstool.errors import ConnectFailed

from support.command import Outcome, run, serving
from support.frames import decode_frames
from support.raw_client import REQUEST, connect, mask_ports, open_client


def find_children(running):
    """Find the worker processes."""
    pid = running.process.pid
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def test_workers_share_a_port():
    """There are as many processes as asked for, and each gets connections."""
    with serving("-q", "--workers", "2") as (url, running):
        port = url.rsplit(":", 1)[1].rstrip("/")
        listening = {
            child
            for child in find_children(running)
            if has_socket(child, int(port)) == 1
        }
        assert run("send", url, "-n", "1", "x") == Outcome(0, b"x\n", "")
    assert len(listening) == 2


def has_socket(process, port):
    """Count the sockets with which a process listens on a port."""
    inodes = set()
    for line in Path(f"/proc/{process}/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].split(":")[1], 16) == port and fields[3] == "0A":
            inodes.add(f"socket:[{fields[9]}]")
    links = []
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        try:
            links.append(os.readlink(descriptor))
        except FileNotFoundError:
            continue
    return len(inodes & set(links))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stop(number):
    """A signal ends them all in good order, and once."""
    with serving("--workers", "2") as (url, running):
        clients = [open_client(url)[0] for _ in range(4)]
        running.send_signal(number)
        frames = [decode_frames(client.recv(100))[0] for client in clients]
        for client in clients:
            client.close()
        outcome = running.wait(10)
    assert frames == [[(0x88, b"\x03\xe9")]] * 4
    assert outcome.status == 0
    assert outcome.stdout == f"{url}\n".encode()


def test_second_signal():
    """A second signal ends them all at once."""
    with serving("-q", "--workers", "2", "--grace", "1000") as (url, running):
        client, _ = open_client(url)
        running.send_signal(signal.SIGTERM)
        client.recv(100)
        running.send_signal(signal.SIGTERM)
        assert running.wait(10).status == 143
        client.close()


def test_worker_that_is_killed():
    """A worker that is killed early ends them all, and is named."""
    with serving("--workers", "2") as (_, running):
        child = find_children(running)[0]
        os.kill(child, signal.SIGKILL)
        running.wait_for_stderr(b"SIGKILL")
        log = running.stderr.decode()
    assert re.search(rf"^wstool: worker {child} was ended by SIGKILL$", log, re.M)


def test_parent_that_is_killed():
    """Workers don't outlive their parent."""
    with serving("-q", "--workers", "2") as (_, running):
        children = find_children(running)
        running.process.kill()
        # Stdout ends with the last process that has it.
        running.wait()
    assert len(children) == 2


def test_port_in_use():
    """A port that somebody else has is no port for workers: status 3."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = run("serve", "--workers", "2", "--port", str(port))
    assert outcome == Outcome(
        3,
        b"",
        f"wstool: can't listen on 127.0.0.1:{port}: address already in use\n",
    )


def test_counts_of_all():
    """Whichever worker is asked, it tells the connections of all."""
    with serving("-q", "--workers", "3") as (url, _):
        clients = [open_client(url)[0] for _ in range(20)]
        address = url.replace("ws:", "http:")
        for _ in range(6):
            while True:
                with urlopen(f"{address}healthz", timeout=10) as answer:
                    if json.load(answer)["connections"] == 20:
                        break
        for client in clients:
            client.close()


def test_limit_of_all():
    """However connections spread over the workers, no more are taken in all."""
    with serving("-q", "--workers", "3", "--max-connections", "12") as (url, _):
        clients, statuses = [], []
        for _ in range(15):
            client = connect(url)
            client.sendall(REQUEST)
            statuses.append(client.recv(1000).split(b" ")[1])
            clients.append(client)
        assert statuses == [b"101"] * 12 + [b"503"] * 3
        for client in clients:
            client.close()
        # There is room again, whichever worker had it.
        while True:
            client = connect(url)
            client.sendall(REQUEST)
            status = client.recv(1000).split(b" ")[1]
            client.close()
            if status == b"101":
                break


def test_limits_of_each():
    """Limits that hold for each worker by itself are named at the start."""
    options = ("--max-per-ip", "5", "--connect-rate", "100")
    with serving("--workers", "2", *options) as (_, running):
        running.wait_for_stderr(b"\n")
        log = running.stderr.decode()
    assert log == (
        "wstool: --max-per-ip and --connect-rate: for each of the 2 workers by itself\n"
    )


def test_log():
    """What the workers say goes to one log."""
    with serving("--workers", "2") as (url, running):
        for _ in range(4):
            assert run("send", url, "-n", "1", "x").status == 0
        running.send_signal(signal.SIGTERM)
        lines = mask_ports(running.wait().stderr).splitlines()
    assert sorted(lines) == [
        *["wstool: CLIENT closed: 1000 (normal closure)"] * 4,
        *["wstool: CLIENT opened: /"] * 4,
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param(
            ["broadcast"],
            "the clients of broadcast have to be in one process",
            id="mode",
        ),
        pytest.param(
            ["--unix-socket", "/x"], "a Unix socket can't be shared", id="unix-socket"
        ),
    ],
)
def test_what_can_not_be_shared(arguments, problem):
    """What needs one process says so."""
    outcome = run("serve", "--workers", "2", *arguments)

    assert (outcome.status, outcome.stdout) == (2, b"")
    assert problem in outcome.stderr


def test_reservation():
    """A reserved port is free for workers, and for nobody else."""
    reservation = reserve_ports((("127.0.0.1", 0), ("::1", 0)))
    try:
        for host, port in reservation.addresses:
            with pytest.raises(ConnectFailed, match="address already in use"):
                reserve_ports(((host, port),))
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((host, port))
    finally:
        for sock in reservation.sockets:
            sock.close()
