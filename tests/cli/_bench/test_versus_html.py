"""The report of a comparison in HTML."""

from __future__ import annotations

import json
import re

from wstool.cli._bench.versus_html import render_versus_html
from wstool.services.bench.carrier import Carrier
from wstool.services.bench.report import check_document

from support.comparisons import make_comparison
from support.pages import read_page
from support.reports import HOSTILE


def test_self_contained():
    """It is one well-formed file that needs no other, for light and dark."""
    text = render_versus_html(make_comparison())
    page = read_page(text)

    assert page.open == []
    assert page.references == []
    # One with all carriers, and one of each.
    assert page.tags.count("svg") == 4
    assert "prefers-color-scheme: dark" in text
    for style in ("line", "second", "third"):
        assert text.count(f'<polyline class="{style}"') == 1


def test_content():
    """The verdict, the table and the data are in it."""
    text = render_versus_html(make_comparison())

    assert "<p>Polling every 1 s, beside WebSocket: 500 times" in text
    assert '<th class="number">polling, 1 s</th>' in text
    assert '<td class="number">814</td>' in text
    pattern = r'<script type="application/json" id="report">(.*)</script>'
    (data,) = re.findall(pattern, text)
    assert check_document(json.loads(data)) is None


def test_escaped():
    """What a peer said is no markup."""
    text = render_versus_html(make_comparison(problem=HOSTILE))

    assert read_page(text).tags.count("script") == 1
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text


def test_without_latency():
    """Without a latency there are no charts of it."""
    text = render_versus_html(make_comparison(Carrier.WEBSOCKET, count=0))

    assert read_page(text).tags.count("svg") == 0
