"""What a pipe can be told."""

from __future__ import annotations

import re

import pytest

from wstool.services.pipe.options import PipeOptions


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(PipeOptions(), None, id="nothing"),
        pytest.param(PipeOptions(reply_count=1), "1 message", id="one"),
        pytest.param(PipeOptions(reply_count=3), "3 messages", id="several"),
        pytest.param(
            PipeOptions(reply_count=3, until=re.compile("^a'")),
            'a message that matches "^a\'"',
            id="match",
        ),
    ],
)
def test_expects(options, words):
    """What has to arrive is said in words."""
    assert options.expects == words
