"""The table of constants: each can be named, set and justified."""

from __future__ import annotations

import re

import pytest

from wstool.connection.options import EndpointOptions
from wstool.services.estimate.constants import CONSTANTS, list_defaults


@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda constant: constant.name)
def test_told(constant):
    """A constant has a name, a meaning, a source, and a value within its bounds."""
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", constant.name)
    assert constant.meaning.endswith(".")
    assert re.match(
        r"assumed|measured|queueing|RFC|the |Linux|zlib|Ether|a |each ", constant.source
    )
    assert constant.least <= constant.value <= constant.most


def test_names():
    """No two constants share a name."""
    assert len(list_defaults()) == len(CONSTANTS)


def test_serve():
    """What is said to be a default of the server is one."""
    defaults = list_defaults()

    assert defaults["ping_interval"] == EndpointOptions().ping_interval
    assert defaults["compress_min"] == EndpointOptions().compress_min
