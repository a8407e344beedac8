"""Which function masks, and when it is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wstool.connection.masking import bulk_mask, mask_for
from wstool.wire.masking import xor_mask


@pytest.mark.parametrize("size", [0, 1, 3, 4, 7, 8, 15, 16, 17, 1000, 100_001])
def test_bulk_mask_is_a_mask(size):
    """The function in C gives what the one of large integers gives."""
    payload = bytes(i * 7 % 256 for i in range(size))

    assert bulk_mask()(payload, b"\x00\xff\x12\x9a") == xor_mask(
        payload, b"\x00\xff\x12\x9a"
    )


CHOICE = """
import sys
from wstool.connection.masking import bulk_mask, mask_for
from wstool.wire.masking import xor_mask
before = mask_for(16383) is xor_mask
large = mask_for(16384)
print(before, large is xor_mask, mask_for(0) is large, bulk_mask() is large)
print("websockets" in sys.modules)
"""


def test_function_in_c_is_loaded_for_bulk_data():
    """Small totals are masked without it; once loaded it is used for all."""
    assert run_python(CHOICE) == "True False True True\nFalse\n"


@pytest.mark.parametrize(
    "obstacle",
    [
        pytest.param("PathFinder.find_spec = lambda *rest: None", id="no-package"),
        pytest.param(
            "find = PathFinder.find_spec\n"
            "PathFinder.find_spec = lambda name, path=None: (\n"
            "    None if name.endswith('speedups') else find(name, path))",
            id="no-function-in-c",
        ),
    ],
)
def test_without_the_function_in_c(obstacle):
    """Where it can't be had, large integers mask everything."""
    program = f"""
import os, sys, asyncio
from importlib.machinery import PathFinder
from importlib import util
import wstool.connection.masking as masking
from wstool.wire.masking import xor_mask
{obstacle}
print(masking.bulk_mask() is xor_mask, masking.mask_for(1 << 20) is xor_mask)
"""

    assert run_python(program) == "True True\n"


def test_mask_for_any_size_masks():
    """Whatever function is chosen, masking twice gives the payload back."""
    for size in (0, 5, 1 << 14, 1 << 18):
        mask = mask_for(size)
        assert mask(mask(bytes(size), b"abcd"), b"abcd") == bytes(size)


def run_python(program):
    """Run a program in an interpreter of its own; give its stdout."""
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, timeout=30
    ).stdout
