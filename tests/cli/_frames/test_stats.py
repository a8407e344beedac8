"""The numbers of a conversation."""

from __future__ import annotations

import json

from wstool.cli._frames.stats import render_stats, render_stats_json
from wstool.services.inspector import Conversation, Statistics
from wstool.wire.deflate import DeflateParams

from support.frames import PING, PONG, TEXT, frame
from support.inspecting import COMPRESSED, KEY, RECEIVED, SENT


def count():
    """Count some frames."""
    statistics = Statistics()
    conversation = Conversation(statistics, DeflateParams())
    conversation.feed(RECEIVED, frame(PING, b"a"), 10.0)
    conversation.feed(SENT, frame(PONG, b"a", masking_key=KEY), 10.25)
    conversation.feed(RECEIVED, frame(TEXT, COMPRESSED, rsv=0b100), 12.0)
    return statistics


def test_table():
    """People get a table with histograms."""
    assert (
        render_stats(count())
        == """
                              > client        < server
frames                               1               2
messages                             0               1
payload bytes                        1               8
header bytes                         6               4
overhead of framing              85.7%           33.3%
compressed to                        -          140.0%
  ping frames                        0               1
  pong frames                        1               0
  text frames                        0               1
payload sizes
  1                           2  ##############################
  4 to 7                      1  ###############
pauses between frames
  under 262 ms                1  ##############################
  under 2 s                   1  ##############################
longest silence        1.750 s, before #3
round trips            1, from 250.0 to 250.0 ms, median 250.0 ms
"""
    )


def test_json():
    """Programs get an object."""
    fields = json.loads(render_stats_json(count()))

    assert (fields["type"], fields["connections"]) == ("stats", 1)
    assert fields["sent"]["frames"] == 1
    assert fields["round_trips"] == {
        "count": 1,
        "min": 0.25,
        "median": 0.25,
        "max": 0.25,
    }


def test_nothing():
    """Without frames there are zeros."""
    assert "frames                               0               0" in render_stats(
        Statistics()
    )
    assert json.loads(render_stats_json(Statistics()))["type"] == "stats"
