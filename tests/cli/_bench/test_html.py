"""The report in HTML."""

from __future__ import annotations

import json
import re

from wstool.cli._bench.html import render_html
from wstool.services.bench import Failure
from wstool.services.bench.report import check_document

from support.pages import read_page
from support.reports import make_hostile_report, make_report


def read(document):
    """Read the page of a report."""
    text = render_html(document)
    return text, read_page(text)


def test_self_contained():
    """It is one well-formed file that needs no other, for light and dark."""
    text, reader = read(make_report(1, 2, 3))

    assert reader.open == []
    assert reader.references == []
    assert reader.tags.count("svg") == 3
    assert "url(" not in text
    assert "prefers-color-scheme: dark" in text


def test_narrow():
    """What is wider than the page scrolls by itself; words break, numbers don't."""
    report = make_report(1, 2, 3, errors={"timed_out": Failure(1200, "a b")})
    text, _ = read(report)

    assert text.count('<div class="wide"><svg') == text.count("<svg") == 3
    assert '<td class="number">1,200</td><td>a b</td>' in text
    assert "overflow-wrap: anywhere; }\nth" in text


def test_data():
    """The whole report is in it, to be taken out again."""
    text, _ = read(make_hostile_report())
    pattern = r'<script type="application/json" id="report">(.*)</script>'
    (data,) = re.findall(pattern, text)

    assert check_document(json.loads(data)) is None


def test_escaped():
    """What a peer said is no markup, neither in the page nor in the data."""
    text, reader = read(make_hostile_report())

    assert reader.tags.count("script") == 1
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text


def test_without_latency():
    """Without a latency there are no charts of it."""
    _, reader = read(make_report())

    assert reader.tags.count("svg") == 1
