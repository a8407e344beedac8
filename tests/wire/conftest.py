"""What the tests of the decoder share."""

from __future__ import annotations

import pytest


@pytest.fixture(name="fast", params=[True, False], ids=["fast", "exact"])
def choose_fast(request):
    """Take the fast lane where it goes, or the exact path all the way."""
    return request.param
