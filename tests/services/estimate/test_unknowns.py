"""What an estimate says it doesn't know."""

from __future__ import annotations

import pytest

from wstool.services.estimate.message import Packed
from wstool.services.estimate.plan import Load, make_plan
from wstool.services.estimate.unknowns import list_unknowns


PLAIN = Load(tls=False)


def tell(load=PLAIN, measured=(), sample=None):
    """Give all that is said, as one text."""
    return "\n".join(list_unknowns(make_plan(load, None, sample), measured))


def test_always():
    """The application's own work is never known."""
    assert "what your application does" in tell()


@pytest.mark.parametrize(
    ("text", "without", "with_"),
    [
        pytest.param(
            "--calibrate measures it here",
            {},
            {"measured": ["cpu_per_message"]},
            id="cpu",
        ),
        pytest.param("your prices", {}, {"measured": ["price_core"]}, id="prices"),
        pytest.param(
            "--sample tries it",
            {"load": PLAIN._replace(deflate="message")},
            {
                "load": PLAIN._replace(deflate="message"),
                "sample": [Packed(1, 1, False)],
            },
            id="deflate",
        ),
        pytest.param(
            "keeps no window",
            {"load": PLAIN._replace(deflate="takeover")},
            {},
            id="takeover",
        ),
        pytest.param(
            "other rates", {"measured": ["cpu_per_message"]}, {}, id="other-rates"
        ),
        pytest.param(
            "regular senders", {"measured": ["cpu_per_message"]}, {}, id="senders"
        ),
        pytest.param(
            "other sizes", {"measured": ["cpu_per_message"]}, {}, id="other-sizes"
        ),
    ],
)
def test_some(text, without, with_):
    """What is known by now isn't said any more."""
    assert text in tell(**without)
    assert text not in tell(**with_)
