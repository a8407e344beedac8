"""The names of the faults."""

from __future__ import annotations

from wstool.connection.faults.options import (
    CONNECTION_FAULTS,
    ENDINGS,
    FAULTS,
    HANDSHAKE_FAULTS,
    MESSAGE_FAULTS,
    FaultOptions,
)


def test_every_fault_has_one_place():
    """A fault is of a message, of a connection or of a handshake."""
    assert sorted(FAULTS) == sorted(
        {*MESSAGE_FAULTS, *CONNECTION_FAULTS, *HANDSHAKE_FAULTS}
    )
    assert set(ENDINGS) <= set(MESSAGE_FAULTS)


def test_defaults():
    """Without a word there is no fault; a fault that is there always strikes."""
    assert (dict(FaultOptions().values), FaultOptions().rate) == ({}, 1.0)
