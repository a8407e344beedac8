"""`serve --fault`: each fault, as `inspect` and its user see it."""

from __future__ import annotations

import re
from signal import SIGTERM

import pytest

from wstool.cli._serve.faults import FAULT_HELP
from wstool.connection.faults.options import FAULTS

from support.command import run, serving


# For what never comes.
IMPATIENT = ("--reply-timeout", "0.5", "--close-timeout", "0.5")


def inspect(*faults, message="zwölf", options=()):
    """Inspect one message to a server with faults; give the outcome and the log."""
    arguments = [word for fault in faults for word in ("--fault", fault)]
    with serving(*arguments, "--seed", "1", "--close-timeout", "1") as (url, running):
        outcome = run(
            *("inspect", "--format", "summary", "-n", "1", "-d", message),
            *(*options, url),
        )
        running.wait_for_stderr(b"closed")
        running.send_signal(SIGTERM)
        log = running.wait().stderr
    return outcome, log


@pytest.mark.parametrize(
    ("fault", "status", "shown"),
    [
        ("delay", 0, "< text"),
        ("jitter=50ms", 0, "< text"),
        ("drop", 124, "timed out waiting for a reply"),
        ("duplicate", 0, "< text"),
        ("reorder", 0, "< text"),
        ("truncate", 8, "4 bytes of the frame missing"),
        ("drip=100", 0, "< text"),
        ("fragment=2", 0, "< continuation"),
        ("split-utf8", 0, r"zw\xc3"),
        ("bad-utf8", 7, "RFC 6455, 8.1: text message is not valid UTF-8 at byte 2"),
        ("masked", 7, "RFC 6455, 5.1: server frame is masked"),
        ("rsv=3", 7, "RFC 6455, 5.2: RSV3 set"),
        ("bad-opcode=15", 7, "RFC 6455, 5.2: opcode 0xf is reserved"),
        ("long-length", 7, "RFC 6455, 5.2: payload length 6 spelled with 64 bits"),
        ("oversize-control", 7, "RFC 6455, 5.5: ping frame has 126 bytes"),
        ("half-open", 124, "timed out waiting for a reply"),
        ("reset", 8, "connection reset by peer"),
        ("fin", 8, "the peer ended the stream"),
        ("close", 9, "the peer closed the connection: 1011 (internal error)"),
        ("close=1006", 7, "RFC 6455, 7.4: close code 1006 must not be sent"),
        ("close-after", 0, "the peer closed the connection: 1000"),
        ("no-close-reply", 124, "timed out waiting for the peer's close frame"),
        ("bad-accept", 6, "header Sec-WebSocket-Accept should be"),
        ("wrong-subprotocol", 6, "subprotocol 'never-offered' wasn't offered"),
        ("reject=429", 5, "HTTP 429 Too Many Requests"),
        ("slow-handshake=300ms", 0, "< text"),
    ],
)
def test_fault(fault, status, shown):
    """A fault ends the client with its status, is shown, and stands in the log."""
    outcome, log = inspect(fault, options=IMPATIENT if status == 124 else ())
    assert outcome.status == status, outcome
    assert shown in outcome.stdout.decode() + outcome.stderr
    name = fault.partition("=")[0]
    if name != "drip":
        assert re.search(rf" faults: {name}$", log, re.MULTILINE), log


def test_no_pong():
    """Pings are not answered: the client gives the server up."""
    outcome, log = inspect(
        *("no-pong", "drop"),
        options=(
            *("--ping-interval", "0.2", "--ping-timeout", "0.2"),
            *("-n", "2", "--reply-timeout", "20"),
        ),
    )
    assert outcome.status == 124
    assert "timed out waiting for a pong (--ping-timeout 0.2 s)" in outcome.stderr
    assert "no-pong" in log


def test_ping_flood():
    """Pings come in numbers."""
    outcome, log = inspect("ping-flood=500", "drop", options=IMPATIENT)
    assert outcome.stdout.count(b"< ping") >= 50
    assert "ping-flood × " in log


def test_same_seed():
    """The first log line says how to have the same run again, and it is the same."""
    seen = []
    for seed in ("7", "7", "8"):
        with serving("--fault", "drop", "--fault-rate", "0.5", "--seed", seed) as (
            url,
            running,
        ):
            lines = b"".join(b"%d\n" % number for number in range(64))
            seen.append(run("send", url, "--linger", "0.3", stdin=lines).stdout)
            running.wait_for_stderr(b"(--fault-rate 0.5 --seed %s)" % seed.encode())
    assert seen[0] == seen[1] != seen[2]
    assert 10 < seen[0].count(b"\n") < 54


def test_seed_is_told():
    """Without a seed it takes one, and says which."""
    with serving("--fault", "delay=1s") as (_, running):
        running.wait_for_stderr(b"\n")
        line = running.stderr.decode()
    assert re.fullmatch(
        r"wstool: faults: delay=1 \(--fault-rate 1 --seed \d+\), "
        r"without compression\n",
        line,
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--fault", "dro"), "there is no fault 'dro'. Did you mean drop"),
        (("--fault", "zzz"), "there is no fault 'zzz'."),
        (("--fault", "drop=1"), "drop takes no value."),
        (("--fault", "delay=soon"), "delay: 'soon' isn't a time, such as 100ms or 2s"),
        (("--fault", "close=70000"), "close: 70000 is not in the range 0<=x<=65535."),
        (("--fault", "rsv=4"), "rsv: 4 is not in the range 1<=x<=3."),
        (("--fault-rate", "0.5"), "--fault-rate needs --fault."),
        (("--seed", "7"), "--seed needs --fault or --profile."),
        (("--fault", "drop", "--fault-rate", "2"), "2.0 is not in the range 0<=x<=1."),
    ],
)
def test_usage(arguments, problem):
    """A fault that doesn't exist, or a value that it can't have, is named."""
    outcome = run("serve", "--port", "0", *arguments)
    assert outcome.status == 2
    assert problem in outcome.stderr


def test_help():
    """The help explains each fault in a line."""
    names = [re.match(r"([\w-]+)(\[=\S+\])?$", term)[1] for term, _ in FAULT_HELP]
    assert sorted(names) == sorted(FAULTS)
    shown = run("serve", "--help", environment={"COLUMNS": "100"}).stdout.decode()
    lines = [re.split(" {2,}", line.strip(), maxsplit=1) for line in shown.splitlines()]
    assert all([term, text] in lines for term, text in FAULT_HELP)


@pytest.mark.parametrize(
    ("fault", "status"), [("masked", 7), ("fin", 8), ("reset", 8), ("duplicate", 0)]
)
def test_tls(fault, status, tmp_path):
    """Faults strike inside of TLS."""
    environment = {"XDG_DATA_HOME": str(tmp_path)}
    with serving("--tls", "--fault", fault, environment=environment) as (url, _):
        authority = str(tmp_path / "wstool" / "ca.pem")
        outcome = run("send", "-n", "1", "--cacert", authority, url, "x")
    assert outcome.status == status, outcome
