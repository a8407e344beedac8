"""The connections that pass through a proxy."""

from __future__ import annotations

import itertools

from wstool.errors import ConnectFailed
from wstool.services.inspector import Event, RelayInspector

from support.frames import PING, TEXT, frame
from support.inspecting import (
    KEY,
    RECEIVED,
    REQUEST_HEAD,
    RESPONSE_HEAD,
    SENT,
    Recorder,
)


def test_connections():
    """Several connections are followed at once, with times and one numbering."""
    recorder, told = Recorder(), []
    clock = itertools.count(1).__next__
    inspector = RelayInspector(recorder, clock=clock, tell=told.append)
    one, two = inspector.watch("a", "s"), inspector.watch("b", "s")
    for watcher in (one, two):
        watcher.client_sent(REQUEST_HEAD)
        watcher.server_sent(RESPONSE_HEAD)
    two.server_sent(frame(PING))
    one.client_sent(frame(TEXT, b"a", masking_key=KEY))
    one.ended()

    assert [
        (item.number, item.connection, item.direction, item.time)
        for item in recorder.items()
    ] == [(1, 2, RECEIVED, 5), (2, 1, SENT, 6)]
    events = [item.text for item in recorder.findings if isinstance(item, Event)]
    end = "the connection has ended, without a close frame (1006)"
    assert events == ["a > s", "b > s", end]
    assert told == []


def test_failure():
    """A client that gets no server is told of."""
    told = []
    inspector = RelayInspector(Recorder(), clock=lambda: 0.0, tell=told.append)
    watcher = inspector.watch("a", "s")

    watcher.failed(ConnectFailed("s", "connection refused"))
    watcher.ended()

    assert told == ["a gets no server: can't connect to s: connection refused"]
