"""Formulas as text: what they compute, and what they keep of it."""

from __future__ import annotations

import pytest

from wstool.services.estimate.formulas import Figure, Rule, apply_rules, frame_header
from wstool.wire.frame import serialize_frame
from wstool.wire.opcode import Opcode


@pytest.mark.parametrize("length", [0, 125, 126, 65535, 65536, 100_000])
@pytest.mark.parametrize("key", [None, b"\1\2\3\4"])
def test_frame_header(length, key):
    """A header is as long as that of the frame that is really written."""
    frame = serialize_frame(Opcode.BINARY, bytes(length), masking_key=key)

    assert frame_header(length, key is not None) == len(frame) - length


def test_apply():
    """A figure may use those before it, and keeps the values that it was made of."""
    rules = [
        Rule("double", "twice", "bytes", "2 * size"),
        Rule("pages", "pages", "", "ceil(double / 4096)"),
    ]

    known, figures = apply_rules(rules, {"size": 3000.0, "other": 1.0})

    assert known == {"size": 3000.0, "other": 1.0, "double": 6000.0, "pages": 2.0}
    assert figures == (
        Figure("double", "twice", "bytes", "2 * size", {"size": 3000.0}, 6000.0),
        Figure("pages", "pages", "", "ceil(double / 4096)", {"double": 6000.0}, 2.0),
    )


def test_known_kept():
    """What was known before is left as it was."""
    known = {"size": 1.0}
    apply_rules([Rule("size", "", "", "size + 1")], known)

    assert known == {"size": 1.0}


def test_nothing_else():
    """A formula reaches nothing but its figures and a few functions."""
    with pytest.raises(NameError):
        apply_rules([Rule("bad", "", "", "__import__('os')")], {})
