"""A plan as tables of words, whatever draws them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from wstool.cli._estimate.numbers import render_number, render_quantity
from wstool.services.estimate import Figure, Plan
from wstool.services.estimate.message import compute_message
from wstool.services.estimate.sample import Trial


__all__ = ["Table", "describe_load", "make_sample_table", "make_tables"]

_MESSAGE_ROWS = (
    ("size", "message"),
    ("payload", "payload, as it travels"),
    ("header", "WebSocket frame header"),
    ("tls_bytes", "TLS records"),
    ("tcp_ip", "TCP/IP headers"),
    ("wire", "on the wire"),
    ("ack_bytes", "acknowledged by, the other way"),
)
_TRAFFIC_ROWS = (
    ("payload", "payload"),
    ("framing", "WebSocket framing"),
    ("tls", "TLS records"),
    ("tcp", "TCP/IP and acknowledgements"),
    ("keepalive", "pings and pongs"),
    ("opening", "opening handshakes"),
)
_PLAN_ROWS = (
    ("requests", "HTTP requests a second"),
    ("up", "from clients, mean"),
    ("down", "to clients, mean"),
    ("up_peak", "from clients, peak"),
    ("down_peak", "to clients, peak"),
    ("latency_mean", "latency, mean"),
    ("latency_worst", "latency, worst"),
    ("cores", "CPU, peak"),
    ("connection_memory", "memory of a connection"),
    ("memory", "memory of all"),
    ("servers", "servers, spare ones included"),
    ("used_cpu", "used CPU, peak"),
    ("used_memory", "used memory"),
    ("used_network", "used network, peak"),
    ("used_connections", "used connections"),
    ("traffic", "sent to clients in a month"),
    ("cost_servers", "cost of servers a month"),
    ("cost_traffic", "cost of traffic a month"),
    ("cost", "cost a month"),
)
_WITHOUT_UNIT = {"requests", "servers"}


class Table(NamedTuple):
    """Rows of words, the first column of which says what they are about."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]


def describe_load(plan: Plan) -> str:
    """Say in a sentence what the plan is for."""
    load = plan.load
    size = f"{load.size:,} B"
    if plan.sampled:
        size = f"a sample of {plan.sampled:,} message{'s' * (plan.sampled != 1)}"
    deflate = {"none": "no deflate"}.get(load.deflate, f"deflate by {load.deflate}")
    connections = f"connection{'s' * (load.connections != 1)}"
    return (
        f"{load.connections:,} {connections}; each sends {load.rate_up:g} messages a "
        f"second, which fan out to {load.fan_out:g}, and gets {load.rate_down:g} of "
        f"its own; {size}, {'TLS' if load.tls else 'no TLS'}, {deflate}; "
        f"peak {load.peak:g} times the mean"
    )


def make_tables(plan: Plan) -> list[Table]:
    """Make the tables of a plan."""
    return [_make_message(plan), _make_traffic(plan), _make_comparison(plan)]


def make_sample_table(plan: Plan, trials: list[Trial]) -> Table:
    """Make the table of what deflate does to a sample."""
    known = {**plan.constants, "tls": float(plan.load.tls)}
    total = sum(packed.size for packed in trials[0].packed)
    rows: list[tuple[str, ...]] = []
    for trial in trials:
        up, down = (
            _index(compute_message(trial.packed, known, masked=masked))
            for masked in (True, False)
        )
        payload = sum(packed.payload for packed in trial.packed)
        rows.append(
            (
                trial.setting.name,
                render_number(round(payload / len(trial.packed), 1)),
                f"{100 * payload / total:.0f} %" if total else "",
                render_number(round(up["wire"].value, 1)),
                render_number(round(down["wire"].value, 1)),
                f"{trial.seconds / len(trial.packed) * 1e6:.1f} µs",
            )
        )
    header = ("deflate", "payload", "of size", "wire up", "wire down", "CPU here")
    least = render_number(plan.constants["compress_min"])
    title = f"The sample, in bytes a message (compressed from {least} B on)"
    return Table(title, header, rows)


def _make_message(plan: Plan) -> Table:
    up, down = _index(plan.up), _index(plan.down)
    rows: list[tuple[str, ...]] = [
        (title, *(render_number(round(side[name].value, 1)) for side in (up, down)))
        for name, title in _MESSAGE_ROWS
    ]
    return Table("A message, in bytes", ("", "from a client", "to a client"), rows)


def _make_traffic(plan: Plan) -> Table:
    figures = _index(plan.websocket)
    total = figures["up"].value + figures["down"].value
    rows: list[tuple[str, ...]] = []
    for name, title in (*_TRAFFIC_ROWS, ("", "all")):
        up, down = (
            figures[f"{name}_{side}" if name else side].value for side in ("up", "down")
        )
        rows.append(
            (
                title,
                render_quantity(up, "bytes/s"),
                render_quantity(down, "bytes/s"),
                f"{100 * (up + down) / total:.1f} %" if total else "",
            )
        )
    header = ("", "from clients", "to clients", "share")
    return Table("The WebSocket traffic, mean", header, rows)


def _make_comparison(plan: Plan) -> Table:
    sides = (_index(plan.websocket), _index(plan.polling))
    rows: list[tuple[str, ...]] = [
        (title, *(_render_figure(side[name]) for side in sides))
        for name, title in _PLAN_ROWS
    ]
    polling = f"polling every {plan.load.poll_interval:g} s"
    return Table("The plan, and the same by polling", ("", "WebSocket", polling), rows)


def _render_figure(figure: Figure) -> str:
    unit = "" if figure.name in _WITHOUT_UNIT else figure.unit
    return render_quantity(figure.value, unit)


def _index(figures: Iterable[Figure]) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures}
